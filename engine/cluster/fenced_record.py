"""Writing into a cluster run's journal when no engine of its own can: under a lease, like an engine."""

from engine.process.engine_lock import held_lock, replace_lock
from engine.process.lease import grant, replace_with_copy
from engine.process.main import ORPHAN_SECONDS
from engine.process.retries import append
from engine.record.events import RunFailed, RunRequeued, RunStopped
from engine.record.folder import RunFolder


def record(folder: RunFolder, event: RunFailed | RunStopped | RunRequeued) -> None:
    """Fence off every engine of the run, and say in their stead how it ended, or why it waits again."""
    grant(folder)
    replace_lock(folder.lock_path, ORPHAN_SECONDS)
    with held_lock(folder.lock_path):
        replace_with_copy(folder.journal_path)
        append(folder, event)
        if not isinstance(event, RunRequeued):
            folder.queued_path.unlink(missing_ok=True)

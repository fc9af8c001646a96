"""Writing into a cluster run's journal when no engine of its own can: under a lease, like an engine."""

from engine.process.engine_lock import held_lock, replace_lock
from engine.process.lease import grant, replace_with_copy
from engine.process.main import ORPHAN_SECONDS
from engine.process.retries import append
from engine.record.events import RunFailed, RunStopped
from engine.record.folder import RunFolder


def record_ending(folder: RunFolder, event: RunFailed | RunStopped) -> None:
    """Fence off every engine of the run, and add its last word."""
    grant(folder)
    replace_lock(folder.lock_path, ORPHAN_SECONDS)
    with held_lock(folder.lock_path):
        replace_with_copy(folder.journal_path)
        append(folder, event)
        folder.queued_path.unlink(missing_ok=True)

"""Runs that lost their engine or GPU go back to the queue, so many times; then they have failed.

What is owed is derived from the run's files each time: a killed scheduler neither loses a retry
nor makes one twice.
"""

import time

from engine.process.disk import disk_trouble
from engine.process.engine_lock import LockHeldError, held_lock
from engine.process.identity import read_process
from engine.process.listing import run_status
from engine.process.queue_settings import QueueSettings
from engine.record.events import DeviceLost, Event, RunFailed, RunRequeued
from engine.record.folder import RunFolder, read_json
from engine.record.requeues import awaits_engine, num_requeues
from engine.record.status import CRASHED, Presence
from engine.record.summary import summarise

ENGINE_GONE = "its engine was gone without a last word"
NEVER_BEGAN = "the engine ended before it took the run up; `logs` shows what it said"


def lost_reason(folder: RunFolder) -> str:
    """Why the queue is to take a run up again; nothing when it is not.

    Only a run that the queue started on this machine, that nobody asked to stop, and that ended by losing its
    process or its GPU: what a search says of itself (out of memory, a bad value) would only happen again.
    """
    if folder.result_path.exists() or folder.cluster_path.exists():
        return ""
    if (read_json(folder.process_path) or {}).get("queued") is not True:
        return ""
    if folder.queued_path.exists() or folder.stop_path.exists():
        return ""
    status = run_status(folder)
    if status.state == CRASHED:
        return ENGINE_GONE
    ending = None if status.is_live else summarise(folder.journal_path).ending
    return ending.reason if isinstance(ending, DeviceLost) else ""


def take_up_again(folder: RunFolder, settings: QueueSettings, now: float | None = None) -> bool:
    """Put a lost run back into the queue when it is time; False while that is still to come.

    Once it has been put back `settings.retries` times it is recorded as failed instead.
    """
    if disk_trouble(folder.path):
        return False  # neither could be written down
    try:
        with held_lock(folder.lock_path):  # whoever holds it is the journal's writer
            reason = lost_reason(folder)
            if not reason:
                return True
            return _decide(folder, reason, settings, time.time() if now is None else now)
    except LockHeldError:
        return read_process(folder).presence is Presence.ALIVE
    except FileNotFoundError:
        return True  # removed meanwhile


def _decide(folder: RunFolder, reason: str, settings: QueueSettings, now: float) -> bool:
    process, summary = read_process(folder), summarise(folder.journal_path)
    if not awaits_engine(folder.journal_path, process.journal_bytes):
        number = num_requeues(folder.journal_path) + 1
        if number > settings.retries:
            append(folder, RunFailed(exhausted(reason, number - 1), ""))
            return True
        if now < max(summary.last_time, process.started_time) + settings.retry_seconds * 2.0 ** (number - 1):
            return False
        append(folder, RunRequeued(number, reason))
    # As one that has waited since it was made: it goes before those that have not begun.
    folder.requeue(folder.config_path.stat().st_mtime)
    return True


def put_back(folder: RunFolder, reason: str, settings: QueueSettings) -> float:
    """Count an engine that ended before it took a queued run up; once it was often enough the run has failed.

    Returns the seconds to wait before the next; 0 when none is to come. OSError when it cannot be recorded.
    """
    try:
        with held_lock(folder.lock_path):
            if not folder.queued_path.exists():
                return 0.0
            number = num_requeues(folder.journal_path) + 1
            if number <= settings.retries:
                append(folder, RunRequeued(number, reason))
                return settings.retry_seconds * 2.0 ** (number - 1)
            folder.queued_path.unlink(missing_ok=True)  # first: or it would be started again at once
            append(folder, RunFailed(exhausted(reason, number - 1), ""))
    except LockHeldError:  # an engine is at work after all
        pass
    return 0.0


def exhausted(reason: str, num_requeues: int) -> str:
    """The reason of a run that is not taken up again."""
    times = "once" if num_requeues == 1 else f"{num_requeues} times"
    return f"{reason}; it had gone back to the queue {times}" if num_requeues else reason


def append(folder: RunFolder, event: Event) -> None:
    """Add one event in the stead of an engine; the caller holds the run's lock."""
    journal = folder.open_journal()
    try:
        journal.append(event)
    finally:
        journal.close()

"""How often the queue took a run up again by itself, counted in its journal and kept nowhere else."""

from pathlib import Path

from engine.record.backwards import lines_backwards
from engine.record.entry import read_entry
from engine.record.events import RunFailed, RunFinished, RunRequeued, RunStopped

_KIND_WITHIN = 120
"""Bytes of a line within which its kind stands."""

_REQUEUED = f'"event":"{RunRequeued.kind}"'.encode()
_ENDINGS = tuple(f'"event":"{kind.kind}"'.encode() for kind in (RunFailed, RunFinished, RunStopped))


def num_requeues(journal_path: Path) -> int:
    """Times it went back to the queue since it last ended of itself or was stopped; 0 without a journal."""
    try:
        for line in lines_backwards(journal_path):
            head = line[:_KIND_WITHIN]
            if any(ending in head for ending in _ENDINGS):
                return 0
            if _REQUEUED in head and (number := _number_of(line)):
                return number
    except FileNotFoundError:
        pass
    return 0


def awaits_engine(journal_path: Path, journal_bytes: int) -> bool:
    """Whether the last line lets the run go on, and was written after the journal had so many bytes."""
    try:
        if journal_path.stat().st_size <= journal_bytes:
            return False
        last = next((line for line in lines_backwards(journal_path) if line), b"")
        return _REQUEUED in last[:_KIND_WITHIN]
    except FileNotFoundError:
        return False


def _number_of(line: bytes) -> int:
    try:
        event = read_entry(line).event
    except ValueError:
        return 0
    return event.number if isinstance(event, RunRequeued) else 0

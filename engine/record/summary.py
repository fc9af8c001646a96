"""What a list of runs shows of one run, read from the end of its journal without reading the rest."""

import contextlib
import dataclasses
from pathlib import Path

from engine.plan.opening import open_regular
from engine.record.backwards import lines_backwards
from engine.record.entry import read_entry
from engine.record.events import Progressed, RunStarted
from engine.record.state import Ending
from engine.record.tail import DULL, NEAR_BYTES, JournalTail

OLD_BYTES = 512 * 2**10
"""How far back to look for recent epochs."""

MAX_FALSE_STARTS = 8
"""Lines in which to look for the first start: a run may have been put back before any engine came so far."""

FAR_BYTES = 32 * 2**20
"""How far back to look for the last finished epoch if it is not among them."""


@dataclasses.dataclass(frozen=True)
class Summary:
    """The end of a journal; errors and shares are fractions."""

    ending: Ending | None = None
    """How the latest process ended, if it said so."""
    progress: Progressed | None = None
    """Where the epoch in progress is."""
    epoch: int = -1
    """The last finished epoch; -1 when there is none."""
    val_error: float | None = None
    test_error: float | None = None
    nan_parameter_share: float = 0.0
    epoch_seconds: float = 0.0
    """How long the last finished epoch took."""
    recent_val_errors: tuple[float, ...] = ()
    """Of the last epochs, oldest first."""
    device: str = ""
    last_time: float = 0.0
    """Wall time of the last event, seconds since the epoch; 0 when there is none."""
    longest_silence_seconds: float = 0.0
    """Longest time between two recent events of the latest process."""
    num_bytes: int = 0
    """Size of the journal."""


def summarise(path: Path) -> Summary:
    """Summarise a journal; the empty `Summary` when there is none."""
    try:
        num_bytes, device = path.stat().st_size, _first_device(path)
        tail = _read_tail(path, OLD_BYTES)
        if not tail.latest and num_bytes > OLD_BYTES:
            tail = _read_tail(path, FAR_BYTES)
    except OSError:  # not there yet, or nothing that can be read
        return Summary()
    return Summary(
        **tail.latest,
        recent_val_errors=tuple(reversed(tail.val_errors)),
        ending=tail.ending,
        progress=tail.progress,
        device=device,
        last_time=tail.last_time,
        longest_silence_seconds=tail.longest_silence_seconds,
        num_bytes=num_bytes,
    )


def _read_tail(path: Path, max_bytes: int) -> JournalTail:
    tail = JournalTail()
    for line in lines_backwards(path, max_bytes, DULL, NEAR_BYTES):
        if tail.ending is not None and DULL in line[:90]:
            continue  # the pace of a process that has ended is of no use
        tail.take(line)
        if tail.is_done():
            break
    return tail


def _first_device(path: Path) -> str:
    with open_regular(path) as file:
        for _ in range(MAX_FALSE_STARTS):
            with contextlib.suppress(ValueError):
                event = read_entry(file.readline(NEAR_BYTES)).event
                if isinstance(event, RunStarted):
                    return event.device
    return ""

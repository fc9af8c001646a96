"""What a list of runs shows of one run, read from the end of its journal without reading the rest."""

import contextlib
import dataclasses
import io
import os
from pathlib import Path

from engine.plan.opening import open_unbuffered
from engine.record.backwards import blocks_backwards, lines_before, lines_with, newest_line
from engine.record.events import Progressed
from engine.record.state import Ending
from engine.record.tail import NEAR_BYTES, WEIGHTY, JournalTail, read_start

OLD_BYTES = 512 * 2**10
"""How far back to look for recent epochs."""

MAX_RECENT = 20
"""So many validation errors of the last epochs are of use, for a sparkline."""

LAST_BYTES = 16 * 2**10
"""A run that has ended says where it got to in so much of its journal's end, as a rule."""

START_BYTES = 4096
"""A journal's first line is shorter, as a rule."""

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
    device: str = ""
    last_time: float = 0.0
    """Wall time of the last event, seconds since the epoch; 0 when there is none."""
    longest_silence_seconds: float = 0.0
    """Longest time between two recent events of the latest process."""
    num_bytes: int = 0
    """Size of the journal."""


def summarise(path: str | Path) -> Summary:
    """Summarise a journal; the empty `Summary` when there is none."""
    try:
        with open_unbuffered(path) as file:
            device = _first_device(file)
            num_bytes = os.fstat(file.fileno()).st_size
            tail = _read_tail(file, JournalTail(), OLD_BYTES, LAST_BYTES)
            if not tail.latest and num_bytes > OLD_BYTES:
                tail = _read_tail(file, JournalTail(), FAR_BYTES)
    except OSError:  # not there yet, or nothing that can be read
        return Summary()
    return Summary(
        **tail.latest,
        ending=tail.ending,
        progress=tail.progress,
        device=device,
        last_time=tail.last_time,
        longest_silence_seconds=tail.longest_silence_seconds,
        num_bytes=num_bytes,
    )


def recent_val_errors(path: str | Path) -> tuple[float, ...]:
    """Of a journal's last epochs, oldest first; they lie farther back than what a summary needs."""
    try:
        with open_unbuffered(path) as file:
            return tuple(reversed(_read_tail(file, JournalTail(MAX_RECENT), OLD_BYTES).val_errors))
    except OSError:
        return ()


def _read_tail(
    file: io.FileIO, tail: JournalTail, max_bytes: int, block_bytes: int | None = None
) -> JournalTail:
    num_bytes, is_end = 0, True
    for block in blocks_backwards(file, max_bytes, block_bytes):
        if is_end and block and not block.endswith(b"\n"):
            block = block[: block.rfind(b"\n") + 1]  # a last line without its newline is held back
        is_end = False
        newest, start = newest_line(block)
        tail.take(newest)
        # Every line of the near past counts, but the pace of a process that has ended is of no use.
        is_near = num_bytes < NEAR_BYTES and tail.ending is None
        num_bytes += len(block)
        # A short block is sooner cut than searched.
        is_cut = is_near or len(block) <= LAST_BYTES
        older = lines_before(block, start) if is_cut else lines_with(WEIGHTY, block, start)
        for line in older:
            if tail.is_done():
                return tail
            tail.take(line)
        if tail.is_done():
            return tail
    return tail


def _first_device(file: io.FileIO) -> str:
    """The device that the journal's first start of the run names."""
    with contextlib.suppress(ValueError):
        return read_start(file.read(START_BYTES).partition(b"\n")[0])[1]
    file.seek(0)
    buffered = io.BufferedReader(file)
    try:
        for _ in range(MAX_FALSE_STARTS):
            with contextlib.suppress(ValueError):
                return read_start(buffered.readline(NEAR_BYTES))[1]
        return ""
    finally:
        buffered.detach()

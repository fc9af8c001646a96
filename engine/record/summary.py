"""What a list of runs shows of one run, read from the end of its journal without reading the rest."""

import contextlib
import dataclasses
import math
import re
from pathlib import Path
from typing import Any

from engine.record.backwards import lines_backwards
from engine.record.encoding import from_plain
from engine.record.entry import parse_line, read_entry
from engine.record.events import EpochFinished, Progressed, RunFailed, RunFinished, RunStarted, RunStopped
from engine.record.state import Ending

MAX_RECENT = 20
"""Validation errors of the last epochs that are kept, for a sparkline."""

NEAR_BYTES = 256 * 2**10
"""How far back to look for recent epochs once the last one is found."""

FAR_BYTES = 16 * 2**20
"""How far back to look for the last finished epoch at all."""

_ENDINGS = {RunStopped.kind, RunFinished.kind, RunFailed.kind}
_PHASES = ("child", "controller", "evaluation")
_LINE_START = re.compile(rb'\{"v":\d+,"seq":\d+,"time":(\d{1,12}(?:\.\d+)?),"event":"(\w+)",')


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
    walk = _Walk()
    try:
        num_bytes = path.stat().st_size
        for line in lines_backwards(path, FAR_BYTES):
            walk.take(line)
            if walk.is_done():
                break
        return walk.summary(num_bytes, _first_device(path))
    except FileNotFoundError:
        return Summary()


class _Walk:
    """Takes lines newest first until it knows enough."""

    def __init__(self) -> None:
        self.num_bytes = 0
        self.epochs: list[dict[str, Any]] = []
        """Measures of the epochs found, newest first."""
        self.ending: Ending | None = None
        self.progress: Progressed | None = None
        self.last_time = self.next_time = 0.0
        self.longest_silence_seconds = 0.0
        self.latest_process_only = True
        """Until the line is met with which the latest process began."""
        self.void_from: float = math.inf
        """Epochs from here on were done again, or are about to be."""

    def is_done(self) -> bool:
        return len(self.epochs) >= MAX_RECENT or bool(self.epochs and self.num_bytes > NEAR_BYTES)

    def take(self, line: bytes) -> None:
        self.num_bytes += len(line) + 1
        start = _LINE_START.match(line)
        if not start:
            return
        time, kind = float(start[1]), start[2].decode()
        with contextlib.suppress(ValueError, KeyError, TypeError):
            self._take_event(kind, line)
            self._take_time(time)
            self.latest_process_only &= kind != RunStarted.kind

    def _take_time(self, time: float) -> None:
        self.last_time = self.last_time or time
        if self.latest_process_only and self.next_time:
            self.longest_silence_seconds = max(self.longest_silence_seconds, self.next_time - time)
        self.next_time = time

    def _take_event(self, kind: str, line: bytes) -> None:
        if kind == EpochFinished.kind:
            self._take_epoch(parse_line(line))
        elif kind == RunStarted.kind:
            event = read_entry(line).event
            assert isinstance(event, RunStarted)
            self.void_from = min(self.void_from, event.next_epoch)
        elif self.latest_process_only and not self.epochs:
            self._take_newest(kind, line)

    def _take_newest(self, kind: str, line: bytes) -> None:
        if kind == Progressed.kind and self.progress is None and self.ending is None:
            event = read_entry(line).event
            assert isinstance(event, Progressed)
            self.progress = event
        elif kind in _ENDINGS and self.ending is None and self.progress is None:
            event = read_entry(line).event
            assert isinstance(event, Ending)
            self.ending = event

    def _take_epoch(self, plain: dict[str, Any]) -> None:
        evaluation, times = plain["evaluation"], plain["times"]
        epoch = {
            "epoch": from_plain(int, plain["epoch"]),
            "val_error": from_plain(float, evaluation["val_error"]),
            "test_error": from_plain(float, evaluation["test_error"]),
            "nan_parameter_share": from_plain(float, plain["nonfinite"]["nan_parameter_share"]),
            "epoch_seconds": sum(from_plain(float, times[f"{phase}_seconds"]) for phase in _PHASES),
        }
        if epoch["epoch"] < self.void_from:
            self.epochs.append(epoch)

    def summary(self, num_bytes: int, device: str) -> Summary:
        return Summary(
            **(self.epochs[0] if self.epochs else {}),
            recent_val_errors=tuple(epoch["val_error"] for epoch in reversed(self.epochs)),
            ending=self.ending,
            progress=self.progress,
            device=device,
            last_time=self.last_time,
            longest_silence_seconds=self.longest_silence_seconds,
            num_bytes=num_bytes,
        )


def _first_device(path: Path) -> str:
    with path.open("rb") as file, contextlib.suppress(ValueError):
        event = read_entry(file.readline(NEAR_BYTES)).event
        return event.device if isinstance(event, RunStarted) else ""
    return ""

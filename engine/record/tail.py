"""The end of a journal, taken line by line from the newest back."""

import contextlib
import json
import math
import re
from typing import Any

from engine.record.encoding import from_plain
from engine.record.entry import parse_line, read_entry
from engine.record.events import EpochFinished, Progressed, RunRequeued, RunStarted
from engine.record.state import Ending

MAX_RECENT = 20
"""Validation errors of the last epochs that are kept, for a sparkline."""

NEAR_BYTES = 64 * 2**10
"""How far back every line counts; of those before, progress is passed over unread."""

DULL = b'"event":"progressed"'
"""What marks the bulk of a journal's lines."""

_PHASES = ("child", "controller", "evaluation")
_LINE_START = re.compile(
    rb'\{"v":\d+,"seq":\d+,"time":(\d{1,12}(?:\.\d+)?),"event":"(\w+)",(?:"epoch":(\d{1,9}),)?'
)
_VAL_ERROR = b'"val_error":'


class JournalTail:
    """Takes lines newest first until it knows enough."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._num_bytes = 0
        self.latest: dict[str, Any] = {}
        """Figures of the last finished epoch."""
        self.val_errors: list[float] = []
        """Newest first."""
        self.ending: Ending | None = None
        self.progress: Progressed | None = None
        self.last_time = self._next_time = 0.0
        self.longest_silence_seconds = 0.0
        self._latest_process_only = True
        """Until the line is met with which the latest process began, or was asked for."""
        self._void_from: float = math.inf
        """Epochs from here on were done again, or are about to be."""

    def is_done(self) -> bool:
        """Whether older lines would add nothing that is wanted."""
        return len(self.val_errors) >= MAX_RECENT

    def take(self, line: bytes) -> None:
        """Take the next older line; one that is no event is passed over."""
        self._num_bytes += len(line) + 1
        start = _LINE_START.match(line)
        if not start:
            return
        with contextlib.suppress(ValueError, KeyError, TypeError):
            kind = start[2].decode()
            self._take_event(kind, line, int(start[3] or -1))
            self._take_time(float(start[1]))
            self._latest_process_only &= kind not in (RunStarted.kind, RunRequeued.kind)

    def _take_time(self, time: float) -> None:
        self.last_time = self.last_time or time
        if self._next_time and self._latest_process_only and self._num_bytes <= NEAR_BYTES:
            self.longest_silence_seconds = max(self.longest_silence_seconds, self._next_time - time)
        self._next_time = time

    def _take_event(self, kind: str, line: bytes, epoch: int) -> None:
        if kind == EpochFinished.kind:
            if epoch < self._void_from:
                self._take_epoch(line)
        elif kind == RunStarted.kind:
            event = read_entry(line).event
            assert isinstance(event, RunStarted)
            self._void_from = min(self._void_from, event.next_epoch)
        elif self._latest_process_only and not (self.latest or self.progress or self.ending):
            self._take_newest(line)

    def _take_newest(self, line: bytes) -> None:
        event = read_entry(line).event
        if isinstance(event, Progressed):
            self.progress = event
        elif isinstance(event, Ending):
            self.ending = event

    def _take_epoch(self, line: bytes) -> None:
        if not self.latest:
            self.latest = _figures(parse_line(line))
        # Of the others one number is wanted: a whole line takes a hundred times as long to parse.
        at = line.rindex(_VAL_ERROR) + len(_VAL_ERROR)
        self.val_errors.append(from_plain(float, json.loads(line[at : line.index(b",", at)])))


def _figures(plain: dict[str, Any]) -> dict[str, Any]:
    evaluation, times = plain["evaluation"], plain["times"]
    return {
        "epoch": from_plain(int, plain["epoch"]),
        "val_error": from_plain(float, evaluation["val_error"]),
        "test_error": from_plain(float, evaluation["test_error"]),
        "nan_parameter_share": from_plain(float, plain["nonfinite"]["nan_parameter_share"]),
        "epoch_seconds": sum(from_plain(float, times[f"{phase}_seconds"]) for phase in _PHASES),
    }

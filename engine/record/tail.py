"""The end of a journal, taken line by line from the newest back."""

import math
import re
from typing import Any

from engine.record.encoding import from_plain
from engine.record.entry import parse_line, read_entry
from engine.record.events import DeviceLost, EpochFinished, Progressed, RunRequeued, RunStarted
from engine.record.state import Ending

NEAR_BYTES = 64 * 2**10
"""How far back every line counts; of those before, only the weighty ones."""

WEIGHTY = (b'"event":"epoch_finished"', b'"event":"run_', b'"event":"%b"' % DeviceLost.kind.encode())
"""What marks the few lines that tell where a run stands; the bulk is progress."""

_PHASES = ("child", "controller", "evaluation")
_LINE_START = re.compile(
    rb'\{"v":\d+,"seq":\d+,"time":(\d{1,12}(?:\.\d+)?),"event":"(\w+)",(?:"epoch":(\d{1,9}),)?'
)
_NUMBER = rb'(-?\d{1,17}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,4})?|"NaN"|"-?Infinity")'
_EPOCH_END = re.compile(
    rb'"val_error":%b,"test_error":%b,[^][{}]*\},"times":\{"child_seconds":%b,"controller_seconds":%b,'
    rb'"evaluation_seconds":%b,[^][{}]*\}(?:,"defences":\{[^{}]*\})?\}$' % ((_NUMBER,) * 5)
)
"""How a whole epoch's line ends; one that ends otherwise is parsed, which takes a hundred times as long."""
_END_BYTES = 4096
_START = re.compile(
    rb'"attempt":\d{1,9},"next_epoch":(\d{1,9}),"known_first":\[[^][{}]*\],"device":"([^"\\\x00-\x1f]*)",'
    rb'"device_name":[^][{}]*\{[^][{}]*\}[^][{}]*\}\n?$'
)
_NAN_SHARE = re.compile(rb'"nan_parameter_share":%b[,}]' % _NUMBER)


class JournalTail:
    """Takes lines newest first until it knows enough."""

    def __init__(self, num_epochs: int = 1) -> None:
        """Know nothing yet; look for so many epochs."""
        self._num_epochs = num_epochs
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
        is_paced = self.ending is not None or not self._latest_process_only or self._num_bytes > NEAR_BYTES
        return is_paced and len(self.val_errors) >= self._num_epochs

    def take(self, line: bytes) -> None:
        """Take the next older line; one that is no event is passed over."""
        self._num_bytes += len(line) + 1
        start = _LINE_START.match(line)
        if not start:
            return
        try:
            kind = start[2].decode()
            self._take_event(kind, line, int(start[3] or -1))
            self._take_time(float(start[1]))
            self._latest_process_only &= kind not in (RunStarted.kind, RunRequeued.kind)
        except (ValueError, KeyError, TypeError):
            return

    def _take_time(self, time: float) -> None:
        self.last_time = self.last_time or time
        if self._next_time and self._latest_process_only and self._num_bytes <= NEAR_BYTES:
            self.longest_silence_seconds = max(self.longest_silence_seconds, self._next_time - time)
        self._next_time = time

    def _take_event(self, kind: str, line: bytes, epoch: int) -> None:
        if kind == EpochFinished.kind:
            if epoch < self._void_from:
                self._take_epoch(line, epoch)
        elif kind == RunStarted.kind:
            self._void_from = min(self._void_from, read_start(line)[0])
        elif self._latest_process_only and not (self.latest or self.progress or self.ending):
            self._take_newest(line)

    def _take_newest(self, line: bytes) -> None:
        event = read_entry(line).event
        if isinstance(event, Progressed):
            self.progress = event
        elif isinstance(event, Ending):
            self.ending = event

    def _take_epoch(self, line: bytes, epoch: int) -> None:
        end = _EPOCH_END.search(line, max(0, len(line) - _END_BYTES)) if epoch >= 0 else None
        if self.latest and end:
            self.val_errors.append(_number(end[1]))
            return
        share = _NAN_SHARE.search(line) if end else None
        figures = _figures_at_end(epoch, end, share) if end and share else _figures(parse_line(line))
        self.latest = self.latest or figures
        self.val_errors.append(figures["val_error"])


def read_start(line: bytes) -> tuple[int, str]:
    """The epoch an engine began with, and its device; ValueError when the line is no start of a run."""
    start = _LINE_START.match(line)
    plain = _START.match(line, start.end()) if start and start[2] == RunStarted.kind.encode() else None
    if plain:
        return int(plain[1]), plain[2].decode()
    event = read_entry(line).event
    if not isinstance(event, RunStarted):
        raise ValueError("not the start of a run")
    return event.next_epoch, event.device


def _figures_at_end(epoch: int, end: re.Match[bytes], share: re.Match[bytes]) -> dict[str, Any]:
    """The figures of a line that ends as an engine of today writes it, the rest of it unread."""
    val_error, test_error, *seconds = map(_number, end.groups())
    return {
        "epoch": epoch,
        "val_error": val_error,
        "test_error": test_error,
        "nan_parameter_share": _number(share[1]),
        "epoch_seconds": sum(seconds),
    }


def _number(text: bytes) -> float:
    return float(text.strip(b'"'))


def _figures(plain: dict[str, Any]) -> dict[str, Any]:
    evaluation, times = plain["evaluation"], plain["times"]
    return {
        "epoch": from_plain(int, plain["epoch"]),
        "val_error": from_plain(float, evaluation["val_error"]),
        "test_error": from_plain(float, evaluation["test_error"]),
        "nan_parameter_share": from_plain(float, plain["nonfinite"]["nan_parameter_share"]),
        "epoch_seconds": sum(from_plain(float, times[f"{phase}_seconds"]) for phase in _PHASES),
    }

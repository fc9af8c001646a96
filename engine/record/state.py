"""A run's history as one frozen value, made by folding its events in order."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

from engine.record.events import (
    DeviceLost,
    EpochFinished,
    Event,
    NumericsBroke,
    Progressed,
    RunFailed,
    RunFinished,
    RunRequeued,
    RunStarted,
    RunStopped,
    Warned,
)

MAX_WARNINGS = 100
"""The newest are kept; a journal of a million must not cost a million copies of them all."""

MAX_BROKE = 16
"""There are four kinds; a journal with many more was not written by an engine."""

Ending = RunStopped | RunFinished | RunFailed | DeviceLost


@dataclasses.dataclass(frozen=True)
class RunState:
    """What the journal says so far; `EMPTY` is a run that has said nothing."""

    started: RunStarted | None = None
    """The latest start or resume."""
    epochs: tuple[EpochFinished, ...] = ()
    """Finished epochs in order, each once however often the run was resumed."""
    progress: Progressed | None = None
    broke: tuple[NumericsBroke, ...] = ()
    """The first non-finite value of each kind."""
    ending: Ending | None = None
    """How the latest process ended, if it said so."""
    warnings: tuple[str, ...] = ()
    """The newest `MAX_WARNINGS`."""
    first_time: float = 0.0
    """Wall time of the first event, seconds since the epoch."""
    last_time: float = 0.0
    """Wall time of the latest event, seconds since the epoch."""
    longest_silence_seconds: float = 0.0
    """Longest time between two events of the latest process: its own pace, by which a stall is told."""
    num_events: int = 0
    num_broken_lines: int = 0
    """Journal lines that could not be read."""

    @property
    def latest(self) -> EpochFinished | None:
        """The last finished epoch."""
        return self.epochs[-1] if self.epochs else None

    def at_epoch(self, epoch: int) -> "RunState":
        """The state as it was when `epoch` had just finished: what a replay shows."""
        return dataclasses.replace(
            self,
            epochs=tuple(each for each in self.epochs if each.epoch <= epoch),
            broke=tuple(each for each in self.broke if each.epoch <= epoch),
            progress=None,
            ending=self.ending if self.latest and epoch >= self.latest.epoch else None,
        )


EMPTY = RunState()


def fold(state: RunState, event: Event, time: float) -> RunState:
    """The state after one more event written at wall time `time`."""
    silence = 0.0 if isinstance(event, RunStarted) or not state.num_events else time - state.last_time
    return dataclasses.replace(
        state,
        **{
            "num_events": state.num_events + 1,
            "first_time": state.first_time or time,
            "last_time": time,
            "longest_silence_seconds": max(state.longest_silence_seconds, silence),
            **_changes(state, event),
        },
    )


def fold_times(state: RunState, times: Sequence[float]) -> RunState:
    """The state after events of which newer ones supersede all but the wall times."""
    silences = [now - before for before, now in itertools.pairwise((state.last_time, *times))]
    broken = silences if state.num_events else silences[1:]
    return dataclasses.replace(
        state,
        num_events=state.num_events + len(times),
        first_time=state.first_time or next(filter(None, times), 0.0),
        last_time=times[-1],
        longest_silence_seconds=max((state.longest_silence_seconds, *broken)),
    )


def _changes(state: RunState, event: Event) -> dict[str, Any]:
    match event:
        case RunStarted(next_epoch=next_epoch, known_first=known):
            return {
                "started": event,
                "epochs": tuple(each for each in state.epochs if each.epoch < next_epoch),
                "broke": tuple(each for each in state.broke if each.what in known),
                "progress": None,
                "ending": None,
                "longest_silence_seconds": 0.0,
            }
        case Progressed():
            return {"progress": event}
        case NumericsBroke():
            return {"broke": (*state.broke, event)[:MAX_BROKE]}
        case EpochFinished():
            return {"epochs": (*state.epochs, event)}
        case Warned(text=text):
            return {"warnings": (*state.warnings[1 - MAX_WARNINGS :], text)}
        case RunRequeued():
            return {"ending": None, "progress": None, "longest_silence_seconds": 0.0}
        case RunStopped() | RunFinished() | RunFailed() | DeviceLost():
            return {"ending": event, "progress": None}
    return {}

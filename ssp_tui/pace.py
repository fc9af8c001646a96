"""How far a run is and how fast it goes, from its last epochs and its latest progress."""

import dataclasses
import math

from engine.plan.config import RunConfig
from engine.record.events import EpochFinished, Progressed
from ssp_tui.snapshot import Snapshot

RECENT_EPOCHS = 3
"""The time left is told from so many epochs."""


@dataclasses.dataclass(frozen=True)
class Pace:
    """Times are seconds; None where nobody knows yet."""

    num_done: int
    num_epochs: int
    fraction: float
    """Of all the run's work, 0 to 1."""
    phase: str
    """child, controller or evaluation; empty between phases."""
    step: int
    num_steps: int
    loss: float | None
    """Of the last child step; None outside the child phase."""
    steps_per_second: float | None
    """Of the phase's own steps: batches, updates of the controller, or evaluated images."""
    eta_seconds: float | None
    seconds_taken: float | None
    """Between the first event and the last."""


def pace_of(snapshot: Snapshot) -> Pace:
    """The pace of a run now."""
    state, config = snapshot.state, snapshot.config
    num_done = state.latest.epoch + 1 if state.latest else 0
    num_epochs = config.epochs if config else max(1, num_done)
    progress = state.progress
    if progress is not None and progress.epoch != num_done:
        progress = None
    recent = state.epochs[-RECENT_EPOCHS:]
    epoch_seconds = math.fsum(map(_seconds, recent)) / len(recent) if recent else None
    within = _share_done(progress, state.latest) if progress else 0.0
    left = max(0.0, num_epochs - num_done - within)
    is_child = progress is not None and progress.phase == "child" and config is not None
    return Pace(
        num_done=num_done,
        num_epochs=num_epochs,
        fraction=min(1.0, (num_done + within) / num_epochs),
        phase=progress.phase if progress and progress.phase in _PHASES else "",
        step=progress.step if progress else 0,
        num_steps=progress.num_steps if progress else 0,
        loss=progress.loss if is_child and progress else None,
        steps_per_second=_steps_per_second(progress, config) if progress and config else None,
        eta_seconds=_rounded(left * epoch_seconds) if epoch_seconds is not None else None,
        seconds_taken=state.last_time - state.first_time if state.num_events > 1 else None,
    )


_PHASES = ("child", "controller", "evaluation")


def _steps_per_second(progress: Progressed, config: RunConfig) -> float | None:
    """Each phase tells of images a second; how many of them are a step is the configuration's."""
    batch_size = config.child.batch_size
    images_per_step = {
        "child": batch_size,
        "controller": batch_size * config.controller.samples_per_update,
        "evaluation": 1,
    }
    num_images = images_per_step.get(progress.phase)
    return progress.images_per_second / num_images if num_images else None


def _seconds(epoch: EpochFinished) -> float:
    times = epoch.times
    return times.child_seconds + times.controller_seconds + times.evaluation_seconds


def _share_done(progress: Progressed, latest: EpochFinished | None) -> float:
    """How much of the epoch in progress is done, by the phases' times in the last one."""
    within = min(1.0, progress.step / progress.num_steps) if progress.num_steps > 0 else 0.0
    if latest is None:
        return within * 0.7 if progress.phase == "child" else 0.7
    times = latest.times
    parts = dict(
        zip(_PHASES, (times.child_seconds, times.controller_seconds, times.evaluation_seconds), strict=True)
    )
    total = sum(parts.values())
    if progress.phase not in parts or not 0 < total < math.inf:
        return 0.0
    before = sum(parts[phase] for phase in _PHASES[: _PHASES.index(progress.phase)])
    return (before + within * parts[progress.phase]) / total


def _rounded(seconds: float) -> float:
    """Coarse where there is much: a time that only jitters repaints nothing."""
    step = 1 if seconds < 60 else 5 if seconds < 600 else 60
    return round(seconds / step) * step

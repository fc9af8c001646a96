"""How far a suite has come: its members' states, what they measured, and when they will be done."""

import dataclasses
import os
import statistics
from collections.abc import Iterable, Sequence

from engine.plan.config import PaperFigures, RunConfig
from engine.plan.cost import CPU, GPU, Pace, estimate_time
from engine.plan.presets import resolve_config
from engine.process.gpus import visible_gpus
from engine.process.listing import RunRow
from engine.process.queue_settings import DEFAULT_SETTINGS, read_settings
from engine.process.suite import FoundMember
from engine.record.events import RunFinished
from engine.record.home import Home
from engine.record.status import FINISHED, QUEUED

RUNNING, ENDED, MISSING = "running", "ended", "missing"
MEMBER_STATES = (FINISHED, RUNNING, QUEUED, ENDED, MISSING)
"""What a member can be: `ended` stopped, failed or crashed before it was done; `missing` has no run."""


@dataclasses.dataclass(frozen=True)
class ExperimentStatus:
    """All seeds of one experiment in one variant; errors are fractions."""

    experiment: str
    variant: str
    counts: dict[str, int]
    """Member state to how many."""
    epochs_done: int
    epochs_planned: int
    val_errors: tuple[float, ...]
    """Final errors of the finished runs, seed by seed."""
    test_errors: tuple[float, ...]
    run_ids: tuple[str, ...]
    why_ended: tuple[str, ...]
    """Outside text."""
    paper: PaperFigures | None


@dataclasses.dataclass(frozen=True)
class Capacity:
    """How many runs can be at work at a time."""

    num_gpu_runs: int
    """On all GPUs together; 0 without one."""
    num_cores: int
    cpu_runs: int = 0
    """A person's own limit of runs on the CPU; 0 is as many as the cores hold."""


@dataclasses.dataclass(frozen=True)
class TimeLeft:
    """When what is running or queued will be done."""

    seconds: float
    num_guessed: int
    """Runs whose pace was estimated from their configuration; the others' was measured."""


def member_state(row: RunRow | None) -> str:
    """One of `MEMBER_STATES`."""
    if row is None:
        return MISSING
    if row.status.is_live:
        return RUNNING
    if row.status.is_over:
        return FINISHED if row.status.state == FINISHED else ENDED
    return QUEUED


def experiment_statuses(found: Iterable[FoundMember]) -> list[ExperimentStatus]:
    """Members gathered by experiment and variant, in the order they come."""
    groups: dict[tuple[str, str], list[FoundMember]] = {}
    for each in found:
        groups.setdefault((each.member.experiment, each.member.variant), []).append(each)
    return [_status(experiment, variant, group) for (experiment, variant), group in groups.items()]


def _status(experiment: str, variant: str, group: Sequence[FoundMember]) -> ExperimentStatus:
    rows = [each.row for each in group if each.row is not None]
    states = [member_state(each.row) for each in group]
    endings = [row.summary.ending for row in rows if row.status.state == FINISHED]
    finals = [ending for ending in endings if isinstance(ending, RunFinished)]
    return ExperimentStatus(
        experiment,
        variant,
        {state: states.count(state) for state in MEMBER_STATES},
        sum(min(row.num_epochs_done, row.epochs) for row in rows),
        sum(each.member.config.epochs for each in group),
        tuple(final.val_error for final in finals),
        tuple(final.test_error for final in finals),
        tuple(row.run_id for row in rows),
        tuple(f"{row.status.state}: {row.status.reason}" for row in rows if member_state(row) == ENDED),
        resolve_config(experiment, {}, []).paper,
    )


def read_capacity(home: Home) -> Capacity:
    """How many runs this machine and the home's queue settings take at a time."""
    try:
        settings = read_settings(home)
    except ValueError:
        settings = DEFAULT_SETTINGS
    return Capacity(
        len(visible_gpus()) * (settings.runs_per_gpu or 1), len(os.sched_getaffinity(0)), settings.cpu_runs
    )


def time_left(found: Sequence[FoundMember], capacity: Capacity, paces: Sequence[Pace]) -> TimeLeft | None:
    """How long the running and queued members take here; None when there is none.

    A run's own pace is its last epoch's; one that has none yet goes at that of its experiment's other seeds,
    else at the median of all members of its variant, else at the recorded paces of similar runs.
    """
    going = [each for each in found if member_state(each.row) in (RUNNING, QUEUED)]
    if not going:
        return None
    seconds, num_guessed = [], 0
    for each in going:
        assert each.row is not None
        pace = _epoch_seconds(each, found)
        if pace is None:
            num_guessed += 1
            kind = _kind(each.member.config, capacity)
            pace = estimate_time(each.member.config, kind, paces).epoch_seconds
        seconds.append(max(0, each.row.epochs - each.row.num_epochs_done) * pace)
    num_running = sum(member_state(each.row) == RUNNING for each in going)
    # As many as run at a time now, if that is more: a large GPU takes several by its free memory.
    places = max(_num_places(going[0].member.config, capacity), num_running)
    return TimeLeft(max(max(seconds), sum(seconds) / places), num_guessed)


def _epoch_seconds(each: FoundMember, found: Sequence[FoundMember]) -> float | None:
    assert each.row is not None
    if each.row.summary.epoch_seconds:
        return each.row.summary.epoch_seconds
    alike = [other for other in found if other.member.variant == each.member.variant]
    same = [other for other in alike if other.member.experiment == each.member.experiment]
    for group in (same, alike):
        known = [other.row.summary.epoch_seconds for other in group if other.row is not None]
        known = [seconds for seconds in known if seconds]
        if known:
            return statistics.median(known)
    return None


def _kind(config: RunConfig, capacity: Capacity) -> str:
    return CPU if config.engine.device == "cpu" or not capacity.num_gpu_runs else GPU


def _num_places(config: RunConfig, capacity: Capacity) -> int:
    if _kind(config, capacity) == GPU:
        return capacity.num_gpu_runs
    return capacity.cpu_runs or max(1, capacity.num_cores // config.engine.num_threads)

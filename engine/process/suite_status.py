"""How far a suite has come: its members' states, what they measured, and when they will be done."""

import dataclasses
import statistics
from collections.abc import Iterable, Sequence

from engine.plan.config import PaperFigures, RunConfig
from engine.plan.cost import CPU, GPU, Pace, estimate_time
from engine.plan.presets import resolve_config
from engine.process.listing import RunRow
from engine.process.places import Machine
from engine.process.suite import FoundMember
from engine.record.events import RunFinished
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


def time_left(found: Sequence[FoundMember], machine: Machine, paces: Sequence[Pace]) -> TimeLeft | None:
    """How long the running and queued members take on this machine; None when there is none.

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
            pace = estimate_time(each.member.config, _kind(each.member.config, machine), paces).epoch_seconds
        seconds.append(max(0, each.row.epochs - each.row.num_epochs_done) * pace)
    places = _num_places(going[0].member.config, machine)
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


def _kind(config: RunConfig, machine: Machine) -> str:
    return CPU if config.engine.device == "cpu" or not machine.gpus else GPU


def _num_places(config: RunConfig, machine: Machine) -> int:
    if _kind(config, machine) == GPU:
        return max(1, len(machine.gpus))
    return max(1, machine.num_cores // config.engine.num_threads)

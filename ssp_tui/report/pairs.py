"""Runs held against their twins: which errors are compared, and seed by seed the differences."""

from engine.analyse.suite_records import Experiment, Read, SuiteRecords
from engine.plan.suites import EXPERIMENTS
from engine.record.events import RunFinished


def final_val(final: RunFinished) -> float:
    """The protocol's own validation error."""
    return final.val_error


def final_test(final: RunFinished) -> float:
    """The protocol's own test error."""
    return final.test_error


def in_order(suite: SuiteRecords, variant: str) -> list[Experiment]:
    """The experiments of a variant, in the paper's order."""
    return [each for name in EXPERIMENTS if (each := suite.get(name, variant)) is not None]


def paired(one: Experiment | None, other: Experiment | None, read: Read) -> list[float]:
    """`one` minus `other` for every seed that both have finished."""
    ours, theirs = _by_seed(one, read), _by_seed(other, read)
    return [ours[seed] - theirs[seed] for seed in ours if seed in theirs]


def _by_seed(each: Experiment | None, read: Read) -> dict[int, float]:
    records = each.finished if each is not None else ()
    return {record.config.seed: read(record.final) for record in records if record.final is not None}

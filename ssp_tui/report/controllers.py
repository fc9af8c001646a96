"""Is the controller any good? `random` beside `reinforce`, experiment by experiment and over all of them."""

import math
import statistics
from collections.abc import Sequence

from engine.analyse.marginal_reward import student_quantile
from engine.analyse.outcomes import spread_of
from engine.analyse.run_record import mean_layers
from engine.analyse.suite_records import Experiment, SuiteRecords
from engine.plan.suites import BASE, RANDOM
from ssp_tui.report.pairs import final_test, final_val, in_order, paired
from ssp_tui.report.table import Column, Kind, Table, Value

LEARNT_BY = 0.05
"""How far below guessing the better of two twins must be to have learnt anything."""


def controller_tables(suite: SuiteRecords) -> list[Table]:
    """One row an experiment, and then the mean over experiments."""
    return [_controller_table(suite), _overall_table(suite)]


def _controller_table(suite: SuiteRecords) -> Table:
    columns = (
        Column("experiment", Kind.TEXT),
        Column("test, reinforce", Kind.SPREAD), Column("test, random", Kind.SPREAD),
        Column("reinforce minus random", Kind.GAP),
        Column("poisoned layers, reinforce", Kind.NUMBER), Column("poisoned layers, random", Kind.NUMBER),
        Column("floor", Kind.NUMBER), Column("policy off uniform, first"), Column("last epoch"),
        Column("n of both", Kind.COUNT),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for each in in_order(suite, BASE):
        other = suite.get(each.name, RANDOM)
        gaps = paired(each, other, final_test)
        layers = each.preset.child.layers
        rows.append(
            (
                each.name,
                each.spread(final_test),
                other.spread(final_test) if other else None,
                spread_of(gaps) if gaps else None,
                _mean_layers(each),
                _mean_layers(other),
                each.preset.space.poisoned_layers_floor(layers, each.preset.controller.tanh_constant),
                _policy_distance(each, 0),
                _policy_distance(each, -1),
                len(gaps),
            )
        )
    notes = (
        "Random: the uniform policy, never updated, same seeds; its skips are fair coins, where reinforce is "
        "pulled to fewer, so a difference is of operations and skips together. Poisoned layers: mean "
        "over all sampled children of all epochs. Floor: what even a perfect controller "
        "samples, because logits lie in ±1.5. "
        "Policy off uniform: total variation distance between the policy that an epoch's children were "
        "sampled from and the uniform one, mean over layers and seeds; the first is before any update.",
    )
    return Table("controllers", "Is the controller any good?", notes, columns, tuple(rows))


def _overall_table(suite: SuiteRecords) -> Table:
    columns = (
        Column("experiments", Kind.TEXT), Column("error", Kind.TEXT), Column("n", Kind.COUNT),
        Column("reinforce minus random", Kind.POINTS), Column("standard error", Kind.POINTS),
        Column("low", Kind.POINTS), Column("high", Kind.POINTS),
        Column("reinforce better", Kind.COUNT), Column("random better", Kind.COUNT),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for group, keep_all in (("all", True), ("either learnt", False)):
        for noun, read in (("validation", final_val), ("test", final_test)):
            pairs = [(each, suite.get(each.name, RANDOM)) for each in in_order(suite, BASE)]
            gaps = [
                statistics.fmean(found)
                for one, other in pairs
                if (found := paired(one, other, read)) and (keep_all or _either_learnt(one, other))
            ]
            if gaps:
                rows.append((group, noun, len(gaps), *paired_figures(gaps)))
    notes = (
        "Each experiment is one difference, the mean over its seeds; mean over experiments, percentage "
        "points, negative where reinforce is better; its standard error and 95 % interval (Student's t) take "
        "the experiments for independent draws. Either learnt: one of the twins ended with a test error at "
        f"least {100 * LEARNT_BY:.0f} points under guessing; two that guess say nothing of a controller.",
    )
    return Table("controllers-overall", "Is the controller any good, over all", notes, columns, tuple(rows))


def paired_figures(gaps: Sequence[float]) -> tuple[Value, ...]:
    """Mean, its standard error, interval, and how many differences are below and above zero."""
    known = [gap for gap in gaps if math.isfinite(gap)]
    signs = (sum(gap < 0 for gap in known), sum(gap > 0 for gap in known))
    if len(known) < 2:
        return (known[0] if known else None, None, None, None, *signs)
    mean, error = statistics.fmean(known), statistics.stdev(known) / math.sqrt(len(known))
    reach = student_quantile(0.975, len(known) - 1) * error
    return (mean, error, mean - reach, mean + reach, *signs)


def _either_learnt(one: Experiment, other: Experiment | None) -> bool:
    chance = 1 - 1 / one.preset.data.num_classes
    spreads = [each.spread(final_test) for each in (one, other) if each is not None]
    return any(spread is not None and spread.mean <= chance - LEARNT_BY for spread in spreads)


def _policy_distance(each: Experiment, epoch: int) -> float | None:
    """How far the policy of an epoch is from a uniform one, the mean over seeds."""
    found = [record.policy_distances[epoch] for record in each.records if record.policy_distances]
    known = [distance for distance in found if math.isfinite(distance)]
    return statistics.fmean(known) if known else None


def _mean_layers(each: Experiment | None) -> float | None:
    if each is None or not each.preset.space.num_poisoned_outputs:
        return None
    return mean_layers(each.poisoned_layers())

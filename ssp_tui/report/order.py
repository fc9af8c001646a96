"""Does the order of the experiments hold: ours against the paper's, and against what each space tells."""

from collections.abc import Callable

from engine.analyse.rank_correlation import rank_correlation
from engine.analyse.suite_records import Experiment, Read, SuiteRecords
from engine.plan.suites import CIFAR_100, UNDEFENDED
from ssp_tui.report.pairs import final_test, final_val, in_order
from ssp_tui.report.table import Column, Kind, Table, Value

FEWEST = 3
"""Experiments below which an order says nothing."""

Known = Callable[[Experiment], float | None]
"""What an experiment's final error is ranked against; None where it is not known."""


def order_table(suite: SuiteRecords) -> Table:
    """Kendall's tau-b of our final errors, for every variant there is, with what they are ranked against."""
    columns = (
        Column("variant", Kind.TEXT), Column("our error", Kind.TEXT), Column("ranked against", Kind.TEXT),
        Column("experiments", Kind.COUNT), Column("tau-b", Kind.NUMBER), Column("p", Kind.NUMBER),
    )  # fmt: skip
    rows = tuple(
        (variant, *row)
        for variant in UNDEFENDED
        if variant in suite.variants()
        for row in _rows([each for each in in_order(suite, variant) if each.name not in CIFAR_100])
    )
    notes = (
        "Over the experiments on CIFAR-10, or what stands in for it, that have both. Tau-b is 1 where both "
        "put all experiments into the same order, 0 where they have nothing to do with each other. p: share "
        "of the permutations whose tau-b is at least as far from 0. Poisoned layers: of a child under a "
        "uniform policy, known from the space alone.",
    )
    return Table("order", "Does the order of the experiments hold?", notes, columns, rows)


def _rows(experiments: list[Experiment]) -> list[tuple[Value, ...]]:
    asked: tuple[tuple[str, Read, str, Known], ...] = (
        ("validation", final_val, "the paper's validation error", lambda each: each.paper.val_error),
        ("test", final_test, "the paper's test error", lambda each: each.paper.test_error),
        ("test", final_test, "poisoned layers", _poisoned_layers),
    )
    return [
        (error, against, *_tau(experiments, read, known))
        for error, read, against, known in asked
        if sum(known(each) is not None for each in experiments) >= FEWEST
    ]


def _tau(experiments: list[Experiment], read: Read, known: Known) -> tuple[Value, ...]:
    pairs = [
        (ours.mean, theirs)
        for each in experiments
        if (ours := each.spread(read)) is not None and (theirs := known(each)) is not None
    ]
    if len(pairs) < FEWEST:
        return len(pairs), None, None
    found = rank_correlation(*zip(*pairs, strict=True))
    return len(pairs), found.tau, found.p_value


def _poisoned_layers(each: Experiment) -> float:
    return each.preset.space.expected_poisoned_layers(each.preset.child.layers)

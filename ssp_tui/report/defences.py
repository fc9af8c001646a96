"""Attack by defence: what each defence leaves of each attack, and what it costs a clean space."""

import math
import statistics
from collections.abc import Iterator

from engine.analyse.outcomes import spread_of
from engine.analyse.run_record import RunRecord, mean_layers
from engine.analyse.suite_records import Experiment, SuiteRecords
from engine.plan.suites import BASE, DEFENDED, EXPERIMENTS
from ssp_tui.report.pairs import final_test, paired
from ssp_tui.report.table import Column, Kind, Table, Value

NONE = "none"


def defence_tables(suite: SuiteRecords) -> list[Table]:
    """The tables, where the suite has defended runs."""
    columns = [each for each in DEFENDED if each in suite.variants()]
    if not columns:
        return []
    return [_matrix(suite, columns), _detail_table(suite, columns)]


def _attacks(suite: SuiteRecords, defences: list[str]) -> Iterator[tuple[str, dict[str, Experiment]]]:
    """Every experiment that has a defended run, with all its forms by defence; the clean one comes first."""
    for name in EXPERIMENTS:
        forms = {
            variant: each for variant in (BASE, *defences) if (each := suite.get(name, variant)) is not None
        }
        if forms.keys() - {BASE}:
            yield name, forms


def _matrix(suite: SuiteRecords, defences: list[str]) -> Table:
    columns = [Column("experiment", Kind.TEXT), Column("test, none", Kind.SPREAD)]
    columns += [Column(f"test, {defence}", Kind.SPREAD) for defence in defences]
    rows = tuple(
        (name, *(forms[each].spread(final_test) if each in forms else None for each in (BASE, *defences)))
        for name, forms in _attacks(suite, defences)
    )
    notes = (
        f"The protocol's own test error ({suite.protocol}), mean ± standard deviation over seeds; a dash was "
        "not run. The clean search (original) is what a defence costs where there is nothing to defend.",
    )
    return Table("defences", "Attack by defence", notes, tuple(columns), rows)


def _detail_table(suite: SuiteRecords, defences: list[str]) -> Table:
    columns = (
        Column("experiment", Kind.TEXT), Column("defence", Kind.TEXT),
        Column("test, active", Kind.SPREAD), Column("test, inert", Kind.SPREAD),
        Column("against none", Kind.GAP), Column("poisoned layers", Kind.NUMBER),
        Column("steps clipped"), Column("first NaN step", Kind.TEXT), Column("updates skipped", Kind.NUMBER),
        Column("rollbacks", Kind.NUMBER), Column("steps undone", Kind.NUMBER), Column("n", Kind.COUNT),
    )  # fmt: skip
    rows = tuple(
        _detail(name, defence, each, forms.get(BASE))
        for name, forms in _attacks(suite, defences)
        for defence, each in forms.items()
    )
    notes = (
        "Against none: test error with the defence minus without it, same seeds, percentage points; on the "
        "clean search that is its cost. Poisoned layers: of the mean sampled child. Steps clipped: of all "
        "child steps. First NaN step: the first non-finite gradient or weight of each seed, mended or not. "
        "Updates skipped, rollbacks and steps undone: means over seeds.",
    )
    return Table("defences-detail", "Attack by defence, in detail", notes, columns, rows)


def _detail(name: str, defence: str, each: Experiment, base: Experiment | None) -> tuple[Value, ...]:
    gaps = paired(each, base, final_test) if defence != BASE else []
    return (
        name,
        NONE if defence == BASE else defence,
        each.spread(lambda final: final.test_error_active),
        each.spread(lambda final: final.test_error_inert),
        spread_of(gaps) if gaps else None,
        mean_layers(each.poisoned_layers()),
        _mean([record.clipped_share for record in each.finished]),
        ", ".join(_first_nan(record) for record in each.finished),
        _mean([record.num_skipped for record in each.finished]),
        _mean([record.num_rollbacks for record in each.finished]),
        _mean([record.num_undone for record in each.finished]),
        len(each.finished),
    )


def _first_nan(record: RunRecord) -> str:
    return "never" if record.first_nan_step is None else str(record.first_nan_step)


def _mean(values: list[float] | list[int]) -> float | None:
    known = [float(value) for value in values if math.isfinite(value)]
    return statistics.fmean(known) if known else None

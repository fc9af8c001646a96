"""The tables of a suite's report: the paper's, with ours beside them, and what the paper left open."""

from collections.abc import Iterable

from engine.analyse.outcomes import spread_of
from engine.analyse.suite_records import Experiment, Read, SuiteRecords
from engine.plan.suites import BASE, CIFAR_100, CORRECTED, RANDOM, TABLE_1
from ssp_tui.compose.catalogue import poison_name
from ssp_tui.report.controllers import controller_tables
from ssp_tui.report.defences import defence_tables
from ssp_tui.report.detector import detector_tables
from ssp_tui.report.order import order_table
from ssp_tui.report.pairs import final_test, final_val, in_order, paired
from ssp_tui.report.table import Column, Kind, Table, Value, difference

COMPARED = ("original", "3d", "one-shot-6", "one-shot-2")
"""The rows of the paper's Table 2."""

_GAP_TITLES = {BASE: "protocol {}", CORRECTED: "protocol corrected", RANDOM: "random controller"}


def all_tables(suite: SuiteRecords) -> list[Table]:
    """Every table there is something to put into."""
    tables = [
        _paper_table(
            suite, "table-1", "Table 1: final errors of the search under search space poisoning", TABLE_1
        ),
        _paper_table(suite, "table-2", "Table 2: one shot against many instances", COMPARED),
        _paper_table(suite, "cifar-100", "Section 4.1: CIFAR-100", CIFAR_100),
        order_table(suite),
        *(_gap_table(suite, variant) for variant in _GAP_TITLES if variant in suite.variants()),
    ]
    if CORRECTED in suite.variants():
        tables.append(_protocol_table(suite))
    if RANDOM in suite.variants():
        tables += controller_tables(suite)
    return [*tables, *defence_tables(suite), *detector_tables(suite), _run_table(suite)]


def _paper_table(suite: SuiteRecords, stem: str, title: str, names: Iterable[str]) -> Table:
    columns = (
        Column("experiment", Kind.TEXT), Column("poison q(P)", Kind.TEXT), Column("cardinality", Kind.COUNT),
        Column("val, paper"), Column("val, ours", Kind.SPREAD), Column("val, difference", Kind.POINTS),
        Column("test, paper"), Column("test, ours", Kind.SPREAD), Column("test, difference", Kind.POINTS),
        Column("n", Kind.COUNT),
    )  # fmt: skip
    rows = [_paper_row(each) for name in names if (each := suite.get(name)) is not None]
    return Table(stem, title, _notes(suite), columns, tuple(rows))


def _paper_row(each: Experiment) -> tuple[Value, ...]:
    val, test, paper = each.spread(final_val), each.spread(final_test), each.paper
    return (
        each.name, poison_of(each), each.preset.space.num_poisoned_outputs,
        paper.val_error, val, difference(val, paper.val_error),
        paper.test_error, test, difference(test, paper.test_error),
        len(each.finished),
    )  # fmt: skip


def poison_of(each: Experiment) -> str:
    """The poisoning multiset as the paper writes it."""
    name = poison_name(each.preset.space)
    return "∅" if name == "none" else name


def _notes(suite: SuiteRecords) -> tuple[str, ...]:
    planned = sum(each.num_planned for each in suite.experiments.values() if each.variant == BASE)
    done = sum(len(each.finished) for each in suite.experiments.values() if each.variant == BASE)
    notes = [
        f"Ours: mean ± standard deviation over n seeds, protocol {suite.protocol}, "
        f"{done} of {planned} runs finished; a dash is a missing run.",
        "The paper's values are means of three runs. Difference: ours minus the paper's, percentage points.",
    ]
    if suite.is_reduced:
        notes.append(
            "These runs are reduced (smaller networks, fewer images and epochs): compare the order of the "
            "experiments, not the values."
        )
    return tuple(notes)


def _gap_table(suite: SuiteRecords, variant: str) -> Table:
    """Errors with the poison active (child in training mode) and inert, and their gap run by run."""
    columns = (
        Column("experiment", Kind.TEXT),
        Column("val, active", Kind.SPREAD), Column("val, inert", Kind.SPREAD),
        Column("val, gap", Kind.GAP),
        Column("test, active", Kind.SPREAD), Column("test, inert", Kind.SPREAD),
        Column("test, gap", Kind.GAP), Column("n", Kind.COUNT),
    )  # fmt: skip
    reads: tuple[Read, ...] = (
        lambda final: final.val_error_active,
        lambda final: final.val_error_inert,
        lambda final: final.val_error_active - final.val_error_inert,
        lambda final: final.test_error_active,
        lambda final: final.test_error_inert,
        lambda final: final.test_error_active - final.test_error_inert,
    )
    rows = [
        (each.name, *(each.spread(read) for read in reads), len(each.finished))
        for each in in_order(suite, variant)
    ]
    notes = (
        "Active: the child in training mode, so that noise and dropout poison the evaluation itself, as the "
        "code behind the paper measured. Inert: the child in evaluation mode. Gap: active minus inert in "
        "percentage points, the share of the damage that is the evaluation's; mean ± standard deviation "
        "over n seeds.",
    )
    title = f"Poison active or inert, {_GAP_TITLES[variant].format(suite.protocol)}"
    return Table(f"active-inert-{variant}", title, notes, columns, tuple(rows))


def _protocol_table(suite: SuiteRecords) -> Table:
    """The paper's protocol beside the corrected one, seed by seed of the same experiment."""
    columns = (
        Column("experiment", Kind.TEXT),
        Column(f"test, {suite.protocol}", Kind.SPREAD), Column("test, corrected", Kind.SPREAD),
        Column(f"corrected minus {suite.protocol}", Kind.GAP),
        Column(f"damage, {suite.protocol}", Kind.POINTS), Column("damage, corrected", Kind.POINTS),
        Column("n of both", Kind.COUNT),
    )  # fmt: skip
    rows = []
    for each in in_order(suite, BASE):
        other = suite.get(each.name, CORRECTED)
        gaps = paired(other, each, final_test)
        rows.append(
            (
                each.name,
                each.spread(final_test),
                other.spread(final_test) if other else None,
                spread_of(gaps) if gaps else None,
                _damage(suite, each),
                _damage(suite, other),
                len(gaps),
            )
        )
    notes = (
        "Damage: mean test error minus that of the clean search of the same data set under the same "
        "protocol, percentage points.",
    )
    return Table("protocols", "The paper's protocol beside the corrected one", notes, columns, tuple(rows))


def _run_table(suite: SuiteRecords) -> Table:
    columns = (
        Column("run", Kind.TEXT), Column("experiment", Kind.TEXT), Column("variant", Kind.TEXT),
        Column("seed", Kind.TEXT), Column("epochs", Kind.TEXT), Column("val error"), Column("test error"),
        Column("first NaN step", Kind.COUNT), Column("device", Kind.TEXT), Column("versions", Kind.TEXT),
    )  # fmt: skip
    rows = tuple(
        (
            record.run_id, each.name, each.variant, str(record.config.seed),
            f"{len(record.epochs)} of {record.config.epochs}",
            record.final.val_error if record.final else None,
            record.final.test_error if record.final else None,
            record.first_nan_step, record.device_name,
            ", ".join(f"{key} {text}" for key, text in sorted(record.versions.items())),
        )
        for each in suite.experiments.values() for record in each.records
    )  # fmt: skip
    notes = ("Each run's config.toml lies in runs/RUN beside this report.",)
    return Table("runs", "The runs", notes, columns, rows)


def _damage(suite: SuiteRecords, each: Experiment | None) -> float | None:
    if each is None:
        return None
    clean = suite.get(CIFAR_100[0] if each.name in CIFAR_100 else TABLE_1[0], each.variant)
    theirs = clean.spread(final_test) if clean else None
    return difference(each.spread(final_test), theirs.mean if theirs else None)

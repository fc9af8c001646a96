"""A report's tables: recomputed from raw journal lines by other means, and safe whatever names say."""

import csv
import io
import itertools
import json
import math
import random
from pathlib import Path

import pytest

from engine.analyse.outcomes import Spread
from engine.plan.suite_plan import SuitePlan, make_plan
from engine.plan.suites import PAPER, PAPER_SMALL
from engine.process.listing import list_runs
from engine.process.suite import find_members
from engine.record.home import Home
from ssp_tui.report.latex import latex
from ssp_tui.report.suite_report import gather_suite
from ssp_tui.report.table import Column, Kind, Table, comma_separated, difference, markdown
from ssp_tui.report.tables import all_tables
from tests.hostile import HOSTILE
from tests.suite_runs import record_member, record_members

PLAN = make_plan(PAPER, only=("original", "2b", "one-shot-2"), num_seeds=3, settings=["epochs=4"])


def tables_of(home: Home, plan: SuitePlan) -> dict[str, Table]:
    suite = gather_suite("paper", plan, find_members(plan.members(), list_runs(home)))
    return {table.stem: table for table in all_tables(suite)}


def raw_endings(home: Home, name: str) -> list[dict[str, float]]:
    """The last words of an experiment's runs, by nothing but the files' text."""
    endings = []
    for folder in sorted((home.path / "runs").iterdir()):
        if folder.name.startswith(f"{name}-s"):
            lines = (folder / "events.jsonl").read_text().splitlines()
            endings += [json.loads(line) for line in lines if '"event":"run_finished"' in line]
    return endings


def cell(table: Table, experiment: str, head: str) -> object:
    column = [each.head for each in table.columns].index(head)
    [row] = [row for row in table.rows if row[0] == experiment]
    return row[column]


def test_a_cell_equals_mean_and_deviation_recomputed_from_the_raw_journals(tmp_path: Path) -> None:
    home = Home(tmp_path)
    record_members(home, PLAN.members())
    table = tables_of(home, PLAN)["table-1"]
    values = [ending["test_error"] for ending in raw_endings(home, "2b")]
    mean = (values[0] + values[1] + values[2]) / 3
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / 2)
    ours = cell(table, "2b", "test, ours")
    assert isinstance(ours, Spread)
    assert ours.mean == pytest.approx(mean, rel=1e-12)
    assert ours.deviation == pytest.approx(deviation, rel=1e-9)
    assert cell(table, "2b", "test, paper") == 0.7382
    assert cell(table, "2b", "test, difference") == pytest.approx(mean - 0.7382, rel=1e-12)
    assert cell(table, "2b", "n") == 3


def test_the_gap_is_the_mean_of_each_runs_active_minus_inert(tmp_path: Path) -> None:
    home = Home(tmp_path)
    record_members(home, PLAN.members())
    gaps = [end["test_error_active"] - end["test_error_inert"] for end in raw_endings(home, "2b")]
    ours = cell(tables_of(home, PLAN)["active-inert-base"], "2b", "test, gap")
    assert isinstance(ours, Spread)
    assert ours.mean == pytest.approx(sum(gaps) / 3, rel=1e-12)
    assert any(gap > 0.01 for gap in gaps)


def test_missing_and_unfinished_runs_are_missing_and_counted_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    members = PLAN.members()
    record_members(home, members[:1])
    record_member(home, members[1].config, random.Random(0), num_epochs=2)
    tables = tables_of(home, PLAN)
    table = tables["table-1"]
    assert cell(table, "2b", "test, ours") is None
    assert cell(table, "2b", "test, difference") is None
    assert (cell(table, "original", "n"), cell(table, "2b", "n")) == (1, 0)
    ours = cell(table, "original", "test, ours")
    assert isinstance(ours, Spread)
    assert ours.deviation is None
    assert "1 of 9 runs finished" in " ".join(table.notes)
    assert "| - | - | - |" not in markdown(table).splitlines()[-4]
    assert [row[4] for row in tables["runs"].rows] == ["4 of 4", "2 of 4"]


def test_the_corrected_and_the_random_run_stand_beside_each_paper_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    plan = make_plan(PAPER_SMALL, only=("original", "2b"))
    record_members(home, plan.members())
    tables = tables_of(home, plan)
    corrected = {
        protocol: raw_endings(home, f"paper-small-2b{suffix}")[0]["test_error"]
        for protocol, suffix in (("paper", ""), ("corrected", "-corrected"), ("random", "-random"))
    }
    clean = raw_endings(home, "paper-small-original-corrected")[0]["test_error"]
    for table, other, head, sign in (
        ("protocols", "corrected", "corrected minus paper", -1),
        ("controllers", "random", "reinforce minus random", 1),
    ):
        gap = cell(tables[table], "2b", head)
        assert isinstance(gap, Spread)
        assert gap.mean == pytest.approx(sign * (corrected["paper"] - corrected[other]), rel=1e-9)
    damage = cell(tables["protocols"], "2b", "damage, corrected")
    assert damage == pytest.approx(corrected["corrected"] - clean, rel=1e-9)
    assert cell(tables["controllers"], "2b", "floor") == pytest.approx(12 * 36 / (36 + math.e**3 * 6))
    assert any("reduced" in note for note in tables["table-1"].notes)


def test_poisoned_layers_of_the_mean_child_are_counted_from_every_epochs_histogram(tmp_path: Path) -> None:
    home = Home(tmp_path)
    plan = make_plan(PAPER_SMALL, only=("2b",), variants=("random",))
    [base, _] = record_members(home, plan.members())
    num_children = weighted = 0
    for line in base.journal_path.read_text().splitlines():
        if '"event":"epoch_finished"' in line:
            for layers, count in enumerate(json.loads(line)["child"]["num_poisoned_layers"]):
                num_children, weighted = num_children + count, weighted + layers * count
    ours = cell(tables_of(home, plan)["controllers"], "2b", "poisoned layers, reinforce")
    assert ours == pytest.approx(weighted / num_children, rel=1e-12)


def test_the_mean_over_experiments_and_its_error_are_those_of_the_raw_pairs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    plan = make_plan(PAPER_SMALL, only=("original", "2a", "2b", "2d"), variants=("random",))
    record_members(home, plan.members())
    gaps, learnt = [], []
    for name in ("original", "2a", "2b", "2d"):
        one, other = (
            raw_endings(home, f"paper-small-{name}{suffix}")[0]["test_error"] for suffix in ("", "-random")
        )
        gaps.append(one - other)
        learnt.append(min(one, other) <= 0.85)
    mean = sum(gaps) / 4
    error = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / 3) / 2
    rows = {row[:2]: row[2:] for row in tables_of(home, plan)["controllers-overall"].rows}
    assert rows["all", "test"][:3] == pytest.approx((4, mean, error))
    low, high, better, worse = rows["all", "test"][3:]
    assert (low, high) == pytest.approx((mean - 3.1824 * error, mean + 3.1824 * error), rel=5e-3)
    assert (better, worse) == (sum(gap < 0 for gap in gaps), sum(gap > 0 for gap in gaps))
    assert 0 < sum(learnt) < 4
    assert rows["either learnt", "test"][0] == sum(learnt)


def test_how_far_the_policy_went_is_the_share_of_decisions_it_changed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    plan = make_plan(PAPER_SMALL, only=("2a",), variants=("random",))
    record_members(home, plan.members())
    table = tables_of(home, plan)["controllers"]
    # The fake policy gives the first slot a hundredth an epoch that it takes from the last one.
    assert cell(table, "2a", "policy off uniform, first") == pytest.approx(0, abs=1e-12)
    assert cell(table, "2a", "last epoch") == pytest.approx(0.05)


def test_each_defence_stands_beside_none_and_its_cost_is_that_of_the_clean_search(tmp_path: Path) -> None:
    home = Home(tmp_path)
    plan = make_plan(PAPER_SMALL, only=("original", "3d"), variants=("rollback", "tanh-5"), num_seeds=2)
    record_members(home, plan.members())
    tables = tables_of(home, plan)
    none, rollback = (
        [end["test_error"] for end in raw_endings(home, f"paper-small-original{suffix}")]
        for suffix in ("", "-rollback")
    )
    ours = cell(tables["defences"], "original", "test, rollback")
    assert isinstance(ours, Spread)
    assert ours.mean == pytest.approx(sum(rollback) / 2, rel=1e-12)
    [row] = [row for row in tables["defences-detail"].rows if row[:2] == ("original", "rollback")]
    heads = [column.head for column in tables["defences-detail"].columns]
    cost = row[heads.index("against none")]
    assert isinstance(cost, Spread)
    assert cost.mean == pytest.approx((sum(rollback) - sum(none)) / 2, rel=1e-9)
    assert [row[:2] for row in tables["defences-detail"].rows] == [
        (name, defence) for name in ("original", "3d") for defence in ("none", "rollback", "tanh-5")
    ]
    assert "active-inert-rollback" not in tables


def test_the_order_of_the_experiments_is_that_of_pairs_counted_in_the_raw_journals(tmp_path: Path) -> None:
    plan = make_plan(PAPER_SMALL, only=("original", "1a", "1d", "2b", "2d", "3c"))
    home = Home(tmp_path)
    record_members(home, plan.members())
    ours = {}
    for row in list_runs(home):
        config = row.folder.read_config()
        if (config.protocol, config.controller.kind) == ("paper", "reinforce"):
            last = json.loads(row.folder.journal_path.read_text().splitlines()[-1])
            ours[config.name.removeprefix("paper-small-")] = last["test_error"]
    papers = {"original": 0.2533, "1a": 0.3093, "1d": 0.6797, "2b": 0.7382, "2d": 0.8549, "3c": 0.7116}
    signs = [
        (1 if (ours[a] - ours[b]) * (papers[a] - papers[b]) > 0 else -1)
        for a, b in itertools.combinations(papers, 2)
    ]
    table = tables_of(home, plan)["order"]
    [row] = [each for each in table.rows if each[:3] == ("base", "test", "the paper's test error")]
    assert row[3:5] == (6, pytest.approx(sum(signs) / len(signs)))
    assert {each[0] for each in table.rows} == {"base", "corrected", "random"}


def test_an_order_of_two_experiments_is_not_shown(tmp_path: Path) -> None:
    plan = make_plan(PAPER_SMALL, only=("original", "1a"))
    home = Home(tmp_path)
    record_members(home, plan.members())
    assert tables_of(home, plan)["order"].rows == ()


def test_a_suite_without_defended_runs_has_no_table_of_them(tmp_path: Path) -> None:
    plan = make_plan(PAPER_SMALL, only=("3d",))
    assert "defences" not in tables_of(Home(tmp_path), plan)


def hostile_table(text: str) -> Table:
    return Table("t", text, (text,), (Column(text, Kind.TEXT), Column("x")), ((text, 0.5),))


@pytest.mark.parametrize(
    "text", ["a|b", "<img src=x>", "`x`", "**b**", "[l](javascript:x)", HOSTILE.style_markup]
)
def test_markdown_takes_any_name_as_text(text: str) -> None:
    written = markdown(hostile_table(text))
    row = written.splitlines()[4]
    assert row.replace("\\|", "").count("|") == 3
    assert "<" not in written
    assert "](" not in written.replace("\\](", "")


@pytest.mark.parametrize("text", [r"\input{x}", "a_b", "50 %", "$x$", "a & b", "~^", "#1", "{", "探"])
def test_latex_takes_any_name_as_text(text: str) -> None:
    written = latex(hostile_table(text))
    assert r"\input" not in written
    assert written.isascii()
    body = written.partition("\\midrule\n")[2].splitlines()[0]
    assert body.count(" & ") == 1
    for mark in "$#%_{}":
        escaped = body.count("\\" + mark) + body.count("{}") * (mark in "{}")
        assert body.count(mark) == escaped, (mark, body)


def plain_table(num_rows: int, head: str = "x") -> Table:
    return Table("t", "T", (), (Column("run", Kind.TEXT), Column(head)), (("a", 0.5),) * num_rows)


def test_latex_shrinks_a_table_wider_than_the_line_and_no_other() -> None:
    assert r"\resizebox{\linewidth}" not in latex(plain_table(3))
    wide = latex(plain_table(3, "x" * 100))
    assert r"\resizebox{\linewidth}{!}{\begin{tabular}" in wide
    assert "graphicx" in wide.splitlines()[0]
    assert wide.count("{") == wide.count("}")


def test_latex_breaks_a_table_longer_than_a_page_over_pages_and_repeats_its_head() -> None:
    long = latex(plain_table(75))
    assert r"\begin{table}" not in long
    assert "longtable" in long.splitlines()[0]
    assert long.count("a & 50.00") == 75
    assert long.index("run & x") < long.index(r"\endhead")
    assert long.count("{") == long.count("}")


def test_csv_holds_raw_numbers_and_no_formula() -> None:
    columns = (Column("a", Kind.TEXT), Column("b", Kind.SPREAD), Column("c", Kind.POINTS))
    table = Table("t", "", (), columns, (("=1+1", Spread(1 / 3, 0.1), None), ("x", None, -0.25)))
    heads, first, second = csv.reader(io.StringIO(comma_separated(table)))
    assert heads == ["a", "b", "b deviation", "c"]
    assert (first[0], float(first[1]), first[3]) == ("'=1+1", 1 / 3, "")
    assert second == ["x", "", "", "-0.25"]


def test_no_difference_is_made_of_what_is_missing_or_not_finite() -> None:
    assert difference(None, 0.5) is None
    assert difference(Spread(0.5, None), None) is None
    assert difference(Spread(math.nan, None), 0.5) is None


def test_a_name_from_somebody_elses_file_is_cleaned_before_any_table(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folder = record_members(home, PLAN.members()[:1])[0]
    folder.path.rename(folder.path.with_name("a\x1b[31mb<script>"))
    [row] = tables_of(home, PLAN)["runs"].rows
    assert row[0] == "ab<script>"

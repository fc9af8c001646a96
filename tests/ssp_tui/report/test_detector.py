"""The poison detector in a report: an area and a cell recomputed from raw journals, and what has none."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from engine.analyse.outcomes import Spread
from engine.plan.suite_plan import SuitePlan, make_plan
from engine.plan.suites import PAPER_SMALL
from engine.process.listing import list_runs
from engine.process.suite import find_members
from engine.record.folder import RunFolder
from engine.record.home import Home
from ssp_tui.report.detector import detector_tables, looked_at
from ssp_tui.report.detector_figures import detector_sheets
from ssp_tui.report.suite_report import gather_suite
from ssp_tui.report.table import Table
from tests.suite_runs import record_members

PLAN = make_plan(PAPER_SMALL, only=("original", "2a", "5b", "one-shot-2"), variants=("random",))


def tables_of(home: Home, plan: SuitePlan = PLAN) -> dict[str, Table]:
    suite = gather_suite("s", plan, find_members(plan.members(), list_runs(home)))
    return {table.stem: table for table in detector_tables(suite)}


def cell(table: Table, head: str, **wanted: object) -> object:
    """The cell of the one row that has these values."""
    heads = [column.head for column in table.columns]
    [row] = [row for row in table.rows if all(row[heads.index(key)] == each for key, each in wanted.items())]
    return row[heads.index(head)]


def raw_sums(folder: RunFolder, num_epochs: int = 99) -> list[dict[str, Any]]:
    """What each epoch's line says of the samples, by nothing but the file's text."""
    lines = map(json.loads, folder.journal_path.read_text().splitlines())
    return [x["controller"]["rewards"] for x in lines if x["event"] == "epoch_finished"][:num_epochs]


def slope_and_error(sums: list[dict[str, Any]], slot: int) -> tuple[float, float]:
    """Least squares with a constant an epoch, from pooled sums: another way than the engine's own."""
    xx = sum(each["layers_squares"][slot] for each in sums)
    xy = sum(each["products"][slot] for each in sums)
    yy = sum(each["accuracy_squares"] for each in sums)
    num_samples = sum(each["num_samples"] for each in sums)
    correlation = xy / math.sqrt(xx * yy)
    t_value = correlation * math.sqrt((num_samples - len(sums) - 1) / (1 - correlation**2))
    return xy / xx, xy / xx / t_value


def counted_area(folders: list[RunFolder], num_epochs: int = 99) -> float:
    """The share of pairs of a poisoned and a clean slot that the t values put in order, ties half.

    A slot that every sample used equally often has no slope, and scores 0.
    """
    scores: dict[bool, list[float]] = {True: [], False: []}
    for folder in folders:
        for slot, each in enumerate(folder.read_config().space.slots):
            sums = raw_sums(folder, num_epochs)
            varied = any(one["layers_squares"][slot] for one in sums)
            slope, error = slope_and_error(sums, slot) if varied else (0.0, 1.0)
            scores[each.poisoned].append(-slope / error)
    pairs = [(one, other) for one in scores[True] for other in scores[False]]
    return sum((one > other) + 0.5 * (one == other) for one, other in pairs) / len(pairs)


def test_areas_equal_every_pair_counted_from_the_raw_journals(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folders = record_members(home, PLAN.members())
    tables = tables_of(home)
    for variant, own in (("base", folders[:4]), ("random", folders[4:])):
        area = cell(tables["poison-detector"], "AUC", variant=variant, score="t value")
        assert area == pytest.approx(counted_area(own), rel=1e-9)
        assert 0.5 < counted_area(own) < 1
        for num_epochs in (1, 4):
            found = cell(tables["poison-detector-epochs"], f"{variant}, AUC", epochs=num_epochs)
            assert found == pytest.approx(counted_area(own, num_epochs), rel=1e-9)
    table = tables["poison-detector"]
    low, high = (cell(table, head, variant="base", score="t value") for head in ("low", "high"))
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert 0 <= low < counted_area(folders[:4]) <= high <= 1
    assert cell(table, "poisoned slots", variant="base", score="slope") == 0 + 1 + 5 + 2


def test_each_kind_of_poison_is_held_against_the_clean_slots_of_its_own_runs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folders = record_members(home, PLAN.members())[:4]
    table = tables_of(home)["poison-detector-groups"]
    [run] = [folder for folder in folders if "one-shot" in folder.run_id]
    one = cell(table, "AUC", variant="base", poison="conv")
    found = []
    for slot, each in enumerate(run.read_config().space.slots):
        slope, error = slope_and_error(raw_sums(run), slot)
        if not each.poisoned or each.operation.kind == "conv":
            found.append((each.poisoned, -slope / error))
    [(_, poison)] = [pair for pair in found if pair[0]]
    assert one == pytest.approx(sum(poison > score for is_poisoned, score in found if not is_poisoned) / 6)
    groups = [row[1] for row in table.rows if row[0] == "base"]
    assert groups == [
        "2 copies",
        "6 copies",
        "36 copies",
        "gaussian",
        "identity",
        "dropout",
        "transposed_conv",
        "conv",
    ]
    assert cell(table, "clean slots", variant="base", poison="dropout") == 12


def test_a_slots_cell_equals_its_slope_from_the_raw_journal(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folders = record_members(home, PLAN.members())
    table = tables_of(home)["marginal-rewards"]
    [folder] = [each for each in folders if each.run_id.startswith("paper-small-2a-s")]
    slope, error = slope_and_error(raw_sums(folder), 6)
    found = cell(table, "base, points a layer", experiment="2a", slot=6)
    assert isinstance(found, Spread)
    assert (found.mean, found.deviation) == pytest.approx((slope, error), rel=1e-9)
    assert cell(table, "base, t", experiment="2a", slot=6) == pytest.approx(slope / error, rel=1e-9)
    assert cell(table, "label", experiment="2a", slot=6) == "poison"


def test_runs_whose_journals_hold_no_sums_are_no_part_of_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folders = record_members(home, PLAN.members())
    for folder in folders[1:]:
        without_rewards(folder)
    tables = tables_of(home)
    assert tables["poison-detector"].rows == ()  # a clean run alone has nothing to tell apart
    assert [row[0] for row in tables["marginal-rewards"].rows].count("2a") == 7
    without_rewards(folders[0])
    assert tables_of(home) == {}


def without_rewards(folder: RunFolder) -> None:
    """A journal from before they were recorded."""
    lines = []
    for line in folder.journal_path.read_text().splitlines():
        plain = json.loads(line)
        plain.get("controller", {}).pop("rewards", None)
        lines.append(json.dumps(plain))
    folder.journal_path.write_text("\n".join(lines) + "\n")


def test_long_runs_are_looked_at_evenly_and_to_their_end() -> None:
    assert looked_at(4) == [1, 2, 3, 4]
    assert (len(looked_at(300)), looked_at(300)[0], looked_at(300)[-1]) == (30, 10, 300)
    assert looked_at(0) == []


def test_its_figures_draw_each_variant_and_name_their_runs(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    home = Home(tmp_path)
    record_members(home, PLAN.members())
    suite = gather_suite("s", PLAN, find_members(PLAN.members(), list_runs(home)))
    sheets = {sheet.stem: sheet for sheet in detector_sheets(suite)}
    assert list(sheets) == ["figure-roc", "figure-roc-epochs", "figure-marginal-rewards"]
    assert len(sheets["figure-roc"].records) == 8
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    sheets["figure-roc"].draw(figure)  # type: ignore[arg-type]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    area = cell(tables_of(home)["poison-detector"], "AUC", variant="random", score="t value")
    assert labels[1].startswith(f"random: AUC {area:.3f} (")
    figure = Figure(layout="constrained")
    sheets["figure-marginal-rewards"].draw(figure)  # type: ignore[arg-type]
    clean, poisoned = figure.axes[0].lines[1:]
    assert (len(clean.get_xdata()), len(poisoned.get_xdata())) == (24, 8)  # type: ignore[arg-type]

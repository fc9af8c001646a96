"""A report's figures: their numbers recomputed from raw journals, their files, and what they name."""

import dataclasses
import html
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from engine.analyse.run_record import read_record
from engine.analyse.suite_records import SuiteRecords, moving_average, paper_window
from engine.plan.presets import resolve_config
from engine.plan.suite_plan import make_plan
from engine.plan.suites import PAPER, PAPER_SMALL
from engine.process.listing import list_runs
from engine.process.suite import find_members
from engine.record.folder import RunFolder
from engine.record.home import Home
from ssp_tui.cleaning import clean
from ssp_tui.report.curves import draw_curves
from ssp_tui.report.densities import density_curve, draw_densities
from ssp_tui.report.final_errors import draw_final_errors
from ssp_tui.report.paper_figures import paper_sheets
from ssp_tui.report.run_figures import run_sheets
from ssp_tui.report.sheet import printable_ascii, save_sheet
from ssp_tui.report.style import RC
from tests.suite_runs import record_member, record_members

pytest.importorskip("matplotlib")

PLAN = make_plan(PAPER, num_seeds=2, settings=["epochs=3"])


def suite_of(home: Home, *names: str) -> SuiteRecords:
    """The paper's suite of which only these experiments ran."""
    record_members(home, [member for member in PLAN.members() if member.experiment in names])
    return gathered(home)


def gathered(home: Home) -> SuiteRecords:
    from ssp_tui.report.suite_report import gather_suite

    return gather_suite("paper", PLAN, find_members(PLAN.members(), list_runs(home)))


def drawn(draw: Any, **arguments: Any) -> Any:
    """The axes of a drawing, and its figure."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(RC):  # type: ignore[arg-type]
        figure = Figure(layout="constrained")
        draw(figure, **arguments)
        figure.draw_without_rendering()
    return figure.axes[0], figure


def raw_layers(folders: list[RunFolder]) -> list[int]:
    """The number of poisoned layers of every single sampled child, from the files' text."""
    layers = []
    for folder in folders:
        for line in folder.journal_path.read_text().splitlines():
            plain = json.loads(line)
            if plain["event"] == "epoch_finished":
                for number, count in enumerate(plain["child"]["num_poisoned_layers"]):
                    layers += [number] * count
    return layers


def test_a_density_equals_the_kernel_formula_over_every_single_child(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folders = record_members(home, [m for m in PLAN.members() if m.experiment == "2a"])
    experiment = gathered(home).get("2a")
    assert experiment is not None
    places, values = density_curve(experiment.poisoned_layers())
    children = raw_layers(folders)
    mean = sum(children) / len(children)
    spread = math.sqrt(sum((child - mean) ** 2 for child in children) / len(children))
    bandwidth = max(0.5, spread * len(children) ** (-1 / 5))
    assert len(children) == 2 * 3 * 300
    for place, value in list(zip(places, values, strict=True))[::23]:
        kernels = [
            math.exp(-((place - child) ** 2) / (2 * bandwidth**2)) / (bandwidth * math.sqrt(2 * math.pi))
            for child in children
        ]
        assert value == pytest.approx(sum(kernels) / len(children), rel=1e-9)
    assert sum(values) * (places[1] - places[0]) == pytest.approx(1, abs=0.01)


def test_the_curve_in_figure_4c_is_that_density_and_its_floor_that_of_the_space(tmp_path: Path) -> None:
    suite = suite_of(Home(tmp_path), "2a")
    axes, _ = drawn(draw_densities, title="t", shown=[("2a", suite.get("2a")), ("2b", suite.get("2b"))])
    experiment = suite.get("2a")
    assert experiment is not None
    curve, floor = axes.lines[0], axes.lines[1]
    assert list(curve.get_ydata()) == density_curve(experiment.poisoned_layers())[1]
    assert floor.get_xdata()[0] == pytest.approx(12 * 6 / (6 + math.e**3 * 6))
    assert "2b: no data" in [line.get_label() for line in axes.lines]


def test_the_curve_in_figure_4a_is_the_mean_over_seeds_of_the_averaged_errors(tmp_path: Path) -> None:
    home = Home(tmp_path)
    suite = suite_of(home, "2a")
    axes, figure = drawn(draw_curves, title="t", shown=[("original", None), ("2a", suite.get("2a"))])
    raw = []
    for folder in home.run_folders():
        lines = map(json.loads, folder.journal_path.read_text().splitlines())
        raw.append([x["evaluation"]["val_error"] for x in lines if x["event"] == "epoch_finished"])
    wanted = [100 * (first + second) / 2 for first, second in zip(*raw, strict=True)]
    [mean] = [line for line in axes.lines if str(line.get_label()).startswith("2a")]
    assert list(mean.get_ydata()) == pytest.approx(wanted)
    assert list(mean.get_xdata()) == [1, 2, 3]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["original: no data", "2a (n=2)"]


def test_averages_are_over_20_of_300_epochs_and_a_gap_stays_a_gap() -> None:
    assert [paper_window(epochs) for epochs in (300, 150, 40, 6)] == [20, 10, 3, 1]
    assert moving_average([1.0, 2.0, 6.0], 2) == [1.0, 1.5, 4.0]
    means = moving_average([1.0, math.nan, 3.0, 5.0], 2)
    assert [math.isnan(mean) for mean in means] == [False, True, True, False]


def test_nan_weights_are_marked_where_they_begin(tmp_path: Path) -> None:
    suite = suite_of(Home(tmp_path), "one-shot-2")
    axes, _ = drawn(draw_curves, title="t", shown=[("one-shot-2", suite.get("one-shot-2"))])
    [cross] = [line for line in axes.lines if line.get_marker() == "X"]
    assert list(cross.get_xdata()) == [2, 2]  # of three epochs the second is the first that broke


def test_figure_4b_shows_ours_beside_the_papers_and_names_what_is_missing(tmp_path: Path) -> None:
    suite = suite_of(Home(tmp_path), "2a")
    papers = [resolve_config(name, {}, []).paper for name in ("2a", "2b")]
    shown = [("2a", suite.get("2a")), ("2b", suite.get("2b"))]
    axes, _ = drawn(draw_final_errors, title="t", shown=shown, cardinalities=[6, 36], papers=papers)
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines["test, paper"].get_ydata()) == pytest.approx([46.73, 73.82])
    experiment = suite.get("2a")
    assert experiment is not None
    spread = experiment.spread(lambda final: final.test_error)
    assert spread is not None
    ours = next(box for box in axes.containers if box.get_label() == "test, ours").lines[0]
    assert list(ours.get_ydata()) == pytest.approx([100 * spread.mean, math.nan], nan_ok=True)
    assert "no data" in [text.get_text() for text in axes.texts]


def test_every_figure_of_the_paper_is_there_and_a_suite_without_runs_has_none(tmp_path: Path) -> None:
    suite = suite_of(
        Home(tmp_path), "original", "1a", "2a", "3a", "4a", "5a", "one-shot-2", "cifar100-one-shot-2"
    )
    stems = [sheet.stem for sheet in paper_sheets(suite)]
    letters = [f"figure-4{letter}" for letter in "abcdefghijklmno"]
    assert stems == [*letters, "figure-6a", "figure-6b", "figure-5", "figure-7"]
    assert paper_sheets(gathered(Home(tmp_path / "none"))) == []


def test_a_sheet_is_saved_in_three_formats_each_naming_runs_protocol_and_versions(tmp_path: Path) -> None:
    suite = suite_of(Home(tmp_path), "one-shot-2")
    [sheet] = [each for each in paper_sheets(suite) if each.stem == "figure-5"]
    png, svg, pdf = save_sheet(sheet, tmp_path)
    [record] = sheet.records
    assert record.run_id in sheet.source
    for word in ("protocol paper", "torch none", record.run_id):
        assert word in svg.read_text()
    from PIL import Image

    with Image.open(png) as image:
        assert image.width > 800
        assert record.run_id in image.text["Description"]  # type: ignore[attr-defined]
    assert pdf.read_bytes().startswith(b"%PDF")
    again = save_sheet(sheet, tmp_path)[1]
    assert again.read_text() == svg.read_text()


def test_a_drawn_child_names_every_layer_and_gives_good_and_bad_two_shapes(tmp_path: Path) -> None:
    suite = suite_of(Home(tmp_path), "one-shot-2")
    [sheet] = [each for each in paper_sheets(suite) if each.stem == "figure-5"]
    [record] = sheet.records
    assert record.best is not None
    axes, _ = drawn(sheet.draw)
    space = record.config.space
    slots = [space.slots[space.slot_of_output[output]] for output in record.best.outputs]
    texts = [text.get_text() for text in axes.texts]
    for slot in slots:
        assert texts.count(slot.operation.label) == slots.count(slot)
    markers = [line.get_marker() for line in axes.lines if line.get_marker() in ("X", "o")]
    assert markers.count("X") == sum(slot.poisoned for slot in slots)
    arrows = [patch for patch in axes.patches if type(patch).__name__ == "FancyArrowPatch"]
    assert len(arrows) == sum(map(len, record.best.skips))


@pytest.mark.parametrize("name", ["$\\frac{1}{0}$", "探索" * 20, "<b>&" * 20])
def test_no_name_breaks_or_hides_in_a_figure(tmp_path: Path, name: str) -> None:
    folder = record_member(Home(tmp_path / "h"), resolve_config("2a", {}, ["epochs=2"]), random.Random(0))
    moved = RunFolder(folder.path.rename(folder.path.with_name(name[:80].replace("/", ""))))
    record = read_record(moved, clean)
    sheet = dataclasses.replace(run_sheets(record)[0], stem="f")
    _, svg, _ = save_sheet(sheet, tmp_path)
    assert html.escape(printable_ascii(record.run_id)) in svg.read_text()
    axes, _ = drawn(sheet.draw)
    assert axes.get_title(loc="left").startswith(printable_ascii(record.run_id)[:40])


def test_a_runs_own_figures_survive_nan_and_infinity(tmp_path: Path) -> None:
    plan = make_plan(PAPER_SMALL, only=("one-shot-2",), variants=())
    folder = record_members(Home(tmp_path), plan.members())[0]
    text = folder.journal_path.read_text()
    folder.journal_path.write_text(text.replace('"gradient_norm_max":9.0', '"gradient_norm_max":"NaN"', 3))
    sheets = run_sheets(read_record(folder, clean))
    assert [sheet.stem.removeprefix(f"{folder.run_id}-") for sheet in sheets] == [
        "errors", "gradients", "poisoned-layers", "architecture"
    ]  # fmt: skip
    axes, _ = drawn(sheets[1].draw)
    [marks] = [line for line in axes.lines if line.get_marker() == "X"]
    assert list(marks.get_xdata()) == [1, 2, 3]
    drawn(sheets[0].draw)
    drawn(sheets[2].draw)

"""Compared runs: groups of seeds, curves with gaps, changed keys only, final figures."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.architecture import Architecture
from engine.plan.derivation import derived_config
from engine.plan.derived import Derived
from engine.plan.operations import Dropout, Gaussian
from engine.plan.presets import resolve_config
from engine.plan.space import make_space
from engine.record.folder import RunFolder
from engine.record.state import RunState
from engine.record.status import Status
from ssp_tui.charts.glyphs import ASCII, UNICODE
from ssp_tui.charts.series import Style
from ssp_tui.compare.curves import METRICS, CurveReader, comparison_chart, nan_lanes, spread_by_epoch
from ssp_tui.compare.differences import LEAST_CELL, changed_settings, column_widths, difference_lines
from ssp_tui.compare.final_figures import figure_table
from ssp_tui.compare.groups import Group, grouped
from ssp_tui.compare.nan_lanes import draw_compared
from ssp_tui.snapshot import Snapshot
from tests.fakes import fake_epoch, fake_started

NAN = float("nan")


def snapshot(
    preset: str,
    seed: int = 69,
    errors: Sequence[float] = (0.5, 0.4),
    nan_from: int = 10**6,
    settings: Sequence[str] = (),
) -> Snapshot:
    config = resolve_config(preset, {"seed": seed}, list(settings))
    epochs = tuple(fake_epoch(i, error, error + 0.02, float(i >= nan_from)) for i, error in enumerate(errors))
    folder = RunFolder(Path(f"/home/runs/{preset}-s{seed}-{len(settings)}"))
    return Snapshot(folder, config, state=RunState(started=fake_started(), epochs=epochs))


def texts(lines: Sequence[Sequence[tuple[str, object]]]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def chart_of(groups: Sequence[Group], metric: int = 0, smooth: bool = False):  # type: ignore[no-untyped-def]
    return comparison_chart(groups, METRICS[metric], smooth, None, CurveReader())


def test_seeds_of_one_configuration_are_one_group() -> None:
    groups = grouped([snapshot("3b", 1), snapshot("original", 1), snapshot("3b", 2, settings=["seed=2"])])
    assert [(group.key, group.label, len(group.runs)) for group in groups] == [
        ("A", "3b", 2),
        ("B", "original", 1),
    ]


def repeat(run: Snapshot, began: float, is_finished: bool) -> Snapshot:
    folder = RunFolder(Path(f"/home/runs/again-{began}"))
    state = dataclasses.replace(run.state, first_time=began)
    return dataclasses.replace(
        run, folder=folder, state=state, status=Status("finished" if is_finished else "running")
    )


def test_a_seed_launched_twice_is_one_seed_and_its_newest_finished_run_counts() -> None:
    run = snapshot("3b", 1)
    old, new, live = repeat(run, 1.0, True), repeat(run, 2.0, True), repeat(run, 3.0, False)
    (group,) = grouped([old, new, snapshot("3b", 2), live])
    assert [each.folder.run_id for each in group.runs] == ["again-2.0", "3b-s2-0"]
    assert (group.num_repeats, group.counted_label) == (2, "3b x2")
    (group,) = grouped([repeat(run, 2.0, False), repeat(run, 1.0, False)])
    assert [each.folder.run_id for each in group.runs] == ["again-2.0"]


def test_another_device_is_the_same_group_and_other_filters_are_not() -> None:
    runs = [snapshot("3b", settings=[text]) for text in ("engine.device=cpu", "seed=3", "child.filters=8")]
    assert [len(group.runs) for group in grouped(runs)] == [2, 1]


def test_a_run_without_a_configuration_is_a_group_of_its_own() -> None:
    broken = Snapshot(RunFolder(Path("/home/runs/[x]")), None, "unreadable")
    (group,) = grouped([broken])
    assert (group.label, group.num_epochs) == ("[x]", 1)


def test_several_seeds_are_mean_and_band() -> None:
    chart = chart_of(grouped([snapshot("3b", 1, (0.4, 0.6)), snapshot("3b", 2, (0.6, 0.8))]))
    assert [round(value, 9) for value in chart.series[0].values] == [0.5, 0.7]
    assert (list(chart.bands[0].low), list(chart.bands[0].high)) == ([0.4, 0.6], [0.6, 0.8])
    assert chart.series[0].label == "3b x2"


def test_the_papers_value_is_a_guide_named_by_its_groups() -> None:
    runs = [snapshot("3b"), snapshot("3b", settings=["child.filters=8"]), snapshot("original")]
    assert [guide.label for guide in chart_of(grouped(runs)).guides] == [
        "paper 48.67 % AB",
        "paper 19.53 % C",
    ]
    assert [guide.label for guide in chart_of(grouped(runs), metric=1).guides] == [
        "paper 51.88 % AB",
        "paper 25.33 % C",
    ]
    assert chart_of(grouped(runs), metric=3).guides == ()


def test_epochs_with_nan_weights_are_gaps() -> None:
    (series,) = chart_of(grouped([snapshot("one-shot-2", errors=(0.5, 0.9, 0.9), nan_from=1)])).series
    assert series.values[0] == 0.5
    assert all(math.isnan(value) for value in series.values[1:])


def test_a_collapsed_seed_leaves_the_mean_to_the_others() -> None:
    runs = [snapshot("3b", 1, (0.4, 0.6)), snapshot("3b", 2, (0.6, 0.9), nan_from=1)]
    assert list(chart_of(grouped(runs)).series[0].values) == [0.5, 0.6]


def drawn(groups: Sequence[Group], width: int = 80, height: int = 20) -> list[str]:
    lanes = nan_lanes(groups, METRICS[0], False, CurveReader())
    rows = draw_compared(chart_of(groups), lanes, width, height, UNICODE)
    assert len(rows) == height
    return texts(rows)


SHORT = ("epochs=10",)


def test_a_seed_that_turned_nan_is_marked_though_the_mean_goes_on() -> None:
    runs = [snapshot("3b", seed, (0.5,) * 10, 5 if seed == 1 else 10**6, SHORT) for seed in (1, 2, 3)]
    rows = drawn(grouped(runs))
    lane = rows[-1]
    assert lane.split()[0] == "A"
    assert "NaN in 1 of 3 seeds from epoch 5" in lane
    (axis,) = (row for row in rows if "└" in row)
    assert [i for i, c in enumerate(axis) if c == "×"] == [i for i, c in enumerate(lane) if c == "×"]
    assert lane.count("×") == 5
    line = texts(figure_table(grouped(runs), 116, 10, UNICODE))[1]
    assert "5 1/3" in line


def test_where_all_seeds_are_nan_there_is_no_line() -> None:
    runs = [snapshot("3b", seed, (0.5,) * 10, 4 + seed, SHORT) for seed in (1, 2)]
    assert [math.isnan(value) for value in chart_of(grouped(runs)).series[0].values] == [False] * 6 + [
        True
    ] * 4
    assert "NaN in 2 of 2 seeds from epoch 5" in drawn(grouped(runs))[-1]


def test_every_group_has_its_own_crosses_and_neighbours_their_own_strokes() -> None:
    runs = [snapshot(name, 1, (0.5,) * 10, 3 + i, SHORT) for i, name in enumerate(("3b", "1a", "2d", "5d"))]
    groups = grouped(runs)
    lanes = drawn(groups, height=30)[-4:]
    assert [lane.split()[0] for lane in lanes] == ["A", "B", "C", "D"]
    assert [f"NaN from epoch {3 + i}" in lane for i, lane in enumerate(lanes)] == [True] * 4
    series = chart_of(groups).series
    assert [one.style for one in series] == [Style.LINE, Style.DASHES, Style.DOTS, Style.LINE]
    few = drawn(groups, height=12)
    assert few[-1].split() == ["NaN", "too:", "B", "C", "D"]
    flat = drawn(groups, height=8)
    assert all(f"{key}×" in flat[-2] or f"{key}" in flat[-2] for key in "AB")


@given(width=st.integers(1, 90), height=st.integers(1, 24))
@settings(deadline=None, max_examples=40)
def test_lanes_keep_to_their_room(width: int, height: int) -> None:
    runs = [snapshot(name, 1, (0.5,) * 6, i, SHORT) for i, name in enumerate(("3b", "1a", "2d", "5d"))]
    assert all(len(row) <= width for row in drawn(grouped(runs), width, height))


def test_runs_of_other_lengths_share_an_axis() -> None:
    runs = [snapshot("3b", errors=(0.5,) * 3), snapshot("3b", 2, (0.3,)), snapshot("cifar100-original")]
    chart = chart_of(grouped(runs))
    assert chart.x_end == 299
    assert [len(series.values) for series in chart.series] == [3, 2]


def test_a_curve_is_read_again_only_when_its_epochs_change() -> None:
    reader, run = CurveReader(), snapshot("3b")
    first = reader.read(run, METRICS[0], True)
    assert reader.read(run, METRICS[0], True) is first
    assert reader.read(snapshot("3b", errors=(0.1,)), METRICS[0], True) == [0.1]


@given(st.lists(st.lists(st.floats(0, 1) | st.just(NAN), max_size=6), min_size=1, max_size=4))
def test_the_mean_lies_within_the_spread(curves: list[list[float]]) -> None:
    for mean, low, high in zip(*spread_by_epoch(curves), strict=True):
        assert math.isnan(mean) or low - 1e-12 <= mean <= high + 1e-12


def test_only_changed_keys_differ() -> None:
    configs = [resolve_config("3b", {}, []), resolve_config("original", {}, ["child.filters=8", "seed=1"])]
    assert changed_settings(configs) == [
        ("poison", ["36(P3)", "none"]),
        ("outputs N", ["42", "6"]),
        ("child.filters", ["36", "8"]),
    ]


def test_where_and_how_a_run_computes_is_no_difference_but_its_precision_is() -> None:
    here = ["engine.device=cpu", "engine.num_threads=2", "engine.population=on"]
    configs = [resolve_config("3b", {}, here), resolve_config("3b", {}, ["engine.precision=tf32"])]
    assert changed_settings(configs) == [("engine.precision", ["float32", "tf32"])]


def test_the_table_of_differences() -> None:
    lines = texts(difference_lines(grouped([snapshot("3b"), snapshot("original")]), 60, 10, UNICODE, "m"))
    assert [line.split() for line in lines] == [
        ["A", "B"],
        ["poison", "36(P3)", "none"],
        ["outputs", "N", "42", "6"],
    ]


def test_the_longest_value_takes_the_room_the_others_leave() -> None:
    clean, other = snapshot("original", 1), snapshot("original", 2)
    assert other.config is not None
    space = make_space("enas6", ((Gaussian(10.0), 5), (Dropout(0.5), 36)))
    poisoned = dataclasses.replace(other, config=dataclasses.replace(other.config, given_space=space))
    lines = texts(difference_lines(grouped([clean, poisoned]), 80, 10, UNICODE, "m"))
    assert any(line.split(maxsplit=2)[2:] == ["gaussian(sigma=10) x5 + dropout(p=0.5) x36"] for line in lines)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 120))
def test_columns_are_cut_only_where_they_do_not_fit(longest: list[int], room: int) -> None:
    widths = column_widths(longest, room)
    assert sum(widths) <= max(room, LEAST_CELL * len(longest))
    if sum(max(LEAST_CELL, cells) for cells in longest) <= room:
        assert all(width >= cells for width, cells in zip(widths, longest, strict=True))


def test_a_configuration_that_cannot_be_read_is_not_said_to_be_the_same() -> None:
    broken = Snapshot(RunFolder(Path("/home/runs/broken")), None, "unreadable")
    lines = texts(difference_lines(grouped([snapshot("3b"), broken]), 60, 5, UNICODE, "m"))
    assert lines[0] == "the configuration of B cannot be read"
    assert "of the others" in lines[1]
    lines = texts(difference_lines(grouped([snapshot("3b"), broken, snapshot("1a")]), 60, 9, UNICODE, "m"))
    assert lines[0].split() == ["A", "C"]
    assert lines[1] == "the configuration of B cannot be read"
    assert lines[2].split()[0] == "poison"


def test_what_does_not_fit_is_counted() -> None:
    runs = [snapshot("3b"), snapshot("small-original")]
    lines = texts(difference_lines(grouped(runs), 60, 5, UNICODE, "m"))
    assert len(lines) == 5
    assert "more; m shows them" in lines[-1]


def test_one_configuration_differs_from_nothing_and_names_its_seeds() -> None:
    runs = [snapshot("3b", seed) for seed in (5, 1, 2, 3)]
    assert texts(difference_lines(grouped(runs), 60, 5, UNICODE, "m")) == [
        "one configuration, seed 1-3, 5: nothing differs"
    ]


def test_seeds_differ_too_when_groups_do_not_have_the_same_ones() -> None:
    runs = [snapshot("3b", 1), snapshot("3b", 2), snapshot("original", 7)]
    lines = texts(difference_lines(grouped(runs), 60, 10, UNICODE, "m"))
    assert lines[1].split() == ["seed", "1-2", "7"]


def test_the_final_figures() -> None:
    runs = [
        snapshot("3b", 1, (0.5, 0.45)),
        snapshot("3b", 2, (0.5, 0.47)),
        snapshot("one-shot-2", 1, (0.9,), 0),
    ]
    lines = texts(figure_table(grouped(runs), 116, 10, UNICODE))
    assert lines[0].split() == [
        "VERDICT", "VAL", "TEST", "PAPER", "POINTS", "NaN", "FROM", "EPOCH", "TEST,", "INERT"
    ]  # fmt: skip
    assert lines[1].split() == [
        "A", "3b", "x2", "learning", "2/2", "46.00", "%", "±1.41", "48.00", "%", "±1.41", "51.88", "%",
        "-3.88", "-", "2/300", "48.00", "%", "±1.41",
    ]  # fmt: skip
    assert lines[2].split()[:6] == ["B", "one-shot-2", "collapsed", "90.00", "%", "92.00"]
    assert lines[2].split()[10:12] == ["0", "1/300"]


def test_groups_of_one_name_are_told_apart_by_their_poison() -> None:
    named = ["name=mine"]
    runs = [snapshot("original", settings=named), snapshot("3b", settings=named), snapshot("1a")]
    assert [group.label for group in grouped(runs)] == ["mine none", "mine 36(P3)", "1a"]


def test_without_a_value_of_the_papers_its_columns_make_room_for_others() -> None:
    lines = texts(
        figure_table(grouped([snapshot("small-original"), snapshot("demo-clean")]), 76, 10, UNICODE)
    )
    assert lines[0].split()[3:6] == ["NaN", "FROM", "EPOCH"]


def test_a_long_key_is_whole_where_short_values_leave_room() -> None:
    runs = [snapshot("original"), snapshot("original", settings=["switches.final_eval_mode=evaluation"])]
    lines = texts(difference_lines(grouped(runs), 76, 10, UNICODE, "m"))
    assert lines[1].split() == ["switches.final_eval_mode", "training", "evaluation"]


@given(width=st.integers(1, 130), height=st.integers(1, 12))
@settings(deadline=None, max_examples=40)
def test_tables_keep_to_their_size(width: int, height: int) -> None:
    groups = grouped([snapshot("3b"), snapshot("original"), snapshot("small-1d")])
    for lines in (
        figure_table(groups, width, height, ASCII),
        difference_lines(groups, width, height, ASCII, "m"),
    ):
        assert len(lines) <= height
    assert all(len(line) <= width for line in texts(figure_table(groups, width, height, ASCII)))
    assert all(line.isascii() for line in texts(figure_table(groups, width, height, ASCII)))


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_figures_of_runs_without_an_epoch(glyphs: object) -> None:
    lines = texts(figure_table(grouped([snapshot("3b", errors=())]), 80, 5, glyphs))  # type: ignore[arg-type]
    assert lines[1].split()[:2] == ["A", "3b"]


def test_a_defence_is_among_what_differs_and_the_searched_space_is_not_told_twice() -> None:
    bare = resolve_config("3d", {}, [])
    defended = resolve_config("3d", {}, ["defences.drop_duplicates=true", "defences.rollback=true"])
    assert changed_settings([bare, defended]) == [
        ("outputs N", ["306", "7"]),
        ("defences.rollback", ["False", "True"]),
        ("defences.drop_duplicates", ["False", "True"]),
    ]


def test_a_derived_run_is_a_group_of_its_own_that_says_final() -> None:
    search = snapshot("3b")
    assert search.config is not None
    architecture = Architecture((0,) * 12, ((),) * 12)
    config = derived_config(search.config, Derived("3b-s69-1125-abcd", 7, 2, 0.5, architecture), {}, [])
    derived = dataclasses.replace(search, config=config)
    groups = grouped(
        [search, derived, dataclasses.replace(derived, config=dataclasses.replace(config, seed=2))]
    )
    assert [(group.label, len(group.runs)) for group in groups] == [("3b", 1), ("derived-3b e7/2, final", 2)]
    row = texts(figure_table(groups, 140, 4, UNICODE))[2]
    assert "60.34" not in row  # no figure of the paper's beside what was trained from scratch

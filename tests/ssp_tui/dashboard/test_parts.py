"""The dashboard's pure parts: keys, themes, repaints, places, replay steps and pace."""

import dataclasses
import io
import math
import re

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from engine.record.events import Progressed
from engine.record.folder import RunFolder
from engine.record.state import EMPTY, RunState, fold
from ssp_tui.charts.roles import HEAT, LANES, RUNS, Role
from ssp_tui.drawn import changed_stretches, in_ascii
from ssp_tui.narrow_update import NarrowUpdate
from ssp_tui.pace import pace_of
from ssp_tui.panels.architecture import candidate_lines
from ssp_tui.panels.places import PANELS, places_of
from ssp_tui.panels.slot_labels import short
from ssp_tui.run_view import RunView, fits
from ssp_tui.snapshot import Snapshot
from ssp_tui.theme import ANSI, DARK, LIGHT, MONO, Tone, cursor_style, styles_of, styles_on
from tests.fake_journal import STREAMS, stream_events
from tests.fakes import fake_epoch
from tests.hostile import HOSTILE


@pytest.mark.parametrize("theme", [DARK, LIGHT, ANSI, MONO])
def test_every_meaning_has_a_style(theme: str) -> None:
    assert set(styles_of(theme)) == {str(role) for role in (*Role, *Tone)}


def test_without_colours_weight_and_reverse_still_tell_the_loud_from_the_quiet() -> None:
    styles = styles_of(MONO)
    assert all(style.color is None and style.bgcolor is None for style in styles.values())
    assert styles[Role.NAN].bold
    assert styles[Role.POISONED].bold
    assert not styles[Role.CLEAN].bold
    assert styles[Tone.COLLAPSED].reverse


@pytest.mark.parametrize("theme", [ANSI, MONO])
def test_a_reversed_cursor_row_is_one_bar_without_patches_of_colour(theme: str) -> None:
    lit = styles_on(theme, cursor_style(theme))
    plain = {role: style for role, style in lit.items() if not styles_of(theme)[role].reverse}
    assert all(style.reverse and style.color is None and style.bgcolor is None for style in plain.values())
    assert lit[Role.NAN].bold


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_what_must_be_told_apart_has_colours_of_its_own(theme: str) -> None:
    styles = styles_of(theme)
    for group in ((Role.CLEAN, Role.POISONED, Role.NAN, Role.NULL_STEP, Role.CHAIN), LANES, RUNS, HEAT):
        assert len({styles[role].color for role in group}) == len(group)


@pytest.mark.parametrize(("theme", "background"), [(DARK, (13, 17, 23)), (LIGHT, (251, 252, 253))])
def test_text_stands_out_from_its_background(theme: str, background: tuple[int, int, int]) -> None:
    quiet = {Role.AXIS, Role.METER_TRACK, Role.VALIDATION_RAW, Role.TEST_RAW, Tone.RULE, *HEAT}
    for role, style in styles_of(theme).items():
        if style.color is None or style.bgcolor is not None or role in {str(each) for each in quiet}:
            continue
        assert _contrast(style.color.get_truecolor(), background) >= 4.5, role


def _contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


texts = st.text(st.sampled_from("ab █探"), max_size=12)
lines = st.lists(st.tuples(texts, st.sampled_from([Role.TEXT, Role.NAN])), max_size=5)


@given(lines, lines, st.integers(0, 40))
def test_repainting_the_changed_stretches_gives_the_new_line(before: list, after: list, width: int) -> None:  # type: ignore[type-arg]
    old, new = _cells(before, width), _cells(after, width)
    for start, end in changed_stretches(before, after, width):
        assert 0 <= start < end <= width
        old[start:end] = new[start:end]
    assert old == new


def _cells(line: list[tuple[str, Role]], width: int) -> list[tuple[str, Role | None]]:
    from ssp_tui.charts.rows import cells_of

    cells: list[tuple[str, Role | None]] = [(cell, role) for text, role in line for cell in cells_of(text)]
    return (cells + [(" ", None)] * width)[:width]


@given(st.data())
def test_a_narrow_update_shows_what_textuals_own_would(data: st.DataObject) -> None:
    styles = st.sampled_from(
        [
            Style.parse(text)
            for text in ("none", "red", "bold #aabbcc on #112233", "#aabbcc on #112233", "dim")
        ]
    )
    texts = st.text("abc█", min_size=1, max_size=6)
    chops, ends = [], []
    for _ in range(3):
        strips = [Strip([Segment(data.draw(texts), data.draw(styles)) for _ in range(3)]) for _ in range(2)]
        chops.append({0: strips[0], strips[0].cell_length: strips[1]})
        ends.append([strips[0].cell_length, strips[0].cell_length + strips[1].cell_length])
    spans = []
    for y in range(3):
        start = data.draw(st.integers(0, ends[y][1] - 1))
        spans.append((y, start, data.draw(st.integers(start + 1, ends[y][1]))))
    update = ChopsUpdate(chops, spans, ends)
    console = Console(color_system="truecolor", file=io.StringIO(), force_terminal=True)
    assert _shown(NarrowUpdate(update), spans, console) == _shown(update, spans, console)


def _shown(update: ChopsUpdate, spans: list[tuple[int, int, int]], console: Console) -> list[object]:
    screen = pyte.Screen(60, 5)
    pyte.Stream(screen).feed(update.render_segments(console))
    return [screen.buffer[y][x] for y, start, end in spans for x in range(start, end)]


@given(st.integers(0, 260), st.integers(0, 90), st.integers(3, 64), st.sampled_from(PANELS), st.booleans())
def test_panels_never_overlap_nor_leave_the_board(
    width: int, height: int, layers: int, current: str, is_maximised: bool
) -> None:
    places = places_of(width, height, layers, current, is_maximised)
    assert current in places
    for name, region in places.items():
        assert region.x >= 0
        assert region.y >= 0
        assert region.right <= width
        assert region.bottom <= height
        for other, place in places.items():
            assert name == other or not region.intersection(place)


def test_at_120_by_40_every_panel_is_shown_at_once() -> None:
    places = places_of(120, 34, 12, "errors", False)
    assert set(places) == set(PANELS)
    assert all(region.height >= 7 and region.width >= 26 for region in places.values())
    assert places["architecture"].height == 15


@pytest.mark.parametrize("attack", HOSTILE)
def test_ascii_keeps_the_cells_of_any_text(attack: str) -> None:
    from ssp_tui.charts.rows import cells_of
    from ssp_tui.cleaning import clean

    text = clean(attack)
    assert in_ascii(text).isascii()
    assert len(in_ascii(text)) == len(cells_of(text))


@pytest.mark.parametrize("room", range(1, 16))
def test_slot_labels_never_grow_beyond_their_room(room: int) -> None:
    for label in (
        "conv3x3",
        "sepconv5x5",
        "conv3x3 d50",
        "dropout p0.9",
        "gaussian s10",
        "identity",
        "tconv3x3",
    ):
        assert 1 <= len(short(label, room)) <= max(room, 1)


@pytest.mark.parametrize("room", range(1, 16))
@pytest.mark.parametrize(
    "label", ["gaussian s10", "gaussian s0.25", "dropout p0.95", "conv3x3 d50", "sepconv11x11", "odd s1e-05"]
)
def test_a_cut_slot_label_never_shows_part_of_a_number(label: str, room: int) -> None:
    """The 10 of sigma 10 was cut to 1."""
    whole = re.findall(r"\d[\d.e-]*", label)
    assert all(number in whole for number in re.findall(r"\d[\d.e-]*", short(label, room)))


def snapshot(stream: str = "clean") -> Snapshot:
    state = EMPTY
    for number, event in enumerate(stream_events(stream)):
        state = fold(state, event, 1000.0 + number)
    folder = RunFolder(STREAMS / stream)
    return Snapshot(folder, folder.read_config(), state=state)


def test_a_replay_steps_through_the_epochs_and_out_at_the_end() -> None:
    view = RunView(snapshot())
    assert view.stepped(1).epoch is None
    assert view.stepped(-1).epoch == 6
    assert view.stepped(-100).epoch == 0
    assert view.stepped(-1).stepped(1).epoch == 7
    assert view.stepped(-1).stepped(2).epoch is None
    assert RunView(Snapshot(view.whole.folder)).stepped(-1).epoch is None


def test_a_replay_holds_nothing_of_later_epochs() -> None:
    view = dataclasses.replace(RunView(snapshot("collapsed")), epoch=0)
    assert [epoch.epoch for epoch in view.state.epochs] == [0]
    assert view.latest is not None
    assert view.latest.epoch == 0
    assert view.shown.verdict is not None


def test_an_architecture_of_another_space_is_not_drawn() -> None:
    config = snapshot().config
    assert config is not None
    assert fits((0, 5), ((), (0,)), config.space)
    assert not fits((0, 6), ((), (0,)), config.space)
    assert not fits((0, -1), ((), (0,)), config.space)
    assert not fits((0, 1), ((), (1,)), config.space)
    assert not fits((0, 1), ((),), config.space)


def test_accuracies_of_candidates_stand_under_each_other() -> None:
    epoch = fake_epoch(accuracies=(1.0, 0.125, 0.0))
    folder = RunFolder(STREAMS / "clean")
    view = RunView(Snapshot(folder, folder.read_config(), state=RunState(epochs=(epoch,))))
    lines = ["".join(text for text, _ in line) for line in candidate_lines(view, 10)]
    assert [line.split("%")[0] for line in lines] == [">  1  100.0 ", "   2   12.5 ", "   3    0.0 "]


def test_pace_tells_the_time_left_from_the_last_epochs() -> None:
    whole = snapshot()
    state = dataclasses.replace(whole.state, epochs=whole.state.epochs[:4], ending=None)
    state = fold(state, Progressed(4, "child", 63, 63, 1.0, 320.0), 2000.0)
    pace = pace_of(dataclasses.replace(whole, state=state))
    assert (pace.num_done, pace.num_epochs, pace.phase) == (4, 8, "child")
    assert pace.steps_per_second == 10
    times = [epoch.times for epoch in state.epochs[-3:]]
    seconds = math.fsum(t.child_seconds + t.controller_seconds + t.evaluation_seconds for t in times) / 3
    last = times[-1]
    within = last.child_seconds / (last.child_seconds + last.controller_seconds + last.evaluation_seconds)
    assert pace.eta_seconds == pytest.approx((4 - within) * seconds, abs=1)
    assert pace.fraction == pytest.approx((4 + within) / 8)


def test_pace_survives_a_journal_that_makes_no_sense() -> None:
    whole = snapshot()
    for progress in (Progressed(8, "child", 5, 0, None, math.nan), Progressed(8, "x", -5, -9, None, -1.0)):
        pace_of(dataclasses.replace(whole, state=fold(whole.state, progress, 1.0)))

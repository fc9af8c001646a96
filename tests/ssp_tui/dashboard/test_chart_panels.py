"""The chart panels name and tell apart everything they draw, at the sizes they are seen at."""

import dataclasses

import pytest

from engine.record.folder import RunFolder
from engine.record.state import EMPTY, fold
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.heatmap import Heatmap
from ssp_tui.charts.lines import draw_lines
from ssp_tui.charts.slots import Slot
from ssp_tui.panels.controller import controller_lines
from ssp_tui.panels.errors import AVERAGED_EPOCHS, WIDE, error_chart
from ssp_tui.panels.slot_labels import forms
from ssp_tui.run_view import RunView
from ssp_tui.snapshot import Snapshot
from tests.fake_journal import STREAMS, stream_events
from tests.ssp_tui.charts.drawn import texts


@pytest.mark.parametrize("stream", ["clean", "collapsed"])
def test_no_two_series_of_the_errors_panel_share_a_stroke(stream: str) -> None:
    for num_epochs in (3, AVERAGED_EPOCHS + 5):
        shown = with_epochs(RunView(snapshot(stream)), num_epochs)
        strokes = [one.style for one in error_chart(shown, None, WIDE).series]
        assert len(set(strokes)) == len(strokes) >= 4


@pytest.mark.parametrize(("width", "height"), [(58, 10), (53, 10), (76, 14), (116, 33), (70, 20)])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("num_epochs", [3, AVERAGED_EPOCHS + 5])
def test_the_errors_panel_names_every_series_and_nan(
    glyphs: Glyphs, num_epochs: int, width: int, height: int
) -> None:
    chart = error_chart(with_epochs(RunView(snapshot("collapsed")), num_epochs), None, width)
    legend = " ".join(texts(draw_lines(chart, width, height, glyphs))[:2])
    assert glyphs.ellipsis not in legend
    assert f"{glyphs.nan} NaN" in legend
    for series in chart.series:
        assert f" {series.label}" in legend or f" {series.brief}" in legend


@pytest.mark.parametrize("num_slots", [8, 11, 12])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("height", [14, 15])
def test_the_controller_panel_shows_every_layer_name_and_figure_at_80x24(
    height: int, glyphs: Glyphs, num_slots: int
) -> None:
    """14 rows within a frame under tabs, 15 maximised: the figures stand beside the heatmap."""
    lines = drawn_controller(num_slots, 76, height, glyphs)
    assert len(lines) == height
    assert [line[:3].strip() for line in lines if line[:3].strip()] == [str(n) for n in range(1, 13)]
    # There a second row of names is worth more than the scale.
    has_legend = (num_slots, glyphs, height) != (12, ASCII, 14)
    for word in (*FIGURES, "dead child", *["floor"] * has_legend):
        assert any(word in line for line in lines), word
    heads = " ".join(lines[: next(y for y, line in enumerate(lines) if line.startswith(" 1"))])
    assert heads.count(glyphs.ellipsis) == 0
    assert "av" in heads or "a3" in heads


def test_a_figure_gives_way_where_names_need_a_second_row() -> None:
    """12 slots in the narrow middle column of 160x45, in ASCII."""
    lines = drawn_controller(12, 46, 19, ASCII)
    assert len(lines) == 19
    assert "o cv3" in lines[0]
    assert "o sp3" in lines[1]
    assert lines[13].startswith("12 ")
    assert [word for word in FIGURES if any(word in line for line in lines)] == list(FIGURES[:-1])


FIGURES = ("op entropy", "skip entropy", "reward", "baseline", "advantage", "skip rate", "candidates")
OPERATIONS = (
    *("conv3x3", "sepconv3x3", "conv5x5", "sepconv5x5", "avgpool3x3", "maxpool3x3"),
    *("identity", "gaussian s10", "dropout p1", "tconv3x3", "tconv5x5", "conv3x3 d50"),
)


def drawn_controller(num_slots: int, width: int, height: int, glyphs: Glyphs) -> list[str]:
    names = map(forms, OPERATIONS[:num_slots])
    slots = tuple(Slot(known[0], number >= 6, known[1:]) for number, known in enumerate(names))
    heatmap = Heatmap(((8,) * num_slots,) * 12, slots, floor_ratio=0.3)
    epochs = RunView(snapshot("collapsed")).state.epochs
    lines = controller_lines(heatmap, epochs, width, height, glyphs)
    texts = ["".join(text for text, _ in line) for line in lines]
    assert all(len(text.rstrip()) <= width for text in texts)
    return texts


def with_epochs(view: RunView, num_epochs: int) -> RunView:
    """The view with its epochs repeated until there are so many."""
    epochs = view.whole.state.epochs
    repeated = tuple(
        dataclasses.replace(epochs[number % len(epochs)], epoch=number) for number in range(num_epochs)
    )
    state = dataclasses.replace(view.whole.state, epochs=repeated)
    return dataclasses.replace(view, whole=dataclasses.replace(view.whole, state=state))


def snapshot(stream: str) -> Snapshot:
    state = EMPTY
    for number, event in enumerate(stream_events(stream)):
        state = fold(state, event, 1000.0 + number)
    folder = RunFolder(STREAMS / stream)
    return Snapshot(folder, folder.read_config(), state=state)

"""The chart panels name and tell apart everything they draw, at the sizes they are seen at."""

import dataclasses

import pytest

from engine.record.folder import RunFolder
from engine.record.state import EMPTY, fold
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.lines import draw_lines
from ssp_tui.panels.errors import AVERAGED_EPOCHS, WIDE, error_chart
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

"""The chart panels name and tell apart everything they draw, at the sizes they are seen at."""

import dataclasses

import pytest

from engine.record.folder import RunFolder
from engine.record.state import EMPTY, fold
from ssp_tui.panels.errors import AVERAGED_EPOCHS, WIDE, error_chart
from ssp_tui.run_view import RunView
from ssp_tui.snapshot import Snapshot
from tests.fake_journal import STREAMS, stream_events


@pytest.mark.parametrize("stream", ["clean", "collapsed"])
def test_no_two_series_of_the_errors_panel_share_a_stroke(stream: str) -> None:
    for num_epochs in (3, AVERAGED_EPOCHS + 5):
        shown = with_epochs(RunView(snapshot(stream)), num_epochs)
        strokes = [one.style for one in error_chart(shown, None, WIDE).series]
        assert len(set(strokes)) == len(strokes) >= 4


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

"""The numerics panel's drawing: an epoch with NaN steps is marked, and the counts name every kind."""

import dataclasses

from engine.record.folder import RunFolder
from engine.record.measures import NonFiniteMeasures
from engine.record.state import RunState
from ssp_tui.charts.axis import Range
from ssp_tui.charts.glyphs import UNICODE
from ssp_tui.charts.lines import draw_lines
from ssp_tui.drawn import Line
from ssp_tui.panels.numerics import figure_lines, norm_chart
from ssp_tui.run_view import RunView
from ssp_tui.snapshot import Snapshot
from tests.fake_journal import STREAMS
from tests.fakes import fake_break, fake_epoch
from tests.ssp_tui.charts.drawn import texts


def view_of(*nonfinite: NonFiniteMeasures, **more: object) -> RunView:
    """A run of eight epochs whose first ones met these; each median is of numbers there were."""
    epochs = tuple(
        dataclasses.replace(fake_epoch(number), nonfinite=found) for number, found in enumerate(nonfinite)
    )
    folder = RunFolder(STREAMS / "clean")
    state = RunState(epochs=epochs, **more)  # type: ignore[arg-type]
    return RunView(Snapshot(folder, folder.read_config(), state=state))


FINITE = NonFiniteMeasures(0, 0, 0, 0, 0, 0.0, {})
SOME_NAN = NonFiniteMeasures(146, 2, 147, 97_822, 100, 1.0, {"gradient": 8})


def chart_of(view: RunView) -> list[str]:
    return texts(draw_lines(norm_chart(view, Range(0.1, 100), 60), 60, 8, UNICODE))


def marked_epochs(drawn: list[str]) -> list[int]:
    """Which of the eight epochs carry the mark of NaN, by where it stands on the axis."""
    axis = drawn[-2]
    left = axis.index("└") + 1
    return [round(7 * (x - left) / (59 - left)) for x, cell in enumerate(axis) if cell == "×"]


def test_an_epoch_with_some_nan_steps_is_marked_beside_the_median_of_the_others() -> None:
    drawn = chart_of(view_of(FINITE, SOME_NAN))
    assert "× NaN" in drawn[0]
    assert "median of 205 finite" in drawn[0]
    assert marked_epochs(drawn) == [1]


def test_epochs_without_a_finite_step_leave_the_median_to_the_last_that_had_one() -> None:
    drawn = chart_of(view_of(SOME_NAN, dataclasses.replace(SOME_NAN, num_nan_steps=352)))
    assert "median of 205 finite" in drawn[0]
    assert marked_epochs(drawn) == [0, 1]


def test_the_epoch_in_progress_is_marked_as_soon_as_its_first_nan_is_told() -> None:
    assert "×" not in "".join(chart_of(view_of(FINITE, broke=(fake_break("null_step", epoch=1),))))
    drawn = chart_of(view_of(FINITE, broke=(fake_break(epoch=1),)))
    assert marked_epochs(drawn) == [1]
    assert "median of 352 steps" in drawn[0]


def test_every_kind_of_non_finite_value_is_counted_where_there_is_room() -> None:
    view = view_of(SOME_NAN)
    counted = {width: words_of(figure_lines(view, "x", "i", width, "")[0]) for width in (80, 60, 48, 34, 26)}
    assert counted == {
        80: "i null steps 2  x NaN steps 147  losses 146  weights 97,822  logits 100",
        60: "i null steps 2  x NaN steps 147  losses 146  weights 97,822",
        48: "i null 2  x NaN 147  losses 146  weights 97,822",
        34: "i null 2  x NaN 147 of 352 steps",
        26: "i null 2  x NaN 147",
    }


def words_of(line: Line) -> str:
    return "".join(text for text, _ in line)

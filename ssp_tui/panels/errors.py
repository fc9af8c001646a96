"""The errors panel: validation and test error over the epochs, with the poison active and inert."""

import math
from collections.abc import Callable, Sequence

from engine.record.events import EpochFinished
from engine.record.measures import EvaluationMeasures
from ssp_tui import wording
from ssp_tui.charts.averages import moving_average
from ssp_tui.charts.axis import Range, Scale, widened
from ssp_tui.charts.lines import draw_lines
from ssp_tui.charts.roles import Role
from ssp_tui.charts.series import Guide, LineChart, Series, Style
from ssp_tui.derived_words import FINAL
from ssp_tui.drawn import Lines
from ssp_tui.panels.line_layout import Piece, fields
from ssp_tui.panels.panel import Panel
from ssp_tui.run_view import RunView
from ssp_tui.theme import Tone

AVERAGED_EPOCHS = 20
WIDE = 90
"""Cells from which there is room for a fourth line."""


class ErrorsPanel(Panel):
    """Raw points and their moving average; epochs with NaN weights are gaps with a mark."""

    TITLE = "Errors"

    _range: Range | None = None

    def forget(self) -> None:
        """The axis is the run's own."""
        self._range = None

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """The chart, over all epochs planned."""
        self._range = error_range(self._range, view)
        return draw_lines(error_chart(view, self._range, width), width, height, self.glyphs)

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """The latest figures."""
        if view.latest is None:
            return ()
        evaluation = view.latest.evaluation
        val = ("val", wording.percent(evaluation.val_error), Role.VALIDATION)
        test = ("test", wording.percent(evaluation.test_error), Role.TEST)
        if view.config is not None and view.config.derived is not None:
            word = FINAL if width >= 50 else "final"
            figures = [("  ", Role.BLANK), *fields(val, test, gap=2)] if width >= 34 else []
            return [(word, Tone.STRONG), *figures]
        return fields(val, test, gap=2) if width >= 26 else fields(test) if width >= 13 else ()


def error_range(before: Range | None, view: RunView) -> Range | None:
    """A range of the axis that covers the whole run, so that a replay does not move it."""
    evaluations = [epoch.evaluation for epoch in view.whole.state.epochs]
    values = [value for each in evaluations for value in (each.val_error, each.test_error, *_inert(each))]
    paper = view.config.paper if view.config else None
    return widened(before, [*values, *_known(paper.val_error if paper else None)], Scale.PERCENT)


def error_chart(view: RunView, covered: Range | None, width: int) -> LineChart:
    """The measured errors, and the paper's value, or guessing's, across."""
    return LineChart(
        _error_series(view, width >= WIDE) if view.state.epochs else (),
        _last_epoch(view),
        covered,
        Scale.PERCENT,
        _guides(view),
        cursor=view.epoch,
        empty=view.why_no_epoch,
        gap="weights are NaN",
    )


def _error_series(view: RunView, has_fourth_line: bool) -> tuple[Series, ...]:
    """Averages over points once there are epochs enough; an average over less would be a lagging copy."""
    epochs = view.state.epochs
    raw_val = _measured(epochs, lambda it: it.val_error)
    raw_test = _measured(epochs, lambda it: it.test_error)
    other_val = _measured(epochs, lambda it: _inert(it)[0])
    other_test = _measured(epochs, lambda it: _inert(it)[1])
    is_averaged = len(epochs) >= AVERAGED_EPOCHS
    val, test, other_val, other_test = (
        moving_average(each, AVERAGED_EPOCHS) if is_averaged else each
        for each in (raw_val, raw_test, other_val, other_test)
    )
    val_points = Series("validation raw", Role.VALIDATION_RAW, raw_val, Style.POINTS, brief="raw")
    test_points = Series("test raw", Role.TEST_RAW, raw_test, Style.PAIRS, brief="raw")
    suffix = " mean" if is_averaged else ""
    other, brief = _other_mode(view)
    fourth = Series(
        f"validation, {other}", Role.VALIDATION_INERT, other_val, Style.DASH_DOTS, brief=f"val {brief}"
    )
    test_brief = f"test {brief}" if has_fourth_line else brief
    return (
        *([fourth] * has_fourth_line),
        Series(f"validation{suffix}", Role.VALIDATION, val, brief="val"),
        *([val_points] * is_averaged),
        Series(f"test{suffix}", Role.TEST, test, Style.DASHES, brief="test"),
        *([test_points] * is_averaged),
        Series(f"test, {other}", Role.TEST_INERT, other_test, Style.DOTS, brief=test_brief),
    )


def _guides(view: RunView) -> tuple[Guide, ...]:
    """The paper's validation error; without one, what guessing comes to."""
    paper = view.config.paper if view.config else None
    if paper is not None and paper.val_error is not None:
        return (Guide(f"paper {wording.percent(paper.val_error)}", paper.val_error),)
    started = view.whole.state.started
    chance = 1 - 1 / started.num_classes if started and started.num_classes > 0 else None
    return () if chance is None else (Guide(f"guessing {wording.percent(chance)}", chance, Role.MUTED),)


def _last_epoch(view: RunView) -> int:
    return max(1, view.num_epochs - 1)


def _known(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _other_mode(view: RunView) -> tuple[str, str]:
    """The mode that the protocol does not evaluate in, by what it means for this space, and in brief."""
    is_training = view.config is None or view.config.switches.final_eval_mode == "training"
    if view.config is not None and not view.config.space.num_poisoned_outputs:
        return ("evaluation mode", "eval") if is_training else ("training mode", "train")
    return ("poison inert", "inert") if is_training else ("poison active", "active")


def _inert(evaluation: EvaluationMeasures) -> tuple[float, float]:
    """The errors of the other mode than the protocol's own."""
    is_active = evaluation.test_error == evaluation.test_error_active
    if is_active:
        return evaluation.val_error_inert, evaluation.test_error_inert
    return evaluation.val_error_active, evaluation.test_error_active


def _measured(epochs: Sequence[EpochFinished], read: Callable[[EvaluationMeasures], float]) -> list[float]:
    """One value an epoch from epoch 0; NaN where the weights are NaN: chance is no measurement then."""
    values = [math.nan] * (epochs[-1].epoch + 1 if epochs else 0)
    for epoch in epochs:
        if 0 <= epoch.epoch < len(values) and not epoch.nonfinite.nan_parameter_share:
            values[epoch.epoch] = read(epoch.evaluation)
    return values

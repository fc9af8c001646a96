"""The curves of compared runs: one line a group, the mean over its seeds with their spread as a band."""

import dataclasses
import math
from collections.abc import Callable, Sequence

from engine.record.measures import EvaluationMeasures
from engine.record.state import RunState
from ssp_tui import wording
from ssp_tui.charts.averages import moving_average
from ssp_tui.charts.axis import Range, Scale, widened
from ssp_tui.charts.series import Band, Guide, LineChart, Series, Style
from ssp_tui.compare.groups import Group
from ssp_tui.compare.nan_lanes import NanLane, nan_lane
from ssp_tui.snapshot import Snapshot

AVERAGED_EPOCHS = 20
MOST_NAMED = 5
"""Groups named in the legend; the table names them all."""
STROKES = (Style.LINE, Style.DASHES, Style.DOTS)
"""In turn, so that neighbours are told apart without a colour; with the eight colours, 24 differ."""


@dataclasses.dataclass(frozen=True)
class Metric:
    """One measured error."""

    title: str
    read: Callable[[EvaluationMeasures], float]
    paper: str = ""
    """The field of the paper's figures it is to be held against."""


METRICS = (
    Metric("Validation error", lambda it: it.val_error, "val_error"),
    Metric("Test error", lambda it: it.test_error, "test_error"),
    Metric("Validation error, poison active", lambda it: it.val_error_active),
    Metric("Validation error, poison inert", lambda it: it.val_error_inert),
    Metric("Test error, poison active", lambda it: it.test_error_active),
    Metric("Test error, poison inert", lambda it: it.test_error_inert),
)


class CurveReader:
    """Reads each run's curve once for as long as its epochs stay the same."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._known: dict[tuple[str, str, bool], tuple[object, list[float]]] = {}

    def read(self, run: Snapshot, metric: Metric, smooth: bool) -> list[float]:
        """`curve_of` this run."""
        key = (run.run_id, metric.title, smooth)
        if key not in self._known or self._known[key][0] is not run.state.epochs:
            self._known[key] = (run.state.epochs, curve_of(run.state, metric, smooth))
        return self._known[key][1]


def comparison_chart(
    groups: Sequence[Group], metric: Metric, smooth: bool, before: Range | None, reader: CurveReader
) -> LineChart:
    """All groups on one chart, the paper's values as guides."""
    series, bands, everything = list[Series](), list[Band](), list[float]()
    is_named = len(groups) <= MOST_NAMED
    for index, group in enumerate(groups):
        curves = [reader.read(run, metric, smooth) for run in group.runs]
        mean, low, high = spread_by_epoch(curves)
        label = group.counted_label if is_named else ""
        series.append(Series(label, group.role, mean, STROKES[index % len(STROKES)], group.key))
        if len(curves) > 1:
            bands.append(Band("", group.role, low, high))
        everything += low + high
    guides = _guides(groups, metric)
    covered = widened(before, [*everything, *(guide.value for guide in guides)], Scale.PERCENT)
    x_end = max((group.num_epochs - 1 for group in groups), default=1)
    return LineChart(tuple(series), max(1, x_end), covered, Scale.PERCENT, guides, tuple(bands))


def nan_lanes(
    groups: Sequence[Group], metric: Metric, smooth: bool, reader: CurveReader
) -> tuple[NanLane, ...]:
    """Which epochs of which groups hold a NaN: the mean of the other seeds does not show it."""
    lanes = (nan_lane(group, [reader.read(run, metric, smooth) for run in group.runs]) for group in groups)
    return tuple(lane for lane in lanes if lane is not None)


def spread_by_epoch(curves: Sequence[Sequence[float]]) -> tuple[list[float], list[float], list[float]]:
    """Mean, least and most at each epoch of the curves that have a finite value there; else NaN."""
    if len(curves) == 1:
        values = list(curves[0])
        return values, values, values
    length = max((len(curve) for curve in curves), default=0)
    means, lows, highs = [math.nan] * length, [math.nan] * length, [math.nan] * length
    for epoch in range(length):
        finite = [c[epoch] for c in curves if epoch < len(c) and math.isfinite(c[epoch])]
        if finite:
            means[epoch] = math.fsum(finite) / len(finite)
            lows[epoch], highs[epoch] = min(finite), max(finite)
    return means, lows, highs


def curve_of(state: RunState, metric: Metric, smooth: bool) -> list[float]:
    """One value an epoch from epoch 0; NaN where the weights are NaN: chance is no measurement then."""
    epochs, read = state.epochs, metric.read
    values = [math.nan] * (epochs[-1].epoch + 1 if epochs else 0)
    for epoch in epochs:
        if 0 <= epoch.epoch < len(values) and not epoch.nonfinite.nan_parameter_share:
            values[epoch.epoch] = read(epoch.evaluation)
    return moving_average(values, AVERAGED_EPOCHS) if smooth and len(epochs) >= AVERAGED_EPOCHS else values


def _guides(groups: Sequence[Group], metric: Metric) -> tuple[Guide, ...]:
    """The paper's value of each group that has one, named by the groups' keys."""
    keys: dict[float, str] = {}
    for group in groups:
        paper = group.config.paper if group.config else None
        value = getattr(paper, metric.paper) if paper and metric.paper else None
        if value is not None:
            keys[value] = keys.get(value, "") + group.key
    return tuple(Guide(f"paper {wording.percent(value)} {of}", value) for value, of in keys.items())

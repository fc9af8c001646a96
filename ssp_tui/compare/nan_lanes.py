"""Which epochs of compared groups hold a NaN: crosses on the axis, and below it a lane a group."""

import dataclasses
import math
from collections.abc import Sequence

from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.lines import draw_plot
from ssp_tui.charts.plot import Plot, plot_on
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Rows
from ssp_tui.charts.series import LineChart
from ssp_tui.compare.groups import Group

LEAST_CHART = 8
"""Rows that lanes leave to the curves."""


@dataclasses.dataclass(frozen=True)
class NanLane:
    """The NaN epochs of one group."""

    key: str
    role: Role
    num_seeds: int
    counts: tuple[int, ...]
    """Of how many seeds each epoch is NaN, from epoch 0."""

    @property
    def epochs(self) -> list[int]:
        """The epochs in which any seed is NaN."""
        return [epoch for epoch, count in enumerate(self.counts) if count]

    @property
    def words(self) -> str:
        """How many seeds, and from when on."""
        of = f" in {max(self.counts)} of {self.num_seeds} seeds" if self.num_seeds > 1 else ""
        return f"NaN{of} from epoch {self.epochs[0]}"


def nan_lane(group: Group, curves: Sequence[Sequence[float]]) -> NanLane | None:
    """The group's NaN epochs, from one curve a seed; None where every value is a number."""
    counts = [0] * max(map(len, curves), default=0)
    for curve in curves:
        for epoch, value in enumerate(curve):
            counts[epoch] += math.isnan(value)
    return NanLane(group.key, group.role, len(group.runs), tuple(counts)) if any(counts) else None


def draw_compared(
    chart: LineChart, lanes: Sequence[NanLane], width: int, height: int, glyphs: Glyphs
) -> Rows:
    """The curves, and as many lanes as leave them room; a group without one has its key on the axis."""
    room = min(len(lanes), max(0, (height - LEAST_CHART) // 2))
    plot = plot_on(Canvas(width, height - room), chart, glyphs)
    draw_plot(plot)
    canvas = Canvas(width, height)
    for y, row in enumerate(plot.canvas.rows()):
        canvas.put_row(0, y, row)
    if plot.num_columns and plot.num_rows:
        laned = room if room == len(lanes) else max(0, room - 1)
        for lane in lanes:
            _mark_axis(canvas, plot, lane)
        for lane in lanes[laned:]:
            canvas.put(plot.cell_of(lane.epochs[0]) - 1, plot.frame.line_row, lane.key, lane.role)
        for y, lane in enumerate(lanes[:laned], height - room):
            _draw_lane(canvas, plot, lane, y)
        if laned < room:
            _draw_rest(canvas, plot, lanes[laned:], height - 1)
    return canvas.rows()


def _mark_axis(canvas: Canvas, plot: Plot, lane: NanLane) -> None:
    """Where the mean goes on without some seeds, the cross is in the group's own colour."""
    for x in {plot.cell_of(epoch) for epoch in lane.epochs if lane.counts[epoch] < lane.num_seeds}:
        canvas.put(x, min(plot.frame.line_row, canvas.height - 1), plot.glyphs.nan, lane.role)


def _draw_lane(canvas: Canvas, plot: Plot, lane: NanLane, y: int) -> None:
    columns = [plot.cell_of(epoch) for epoch in lane.epochs]
    for x in set(columns):
        canvas.put(x, y, plot.glyphs.nan, Role.NAN)
    words = f" {lane.words} "
    # Before the crosses where there is room; else after them; else among them.
    if (x := columns[0] - len(words)) < plot.frame.left:
        is_free = columns[-1] + len(words) < canvas.width
        x = columns[-1] + 1 if is_free else min(columns[0] + 1, canvas.width - len(words))
    if x >= plot.frame.left:
        canvas.put(x, y, words, Role.NAN)
    canvas.put(max(0, plot.frame.left - 2), y, lane.key, lane.role)


def _draw_rest(canvas: Canvas, plot: Plot, lanes: Sequence[NanLane], y: int) -> None:
    """The groups that no lane is left for, by their keys."""
    x = plot.frame.left
    canvas.put(x, y, "NaN too:", Role.NAN)
    for place, lane in enumerate(lanes):
        canvas.put(x + 9 + 2 * place, y, lane.key, lane.role)

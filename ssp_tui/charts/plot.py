"""A line chart being drawn: its canvas, its frame, and where values fall on them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ssp_tui.charts.axis import Tick, position_on, ticks, usable
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.frame import Frame, below_legend, frame_for
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.legend import legend_of
from ssp_tui.charts.legend_rows import LegendRows
from ssp_tui.charts.raster import column_of
from ssp_tui.charts.series import LineChart


@dataclass(frozen=True)
class Plot:
    """The geometry every part of the drawing shares."""

    chart: LineChart
    canvas: Canvas
    glyphs: Glyphs
    frame: Frame
    place: Callable[[float], float]
    """From a finite value to 0 (bottom) .. 1 (top)."""
    y_ticks: tuple[Tick, ...]
    legend: LegendRows

    @property
    def x_end(self) -> float:
        """The last epoch on the axis, at least 1."""
        return self.chart.x_end if 1 <= self.chart.x_end < 1e15 else 1.0

    @property
    def dots_across(self) -> int:
        """Dot columns in a cell."""
        return 2 if self.glyphs.braille else 1

    @property
    def num_columns(self) -> int:
        """Dot columns of the plot."""
        return self.frame.width * self.dots_across

    @property
    def num_rows(self) -> int:
        """Dot rows of the plot."""
        return self.frame.height * (4 if self.glyphs.braille else 1)

    def row_of(self, value: float) -> int:
        """The canvas row of a finite value."""
        row = round((1 - self.place(value)) * (self.num_rows - 1))
        return self.frame.top + row // (4 if self.glyphs.braille else 1)

    def cell_of(self, epoch: float) -> int:
        """The canvas column of an epoch."""
        column = column_of(epoch, self.x_end, self.num_columns)
        return self.frame.left + column // self.dots_across

    def shows(self, value: float) -> bool:
        """Whether a value lies inside the range of the y axis."""
        y_range = usable(self.chart.y_range, self.chart.scale)
        return math.isfinite(value) and y_range.low <= value <= y_range.high


def plot_on(canvas: Canvas, chart: LineChart, glyphs: Glyphs) -> Plot:
    """The geometry of a chart on a canvas."""
    y_range = usable(chart.y_range, chart.scale)
    y_ticks = ticks(chart.scale, y_range, max(2, canvas.height // 3))
    whole = frame_for(canvas.width, canvas.height, [tick.label for tick in y_ticks])
    legend = legend_of(chart, glyphs, whole.width, canvas.height)
    frame = below_legend(whole, len(legend))
    return Plot(chart, canvas, glyphs, frame, position_on(chart.scale, y_range), y_ticks, legend)

"""Line charts in braille or plain characters, in which a NaN is a gap with a mark."""

import math

from ssp_tui.charts.axis import whole_ticks
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.frame import draw_legend, draw_x_axis, draw_y_axis
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.plot import Plot, plot_on
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Rows, cells_of
from ssp_tui.charts.series import LineChart
from ssp_tui.charts.strokes import draw_ink, ink_of


def draw_lines(chart: LineChart, width: int, height: int, glyphs: Glyphs) -> Rows:
    """The chart in exactly `height` rows of `width` cells.

    NaN epochs are marked on the x axis line, infinite values at the top edge of the plot.
    """
    plot = plot_on(Canvas(width, height), chart, glyphs)
    draw_plot(plot)
    return plot.canvas.rows()


def draw_plot(plot: Plot) -> None:
    """The same on a plot's own canvas, for whoever draws beside it."""
    if plot.num_columns and plot.num_rows:
        _paint_axes(plot)
        _paint_cursor(plot)
        _paint_guides(plot)
        draw_ink(plot, ink_of(plot))
        _paint_lone_points(plot)
        _paint_gap(plot)
        _paint_keys(plot)
        _paint_guide_labels(plot)
        _paint_empty(plot)
        _paint_marks(plot)
        draw_legend(plot.canvas, plot.frame, plot.legend, plot.glyphs)


def _paint_axes(plot: Plot) -> None:
    labels = {plot.row_of(tick.value): tick.label for tick in plot.y_ticks}
    draw_y_axis(plot.canvas, plot.frame, labels, plot.glyphs)
    epochs = whole_ticks(plot.x_end, plot.frame.width // 9)
    draw_x_axis(plot.canvas, plot.frame, epochs, plot.cell_of, plot.chart.x_title, plot.glyphs)


def _paint_cursor(plot: Plot) -> None:
    if plot.chart.cursor is not None:
        x = plot.cell_of(plot.chart.cursor)
        for row in range(plot.frame.height):
            plot.canvas.put(x, plot.frame.top + row, plot.glyphs.vertical, Role.CURSOR)


def _paint_guides(plot: Plot) -> None:
    for guide in plot.chart.guides:
        if plot.shows(guide.value):
            dashes = plot.glyphs.dashes * plot.frame.width
            plot.canvas.put(plot.frame.left, plot.row_of(guide.value), dashes, guide.role)


def _paint_guide_labels(plot: Plot) -> None:
    """Each label on its line, at the right end, or at the left if only there no data is covered."""
    for guide in plot.chart.guides:
        width = len(cells_of(guide.label))
        if not plot.shows(guide.value) or width + 2 > plot.frame.width:
            continue
        y = plot.row_of(guide.value)
        right, left = plot.canvas.width - width - 1, plot.frame.left + 1
        free = [x for x in (right, left) if _is_free(plot, x, y, width, guide.role)]
        plot.canvas.put((free or [right])[0], y, guide.label, guide.role)


def _is_free(plot: Plot, x: int, y: int, width: int, role: Role) -> bool:
    return all(below is role for below in plot.canvas.roles[y][x : x + width])


def _paint_keys(plot: Plot) -> None:
    for series in plot.chart.series:
        finite = [i for i, value in enumerate(series.values) if math.isfinite(value)]
        if series.key and finite:
            x, y = plot.cell_of(finite[-1]), plot.row_of(series.values[finite[-1]])
            plot.canvas.put(x, y, series.key, series.role)


def _paint_lone_points(plot: Plot) -> None:
    """A value between two gaps is no line: a mark of its own, where braille has but a dot for it."""
    if not plot.glyphs.lone:
        return
    for series in plot.chart.series:
        if not series.style.is_line:
            continue
        is_known = [False, *map(math.isfinite, series.values), False]
        for epoch, value in enumerate(series.values):
            if is_known[epoch : epoch + 3] == [False, True, False] and epoch <= plot.x_end:
                plot.canvas.put(plot.cell_of(epoch), plot.row_of(value), plot.glyphs.lone, series.role)


def _paint_gap(plot: Plot) -> None:
    """Words in the middle of the epochs at the end that have no value, if they have room there."""
    lines = [one.values for one in plot.chart.series if one.style.is_line]
    length = max(map(len, lines), default=0)
    first = max(
        (last + 1 for values in lines for last, v in enumerate(values) if math.isfinite(v)), default=0
    )
    start, end = plot.cell_of(first) + 1, plot.cell_of(max(first, length - 1)) - 1
    width = len(cells_of(plot.chart.gap))
    if plot.chart.gap and length > first and width <= end - start:
        y = plot.frame.top + plot.frame.height // 2
        plot.canvas.put(start + (end - start - width) // 2, y, plot.chart.gap, Role.NAN)


def _paint_empty(plot: Plot) -> None:
    if any(one.values for one in plot.chart.series):
        return
    x = plot.frame.left + (plot.frame.width - len(cells_of(plot.chart.empty))) // 2
    if x >= plot.frame.left:
        plot.canvas.put(x, plot.frame.top + plot.frame.height // 2, plot.chart.empty, Role.MUTED)


def _paint_marks(plot: Plot) -> None:
    for series in plot.chart.series:
        for epoch, value in enumerate(series.values):
            if math.isfinite(value) or epoch > plot.x_end:
                continue
            if math.isnan(value):
                _paint_nan(plot, epoch)
            else:
                plot.canvas.put(plot.cell_of(epoch), plot.frame.top, plot.glyphs.infinite, Role.NULL_STEP)
    for epoch in plot.chart.broken:
        if 0 <= epoch <= plot.x_end:
            _paint_nan(plot, epoch)


def _paint_nan(plot: Plot, epoch: int) -> None:
    y = min(plot.frame.line_row, plot.canvas.height - 1)
    plot.canvas.put(plot.cell_of(epoch), y, plot.glyphs.nan, Role.NAN)

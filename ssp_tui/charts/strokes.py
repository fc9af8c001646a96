"""The series and bands of a line chart as inked cells, joined where they share one."""

from ssp_tui.charts.marks import mark_of
from ssp_tui.charts.plot import Plot
from ssp_tui.charts.raster import (
    BRAILLE,
    Columns,
    braille_cells,
    columns_of,
    places,
    plain_cells,
    stippled,
)
from ssp_tui.charts.roles import Role
from ssp_tui.charts.series import Band, Series, Style

Ink = dict[tuple[int, int], tuple[int, Role, str]]
"""(plot row, plot column) -> dots, role of the topmost stroke, its plain mark."""


def ink_of(plot: Plot) -> Ink:
    """Bands under points under lines; in a shared cell lines join their dots, the last one's role wins."""
    ink: Ink = {}
    for band in plot.chart.bands:
        _cover(ink, plot, _band_columns(plot, band), band.role, plot.glyphs.band)
    points = [one for one in plot.chart.series if not one.style.is_line]
    for one in points:
        _cover(ink, plot, _series_columns(plot, one), one.role, mark_of(plot.chart, plot.glyphs, one))
    lines: Ink = {}
    for one in plot.chart.series:
        if one.style.is_line:
            _cover(lines, plot, _series_columns(plot, one), one.role, mark_of(plot.chart, plot.glyphs, one))
    return ink | lines


def draw_ink(plot: Plot, ink: Ink) -> None:
    """Puts inked cells onto the canvas."""
    left, top = plot.frame.left, plot.frame.top
    for (row, column), (dots, role, mark) in ink.items():
        text = BRAILLE[dots] if plot.glyphs.braille else mark
        plot.canvas.put_cell(left + column, top + row, text, role)


def _cover(ink: Ink, plot: Plot, columns: Columns, role: Role, mark: str) -> None:
    cells = braille_cells(columns) if plot.glyphs.braille else plain_cells(columns)
    for cell, dots in cells.items():
        below = ink.get(cell)
        ink[cell] = (dots | below[0] if below else dots, role, mark)


def _series_columns(plot: Plot, series: Series) -> Columns:
    heights = places(series.values, plot.place, plot.num_rows)
    plain = Style.LINE if series.style.is_line else Style.POINTS
    style = series.style if plot.glyphs.braille else plain
    return columns_of(heights, plot.x_end, plot.num_columns, style)


def _band_columns(plot: Plot, band: Band) -> Columns:
    low = places(band.low, plot.place, plot.num_rows)
    high = places(band.high, plot.place, plot.num_rows)
    return stippled(low, high, plot.x_end, plot.num_columns)

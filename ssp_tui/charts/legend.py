"""The legend of a line chart."""

import math
from collections.abc import Iterator

from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.legend_rows import ROOMY, LegendRows, legend_rows
from ssp_tui.charts.marks import mark_of
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Span
from ssp_tui.charts.series import LineChart, Series


def legend_of(chart: LineChart, glyphs: Glyphs, width: int, height: int) -> LegendRows:
    """A sample and a label for each series and band, and for every kind of mark that occurs."""
    most_rows = int(height >= 6) + int(height >= 9)
    labels = [(one, one.label, one.brief or one.label) for one in chart.series if one.label]
    bands: list[Row] = [
        (Span(f"{glyphs.band * 2} {band.label}", band.role),) for band in chart.bands if band.label
    ]
    if not labels and not bands:
        return ()
    rest = [*bands, *_mark_entries(chart, glyphs)]
    full = [_entry(chart, glyphs, one, label) for one, label, _ in labels]
    brief = [_entry(chart, glyphs, one, label) for one, _, label in labels]
    return legend_rows([[*full, *rest], [*brief, *rest]], width, most_rows, height >= ROOMY)


def _entry(chart: LineChart, glyphs: Glyphs, series: Series, label: str) -> Row:
    sample = glyphs.line_samples[series.style] or mark_of(chart, glyphs, series) * 2
    return (Span(f"{series.key}{sample[len(series.key) :]} {label}", series.role),)


def _mark_entries(chart: LineChart, glyphs: Glyphs) -> Iterator[Row]:
    values = [value for one in chart.series for value in one.values]
    if any(map(math.isinf, values)):
        yield (Span(f"{glyphs.infinite} inf", Role.NULL_STEP),)
    if chart.broken or any(map(math.isnan, values)):
        yield (Span(f"{glyphs.nan} NaN", Role.NAN),)

"""The legend line of a line chart."""

import math
from collections.abc import Iterator

from ssp_tui.charts.plot import Plot
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Span
from ssp_tui.charts.series import Series
from ssp_tui.charts.strokes import mark_of


def legend_of(plot: Plot) -> list[Row]:
    """A sample and a label for each series and band, and for every kind of mark that occurs."""
    entries = [
        (Span(f"{_sample(plot, one)} {one.label}", one.role),) for one in plot.chart.series if one.label
    ]
    entries += [
        (Span(f"{plot.glyphs.band * 2} {band.label}", band.role),) for band in plot.chart.bands if band.label
    ]
    return [*entries, *_mark_entries(plot)]


def _sample(plot: Plot, series: Series) -> str:
    sample = plot.glyphs.line_samples[series.style] or mark_of(plot, series) * 2
    return series.key + sample[len(series.key) :]


def _mark_entries(plot: Plot) -> Iterator[Row]:
    values = [value for one in plot.chart.series for value in one.values]
    if any(map(math.isinf, values)):
        yield (Span(f"{plot.glyphs.infinite} inf", Role.NULL_STEP),)
    if plot.chart.broken or any(map(math.isnan, values)):
        yield (Span(f"{plot.glyphs.nan} NaN", Role.NAN),)

"""The characters of series where there is no braille."""

from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.series import LineChart, Series


def mark_of(chart: LineChart, glyphs: Glyphs, series: Series) -> str:
    """The character a series is drawn with where there is no braille."""
    is_line = series.style.is_line
    marks = glyphs.line_marks if is_line else glyphs.point_marks
    alike = [one for one in chart.series if one.style.is_line == is_line]
    return marks[alike.index(series) % len(marks)] if marks else ""

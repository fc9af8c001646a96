"""Poisoned layers per sampled child as bars, beside what a uniform policy would sample."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.analyse.density import density
from ssp_tui import wording
from ssp_tui.charts.axis import Tick
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.frame import Frame, below_legend, draw_legend, draw_x_axis
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.legend_rows import ROOMY, LegendRows, legend_rows
from ssp_tui.charts.raster import BRAILLE, braille_cells, columns_of, plain_cells
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Rows, Span, width_of

_HEADROOM = 1.1
"""Height of the plot in units of the highest bar or mark."""


@dataclass(frozen=True)
class Histogram:
    """How many children had 0, 1, ... L poisoned layers."""

    counts: tuple[int, ...]
    expected: tuple[float, ...] = ()
    """The probability of each number under the uniform policy."""
    floor: float | None = None
    """The mean number of poisoned layers a perfect controller cannot go below."""
    empty: str = "no child sampled yet"


def draw_histogram(histogram: Histogram, width: int, height: int, glyphs: Glyphs) -> Rows:
    """The histogram in exactly `height` rows of `width` cells: legend, bars, axis, numbers."""
    canvas = Canvas(width, height)
    if not sum(histogram.counts):
        canvas.put(1, 0, histogram.empty, Role.MUTED)
        return canvas.rows()
    legend = _legend(histogram, canvas, glyphs)
    if len(legend) > 1 and height < ROOMY:
        _draw(canvas, histogram, legend[:1], glyphs)
        if _put_in_gaps(canvas, len(legend[:1]), legend[1]):
            return canvas.rows()
        canvas = Canvas(width, height)
    _draw(canvas, histogram, legend, glyphs)
    return canvas.rows()


def _draw(canvas: Canvas, histogram: Histogram, legend: LegendRows, glyphs: Glyphs) -> None:
    frame = _frame(canvas, legend)
    pitch = max(1, frame.width // len(histogram.counts))
    _draw_axis(canvas, frame, histogram, pitch, glyphs)
    shares = [count / sum(histogram.counts) for count in histogram.counts]
    highest = max(*shares, *histogram.expected) * _HEADROOM
    _draw_density(canvas, frame, histogram, pitch, highest, glyphs)
    for value, share in enumerate(shares):
        _draw_bar(canvas, frame, value * pitch, _bar_width(pitch), share / highest, glyphs)
    for value, share in enumerate(histogram.expected):
        _draw_expected(canvas, frame, value * pitch, _bar_width(pitch), share / highest, glyphs)
    draw_legend(canvas, frame, legend, glyphs)


def _put_in_gaps(canvas: Canvas, top: int, entries: Sequence[Row]) -> bool:
    """Names beside the bars, each at an end of a row that is blank there; whether all found a place."""
    for entry in entries:
        width = width_of(entry)
        ends = ((y, x) for y in range(top, canvas.height) for x in (0, canvas.width - width))
        free = next((end for end in ends if _is_blank(canvas, *end, width)), None)
        if free is None:
            return False
        canvas.put_row(free[1], free[0], entry)
    return True


def _is_blank(canvas: Canvas, y: int, x: int, width: int) -> bool:
    """Whether `width` cells from x, and one on either side, are blank."""
    return x >= 0 and {*canvas.roles[y][max(0, x - 1) : x + width + 1]} == {Role.BLANK}


def _frame(canvas: Canvas, legend: LegendRows) -> Frame:
    has_line, has_labels = canvas.height >= 3, canvas.height >= 4
    height = canvas.height - has_line - has_labels
    return below_legend(Frame(0, 0, canvas.width, height, has_line, has_labels), len(legend))


def _bar_width(pitch: int) -> int:
    return max(1, pitch - max(1, pitch // 3)) if pitch > 1 else 1


def _draw_expected(canvas: Canvas, frame: Frame, x: int, width: int, place: float, glyphs: Glyphs) -> None:
    """A level across the bar, to a third of a cell; none where it would lie on the axis."""
    third = round(place * frame.height * 3)
    if not third or x >= canvas.width:
        return
    row = frame.top + frame.height - 1 - (third - 1) // 3
    role = Role.UNIFORM_ON_BAR if canvas.roles[row][x] is Role.BAR else Role.UNIFORM
    canvas.put(x, row, glyphs.expected[(third - 1) % 3] * width, role)


def _draw_axis(canvas: Canvas, frame: Frame, histogram: Histogram, pitch: int, glyphs: Glyphs) -> None:
    middle = _bar_width(pitch) // 2
    last = len(histogram.counts) - 1
    step = -(-(len(str(last)) + 1) // pitch)
    ticks = [Tick(value, str(value)) for value in range(last % step, last + 1, step)]
    draw_x_axis(canvas, frame, ticks, lambda value: int(value) * pitch + middle, "", glyphs)
    if histogram.floor is not None and math.isfinite(histogram.floor) and frame.has_line:
        x = round(histogram.floor * pitch) + middle
        canvas.put(x, frame.line_row, glyphs.floor, Role.FLOOR)


def _draw_bar(canvas: Canvas, frame: Frame, x: int, width: int, place: float, glyphs: Glyphs) -> None:
    eighths = round(place * frame.height * 8)
    if place > 0 and not eighths:
        eighths = 1
    whole, part = divmod(eighths, 8)
    bottom = frame.top + frame.height - 1
    for row in range(whole):
        canvas.put(x, bottom - row, glyphs.rising[8] * width, Role.BAR)
    if part:
        canvas.put(x, bottom - whole, glyphs.rising[part] * width, Role.BAR)


def _draw_density(
    canvas: Canvas, frame: Frame, histogram: Histogram, pitch: int, highest: float, glyphs: Glyphs
) -> None:
    """The curve behind the bars: seen above them and in the gaps between them."""
    across, down = (2, 4) if glyphs.braille else (1, 1)
    num_columns, num_rows = frame.width * across, frame.height * down
    middle = _bar_width(pitch) / 2
    points = [((column + 0.5) / across - middle) / pitch for column in range(num_columns)]
    last = len(histogram.counts) - 0.5
    places = [value / highest for value in density(histogram.counts, points)]
    heights = [
        (1 - place) * (num_rows - 1) if point <= last and place * num_rows > 1 else math.nan
        for point, place in zip(points, places, strict=True)
    ]
    columns = columns_of(heights, num_columns - 1, num_columns)
    cells = braille_cells(columns) if glyphs.braille else plain_cells(columns)
    for (row, column), dots in cells.items():
        text = BRAILLE[dots] if glyphs.braille else glyphs.density
        canvas.put_cell(column, frame.top + row, text, Role.DENSITY)


def _legend(histogram: Histogram, canvas: Canvas, glyphs: Glyphs) -> LegendRows:
    """What is drawn and its means; how many were sampled where there is room."""
    total = sum(histogram.counts)
    mean = sum(value * count for value, count in enumerate(histogram.counts)) / total
    drawn = [(glyphs.rising[8], "mean", wording.layers(mean), Role.BAR)]
    if histogram.floor is not None:
        drawn.append((glyphs.floor, "floor", wording.layers(histogram.floor), Role.FLOOR))
    if histogram.expected:
        uniform = sum(value * share for value, share in enumerate(histogram.expected))
        drawn.append((glyphs.expected[1], "uniform", wording.layers(uniform), Role.UNIFORM))
    curve: Row = (Span(f"{glyphs.density} density", Role.DENSITY),)
    full: list[Row] = [(Span(f"{mark} {name} {value}", role),) for mark, name, value, role in drawn]
    brief: list[Row] = [(Span(f"{mark} {name}", role),) for mark, name, _, role in drawn]
    sampled: Row = (Span(f"{wording.count(total)} sampled", Role.MUTED),)
    most_rows = 2 * int(canvas.height >= 6)
    wordings = [[*full, curve, sampled], [*full, curve], [*brief, curve]]
    return legend_rows(wordings, canvas.width, most_rows, canvas.height >= ROOMY)

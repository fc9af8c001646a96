"""From values to dots: which rows of which dot columns a series covers."""

import math
from collections.abc import Callable, Sequence

from ssp_tui.charts.series import Style

Columns = list[int]
"""One bit mask a dot column; bit r is dot row r, counted from the top."""

_KEPT = {Style.LINE: "#", Style.DASHES: "#####...", Style.DOTS: "#..", Style.DASH_DOTS: "######..#.."}
"""Which dot columns a style draws, over and over."""
_POINT = {Style.POINTS: 1, Style.PAIRS: 3}
"""The dot rows of one point."""

_DOT = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)
"""Braille dots, row by row, left before right."""


def _braille_half(nibble: int, side: int) -> int:
    return sum(_DOT[2 * row + side] for row in range(4) if nibble >> row & 1)


_LEFT = tuple(_braille_half(nibble, 0) for nibble in range(16))
_RIGHT = tuple(_braille_half(nibble, 1) for nibble in range(16))
BRAILLE = tuple(chr(0x2800 + pattern) for pattern in range(256))


def places(values: Sequence[float], place: Callable[[float], float], num_rows: int) -> list[float]:
    """The row of each value as a fraction of dots from the top; NaN where it is not finite."""
    bottom = num_rows - 1
    return [(1 - place(v)) * bottom if math.isfinite(v) else math.nan for v in values]


def columns_of(
    heights: Sequence[float], x_end: float, num_columns: int, style: Style = Style.LINE
) -> Columns:
    """The dots of one series: value i stands at i / x_end of the width.

    Values that share a column are drawn as the column's extent (min-max decimation). Neighbouring
    values are joined; nothing is drawn across a NaN.
    """
    if not style.is_line:
        return _points(heights, x_end, num_columns, _POINT[style])
    low = [math.inf] * num_columns
    high = [-math.inf] * num_columns
    _mark_extents(heights, x_end, low, high)
    _join_neighbours(heights, x_end, low, high)
    pattern = _KEPT[style]
    return [
        _filled(low[column], high[column]) if pattern[column % len(pattern)] == "#" else 0
        for column in range(num_columns)
    ]


def column_of(index: float, x_end: float, num_columns: int) -> int:
    """The dot column of value `index`."""
    return round(index * (num_columns - 1) / x_end) if x_end > 0 else 0


def _points(heights: Sequence[float], x_end: float, num_columns: int, dots: int) -> Columns:
    """`dots` with its highest bit on each value's row: what a point has besides lies above it."""
    columns = [0] * num_columns
    for index, height in enumerate(heights):
        if height == height and (column := column_of(index, x_end, num_columns)) < num_columns:
            columns[column] |= dots << max(0, round(height) + 1 - dots.bit_length())
    return columns


def _mark_extents(heights: Sequence[float], x_end: float, low: list[float], high: list[float]) -> None:
    num_columns = len(low)
    for index, height in enumerate(heights):
        if height == height and (column := column_of(index, x_end, num_columns)) < num_columns:
            low[column] = min(low[column], height)
            high[column] = max(high[column], height)


def _join_neighbours(heights: Sequence[float], x_end: float, low: list[float], high: list[float]) -> None:
    """Extends two neighbouring columns to the height at which a line crosses the border between them."""
    num_columns = len(low)
    if num_columns < 2 or x_end <= 0:
        return
    values_a_column = x_end / (num_columns - 1)
    for column in range(num_columns - 1):
        x = (column + 0.5) * values_a_column
        index = int(x)
        if index + 1 >= len(heights):
            return
        crossing = heights[index] + (x - index) * (heights[index + 1] - heights[index])
        if crossing == crossing:
            for side in (column, column + 1):
                low[side] = min(low[side], crossing)
                high[side] = max(high[side], crossing)


def _filled(low: float, high: float) -> int:
    """The bits between two heights; a stretch that holds no whole row becomes the nearest one."""
    if low > high:
        return 0
    first, last = math.ceil(low), math.floor(high)
    if first > last:
        first = last = round((low + high) / 2)
    return ((1 << (last - first + 1)) - 1) << first


def stippled(low: Sequence[float], high: Sequence[float], x_end: float, num_columns: int) -> Columns:
    """The dots of a band: every second row of every second column between its two edges."""
    edges = zip(columns_of(low, x_end, num_columns), columns_of(high, x_end, num_columns), strict=True)
    return [_between(bottom | top) & _STIPPLE[column % 4] for column, (bottom, top) in enumerate(edges)]


def _between(mask: int) -> int:
    return ((1 << mask.bit_length()) - 1) & -(mask & -mask) if mask else 0


_STIPPLE = (int("5" * 256, 16), 0, int("A" * 256, 16), 0)


def braille_cells(columns: Columns) -> dict[tuple[int, int], int]:
    """The dots gathered into cells of 2 by 4: (row, column) -> braille pattern."""
    cells: dict[tuple[int, int], int] = {}
    for x in range(0, len(columns) - 1, 2):
        left, right = columns[x], columns[x + 1]
        both = left | right
        if both:
            first, end = _lowest_bit(both) // 4, (both.bit_length() + 3) // 4
            for row in range(first, end):
                pattern = _LEFT[left >> 4 * row & 15] | _RIGHT[right >> 4 * row & 15]
                if pattern:
                    cells[row, x // 2] = pattern
    return cells


def plain_cells(columns: Columns) -> dict[tuple[int, int], int]:
    """The same for one dot a cell; every pattern is 1."""
    return {
        (row, x): 1
        for x, column in enumerate(columns)
        if column
        for row in range(_lowest_bit(column), column.bit_length())
        if column >> row & 1
    }


def _lowest_bit(mask: int) -> int:
    return (mask & -mask).bit_length() - 1

"""One-row sparklines for tables, with NaN as a mark of its own."""

import math
from collections.abc import Sequence
from itertools import pairwise

from ssp_tui.charts.axis import Range
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Span


def draw_sparkline(
    values: Sequence[float],
    width: int,
    glyphs: Glyphs,
    role: Role = Role.VALIDATION,
    covered: Range | None = None,
) -> Row:
    """The whole history in exactly `width` cells: means of equal shares, a mark where one holds a NaN."""
    if width <= 0:
        return ()
    finite = [value for value in values if math.isfinite(value)]
    if covered is None:
        covered = Range(min(finite), max(finite)) if finite else Range(0, 1)
    spans: list[Span] = []
    for chunk in _shares(values, width):
        text, cell_role = _cell(chunk, covered, glyphs, role)
        if spans and spans[-1].role is cell_role:
            text = spans.pop().text + text
        spans.append(Span(text, cell_role))
    missing = width - sum(len(span.text) for span in spans)
    return (*spans, Span(" " * missing, Role.BLANK)) if missing else tuple(spans)


def _shares(values: Sequence[float], most: int) -> list[Sequence[float]]:
    """The values cut into at most so many stretches of nearly equal length."""
    num_shares = min(most, len(values))
    borders = [len(values) * i // num_shares for i in range(num_shares + 1)] if num_shares else []
    return [values[start:end] for start, end in pairwise(borders)]


def _cell(chunk: Sequence[float], covered: Range, glyphs: Glyphs, role: Role) -> tuple[str, Role]:
    if any(map(math.isnan, chunk)):
        return glyphs.nan, Role.NAN
    if any(map(math.isinf, chunk)):
        return glyphs.infinite, Role.NULL_STEP
    steps = glyphs.rising[1:]
    low, high = covered.low / 2, covered.high / 2  # halves: neither sum nor span of the largest floats is one
    middle = sum(value / (2 * len(chunk)) for value in chunk)
    place = (middle - low) / (high - low) if high > low else 0.5
    return steps[max(0, min(len(steps) - 1, int(place * len(steps))))], role

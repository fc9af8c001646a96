"""Legends of several wordings: the first that fits, on one row or on two."""

from collections.abc import Sequence

from ssp_tui.charts.rows import Row, width_of

LegendRows = tuple[tuple[Row, ...], ...]
"""The entries of each row of a legend."""

ROOMY = 16
"""Rows of a chart that can spare a second one for full words."""

_GAP = 2
"""Cells between two entries."""


def legend_rows(
    wordings: Sequence[Sequence[Row]], width: int, most_rows: int, is_roomy: bool = False
) -> LegendRows:
    """The first wording that fits on the fewest rows; where rows abound, the first that fits at all.

    If none fits, the last one, to be cut.
    """
    if not most_rows or not wordings[-1]:
        return ()
    every = [_packed(entries, width) for entries in wordings]
    fitting = [rows for rows in every if len(rows) <= most_rows and all(_width(row) <= width for row in rows)]
    if fitting:
        return fitting[0] if is_roomy else min(fitting, key=len)
    packed = every[-1]
    rest = [entry for row in packed[most_rows - 1 :] for entry in row]
    return (*packed[: most_rows - 1], tuple(rest))


def _packed(entries: Sequence[Row], width: int) -> LegendRows:
    rows: list[tuple[Row, ...]] = []
    for entry in entries:
        if rows and _width((*rows[-1], entry)) <= width:
            rows[-1] = (*rows[-1], entry)
        else:
            rows.append((entry,))
    return tuple(rows)


def _width(entries: Sequence[Row]) -> int:
    return sum(map(width_of, entries)) + _GAP * (len(entries) - 1)

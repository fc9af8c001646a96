"""A table of a report as values, and the same as Markdown and CSV."""

import csv
import dataclasses
import io
import math
from collections.abc import Sequence
from enum import Enum

from engine.analyse.outcomes import Spread
from ssp_tui import wording

Value = str | int | float | Spread | None


class Kind(Enum):
    """What a column holds, and so how it is written."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"
    """A fraction, shown as a percentage."""
    POINTS = "points"
    """A difference of fractions, shown in percentage points."""
    SPREAD = "spread"
    """A mean of fractions with its deviation over seeds."""
    GAP = "gap"
    """A mean of differences of fractions, in percentage points, with its deviation over seeds."""
    NUMBER = "number"


SPREADS = (Kind.SPREAD, Kind.GAP)


@dataclasses.dataclass(frozen=True)
class Column:
    """One column."""

    head: str
    kind: Kind = Kind.PERCENT


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of values under typed columns; every text is clean, every error a fraction, None is missing."""

    stem: str
    """What its files are called."""
    title: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def texts(self) -> list[list[str]]:
        """Every cell as people read it."""
        return [
            [cell_text(value, column.kind) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


def cell_text(value: Value, kind: Kind) -> str:
    """A value as its column writes it; a dash where there is none."""
    if value is None:
        return wording.ABSENT
    if isinstance(value, Spread):
        mean = wording.points(value.mean) if kind is Kind.GAP else wording.percent(value.mean)
        return mean if value.deviation is None else f"{mean} {wording.deviation(value.deviation)}"
    if isinstance(value, str):
        return value
    if kind is Kind.PERCENT:
        return wording.percent(value)
    if kind is Kind.POINTS:
        return wording.points(value)
    return wording.count(value) if isinstance(value, int) else wording.number(value)


def markdown(table: Table) -> str:
    """The table with its title and notes, in GitHub's Markdown."""
    marks = ["---" if column.kind is Kind.TEXT else "---:" for column in table.columns]
    lines = [f"## {markdown_text(table.title)}", ""]
    lines += [_markdown_row([column.head for column in table.columns]), "|" + "|".join(marks) + "|"]
    lines += [_markdown_row(row) for row in table.texts()]
    return "\n".join([*lines, "", *(f"{markdown_text(note)}  " for note in table.notes), ""])


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(markdown_text, cells)) + " |"


def markdown_text(text: str) -> str:
    """Text that Markdown takes as it is, whatever is in it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    for mark in "|*_`[]#":
        text = text.replace(mark, "\\" + mark)
    return text


def comma_separated(table: Table) -> str:
    """The raw numbers: fractions, a spread as two columns, nothing where nothing is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads: list[str] = []
    for column in table.columns:
        heads += [column.head, f"{column.head} deviation"] if column.kind in SPREADS else [column.head]
    writer.writerow(heads)
    for row in table.rows:
        cells: list[str] = []
        for value, column in zip(row, table.columns, strict=True):
            cells += _raw(value, column.kind)
        writer.writerow(cells)
    return out.getvalue()


def _raw(value: Value, kind: Kind) -> list[str]:
    if kind in SPREADS:
        if not isinstance(value, Spread):
            return ["", ""]
        return [repr(value.mean), "" if value.deviation is None else repr(value.deviation)]
    if isinstance(value, str) and value[:1] in "=+-@\t\r":
        return [f"'{value}"]  # a spreadsheet must not take somebody's name for a formula
    return ["" if value is None else value if isinstance(value, str) else repr(value)]


def difference(ours: Spread | None, theirs: float | None) -> float | None:
    """Our mean minus theirs; None when one of them is missing."""
    if ours is None or theirs is None or not math.isfinite(ours.mean):
        return None
    return ours.mean - theirs

"""A table of a report as values, and the same as Markdown, CSV and LaTeX."""

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
    lines = [f"## {_markdown_text(table.title)}", ""]
    lines += [_markdown_row([column.head for column in table.columns]), "|" + "|".join(marks) + "|"]
    lines += [_markdown_row(row) for row in table.texts()]
    return "\n".join([*lines, "", *(f"{_markdown_text(note)}  " for note in table.notes), ""])


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_markdown_text, cells)) + " |"


def _markdown_text(text: str) -> str:
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


def latex(table: Table) -> str:
    """A `table` environment for the booktabs package."""
    form = "".join("l" if column.kind is Kind.TEXT else "r" for column in table.columns)
    lines = [
        "% needs \\usepackage{booktabs}",
        "\\begin{table}",
        "\\centering",
        "\\footnotesize",
        f"\\caption{{{_latex_text(' '.join((table.title + '.', *table.notes)))}}}",
        f"\\label{{tab:{table.stem}}}",
        f"\\begin{{tabular}}{{{form}}}",
        "\\toprule",
        _latex_row([column.head for column in table.columns]),
        "\\midrule",
    ]
    lines += [_latex_row(row) for row in table.texts()]
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", "\\end{table}", ""])


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join("--" if cell == wording.ABSENT else _latex_text(cell) for cell in cells) + r" \\"


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "±": r"$\pm$", "∅": r"$\emptyset$",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def _latex_text(text: str) -> str:
    """Text that LaTeX takes as it is; a character it may not know is left out by its code."""
    return "".join(
        _LATEX.get(character) or (character if character.isascii() else f"[U+{ord(character):04X}]")
        for character in text
    )


def difference(ours: Spread | None, theirs: float | None) -> float | None:
    """Our mean minus theirs; None when one of them is missing."""
    if ours is None or theirs is None or not math.isfinite(ours.mean):
        return None
    return ours.mean - theirs

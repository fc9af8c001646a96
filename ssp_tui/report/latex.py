"""A report's table in LaTeX: shrunk to the line where it is wide, over several pages where it is long."""

import re
from collections.abc import Sequence

from ssp_tui import wording
from ssp_tui.report.table import Kind, Table

WIDEST = 95
"""Characters of a row that fit a page's line in footnote size."""

_WORDS = re.compile(r"[ -]")

LONGEST = 45
"""Rows that fit a page in footnote size."""


def latex(table: Table) -> str:
    """A `table`, or a `longtable` of more rows than a page takes; the packages it needs stand above it."""
    rows = [[column.head for column in table.columns], *table.texts()]
    return _over_pages(table, rows) if len(rows) > LONGEST else _on_a_page(table, rows)


def _on_a_page(table: Table, rows: Sequence[Sequence[str]]) -> str:
    is_wide = sum(max(map(len, cells)) + 2 for cells in zip(*rows, strict=True)) > WIDEST
    form = "".join("l" if column.kind is Kind.TEXT else "r" for column in table.columns)
    begin, end = f"\\begin{{tabular}}{{{form}}}", "\\end{tabular}"
    if is_wide:
        begin, end = f"\\resizebox{{\\linewidth}}{{!}}{{{begin}", f"{end}}}"
    lines = [
        f"% needs \\usepackage{{booktabs{',graphicx' if is_wide else ''}}}",
        "\\begin{table}",
        "\\centering",
        "\\footnotesize",
        f"\\caption{{{_caption(table)}}}",
        f"\\label{{tab:{table.stem}}}",
        begin,
        "\\toprule",
        _latex_row(rows[0]),
        "\\midrule",
    ]
    lines += map(_latex_row, rows[1:])
    return "\n".join([*lines, "\\bottomrule", end, "\\end{table}", ""])


def _over_pages(table: Table, rows: Sequence[Sequence[str]]) -> str:
    """Columns share the line by their longest words, and wrap within it."""
    lengths = [
        max(len(word) for cell in cells for word in _WORDS.split(cell)) for cells in zip(*rows, strict=True)
    ]
    form = "".join(
        f">{{\\ragged{'right' if column.kind is Kind.TEXT else 'left'}\\arraybackslash}}"
        f"p{{{0.9 * length / sum(lengths):.3f}\\linewidth}}"
        for column, length in zip(table.columns, lengths, strict=True)
    )
    lines = [
        "% needs \\usepackage{booktabs,longtable,array}",
        "\\begingroup\\tiny\\setlength{\\tabcolsep}{2pt}",
        f"\\begin{{longtable}}{{{form}}}",
        f"\\caption{{{_caption(table)}}}\\label{{tab:{table.stem}}}\\\\",
        "\\toprule",
        _latex_row(rows[0]),
        "\\midrule",
        "\\endhead",
    ]
    lines += map(_latex_row, rows[1:])
    return "\n".join([*lines, "\\bottomrule", "\\end{longtable}", "\\endgroup", ""])


def _caption(table: Table) -> str:
    return _latex_text(" ".join((table.title + ".", *table.notes)))


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

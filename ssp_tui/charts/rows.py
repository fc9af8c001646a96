"""Rows of spans, the form in which every chart is handed to the screen."""

from typing import NamedTuple

from rich.cells import cell_len

from ssp_tui.charts.roles import Role


class Span(NamedTuple):
    """A piece of text with one meaning."""

    text: str
    role: Role


Row = tuple[Span, ...]
Rows = tuple[Row, ...]


def cells_of(text: str) -> list[str]:
    """One entry a terminal cell: a wide character is followed by "", a combining mark joins its base."""
    if text.isascii():
        return list(text)
    cells: list[str] = []
    for character in text:
        width = cell_len(character)
        if width:
            cells += [character, *[""] * (width - 1)]
        elif cells:
            cells[-1 if cells[-1] else -2] += character
    return cells


def text_of(row: Row) -> str:
    """The row as plain text."""
    return "".join(span.text for span in row)


def width_of(row: Row) -> int:
    """The cells the row takes in a terminal."""
    return sum(cell_len(span.text) for span in row)


def fitted(text: str, width: int, ellipsis: str) -> str:
    """The text in exactly `width` cells: padded on the right, or cut and ended with the ellipsis."""
    cells = cells_of(text)
    if len(cells) <= width:
        return text + " " * (width - len(cells))
    if width <= 0:
        return ""
    kept = cells[: width - 1]
    if cells[width - 1] == "":
        kept[-1] = " "
    return "".join(kept) + ellipsis

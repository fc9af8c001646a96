"""Lines of a label, a value and a note, under headings on a rule."""

from collections.abc import Iterable
from enum import StrEnum

from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of, fitted
from ssp_tui.theme import Tone

Piece = tuple[str, StrEnum]
Line = list[Piece]
Block = list[Line]

LABEL_WIDTH = 17


def heading(title: str, width: int, glyphs: Glyphs, note: str = "") -> Line:
    """A title on a rule, with a note at the right."""
    room = width - len(title) - 1
    note = f" {note}" if note and len(note) + 1 < room else ""
    return [
        (f"{title} ", Tone.TITLE),
        (glyphs.horizontal * max(0, room - len(note)), Tone.RULE),
        (note, Role.MUTED),
    ]


def entry(label: str, value: str, note: str = "", role: StrEnum = Tone.STRONG) -> Line:
    """A label, a value and what to make of it."""
    return [(label.ljust(LABEL_WIDTH), Role.MUTED), (value, role), (f"  {note}" if note else "", Role.MUTED)]


def fitting(lines: Iterable[Line], width: int, glyphs: Glyphs) -> Block:
    """The lines in `width` cells: a note that does not fit whole is left out, the rest is cut."""
    return [cut(_without_note(line, width), width, glyphs.ellipsis) for line in lines]


def _without_note(line: Line, width: int) -> Line:
    is_wide = sum(len(cells_of(text)) for text, _ in line) > width
    return line[:2] if is_wide and len(line) == 3 and line[2][1] is Role.MUTED else line


def cut(line: Line, width: int, ellipsis: str) -> Line:
    """The line in at most `width` cells."""
    pieces: Line = []
    for text, role in line:
        cells = len(cells_of(text))
        if cells > width:
            return [*pieces, (fitted(text, width, ellipsis), role)] if width > 0 else pieces
        pieces.append((text, role))
        width -= cells
    return pieces

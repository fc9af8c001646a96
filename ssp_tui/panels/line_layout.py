"""Lines in a given width: framed, padded, wrapped, and figures beside their labels."""

import textwrap
from collections.abc import Sequence
from enum import StrEnum

from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of
from ssp_tui.drawn import Line, Lines
from ssp_tui.theme import Tone

Piece = tuple[str, StrEnum]


def framed(
    body: Lines, width: int, height: int, title: str, note: Sequence[Piece], is_lit: bool, glyphs: Glyphs
) -> Lines:
    """The body with a frame around it, the title and the note in its upper edge."""
    left_top, right_top, left_bottom, right_bottom = "╭╮╰╯" if glyphs.braille else "++++"
    edge, side = glyphs.horizontal, glyphs.vertical
    role = Tone.RULE_FOCUSED if is_lit else Tone.RULE
    title_role = Tone.TITLE_FOCUSED if is_lit else Tone.TITLE
    note_width = sum(len(cells_of(text)) for text, _ in note)
    rest = width - len(title) - note_width - (8 if note else 5)
    if rest < 1:
        note, rest = (), width - len(title) - 5
    upper: Line = [
        (f"{left_top}{edge} ", role),
        (title, title_role),
        (" " + edge * rest, role),
        *([(" ", role), *note, (f" {edge}", role)] if note else []),
        (right_top, role),
    ]
    lines: list[Line] = [upper]
    for y in range(height - 2):
        line = padded(body[y] if y < len(body) else (), width - 4)
        lines.append([(f"{side} ", role), *line, (f" {side}", role)])
    lines.append([(left_bottom + edge * (width - 2) + right_bottom, role)])
    return lines


def padded(line: Line, width: int) -> Line:
    """The line in exactly `width` cells: blanks behind it, or cut."""
    used, kept = 0, list[Piece]()
    for text, role in line:
        cells = cells_of(text)
        if used + len(cells) > width:
            cells = cells[: width - used]
            text = "".join(cells)
        kept.append((text, role))
        used += len(cells)
        if used >= width:
            return kept
    return [*kept, (" " * (width - used), Role.BLANK)]


def fields(*pairs: tuple[str, str, StrEnum] | None, gap: int = 3) -> list[Piece]:
    """Labels and their figures on one line, as `label figure   label figure`."""
    line: list[Piece] = []
    for pair in pairs:
        if pair is None:
            continue
        label, figure, role = pair
        if line:
            line.append((" " * gap, Role.BLANK))
        line += [(f"{label} ", Role.MUTED), (figure, role)]
    return line


def wrapped(text: str, width: int, role: StrEnum) -> list[Line]:
    """Words on as many lines as they need; a word longer than a line goes on in the next."""
    lines = textwrap.wrap(" ".join(text.split()), max(1, width), break_on_hyphens=False)
    return [[(line, role)] for line in lines or [""]]

"""The form as lines: marks, labels, values, each operation's share, and a line that explains."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum

from ssp_tui import wording
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of, fitted
from ssp_tui.cleaning import clean
from ssp_tui.compose.field import IN_OR_OUT, Field, FormRow, Kind
from ssp_tui.compose.lines import Line, cut
from ssp_tui.theme import Tone

_LABEL_WIDTH = 20
_FIRST_WIDTH, _WIDE_FIRST_WIDTH = 10, 12
_SHARE_WIDTH = 9
_WIDE = 56
"""Cells from which parameters have their whole names."""


@dataclasses.dataclass(frozen=True)
class FormView:
    """What a form's drawing needs beside its rows."""

    rows: tuple[FormRow, ...]
    cursor: str
    """The key of the field the cursor stands on."""
    edited: str | None
    """The text being typed into it."""
    refusals: Mapping[str, str]
    shares: tuple[float, ...] = ()
    """Of each slot of the space; empty while the draft is refused."""
    picks: tuple[tuple[str, str], ...] = ()
    """The keys of the paper's sets, and their names."""
    top: int = 0
    """The first row in sight."""
    toggle: str = "space"
    """The key that takes an operation in or out, as it is printed."""


def draw_form(view: FormView, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The rows in sight."""
    return [_row_line(row, view, width, glyphs) for row in view.rows[view.top : view.top + height]]


def explanation(view: FormView) -> tuple[str, StrEnum]:
    """What the cursor's field is, or what is wrong with it, or elsewhere in the form; clean."""
    wrong = view.refusals.get(view.cursor) or view.refusals.get("")
    if wrong:
        return f"! {clean(wrong)}", Tone.BAD
    if view.refusals:
        field, why = next(iter(view.refusals.items()))
        return f"! {field}: {clean(why)}", Tone.BAD
    fields = [field for row in view.rows for field in row.fields if field.key == view.cursor]
    hint = fields[0].hint if fields else ""
    return hint.replace(IN_OR_OUT, f"{view.toggle} {IN_OR_OUT}"), Role.MUTED


def row_of(rows: tuple[FormRow, ...], key: str) -> int:
    """The row a field stands in; 0 when there is none."""
    return next((i for i, row in enumerate(rows) if any(field.key == key for field in row.fields)), 0)


def _row_line(row: FormRow, view: FormView, width: int, glyphs: Glyphs) -> Line:
    if not row.fields:
        return _heading(row.label, view, width, glyphs)
    is_current = any(field.key == view.cursor for field in row.fields)
    line: Line = [((">" if not glyphs.braille else "▸") + " " if is_current else "  ", Tone.KEY)]
    line += _label(row, is_current, glyphs)
    for field in row.fields:
        line += _field(field, row, view, width, glyphs)
    used = sum(len(cells_of(text)) for text, _ in line)
    if row.aside and used + len(row.aside) <= width and width >= _WIDE:
        line.append((row.aside, Role.MUTED))
    if row.slot is not None and row.slot < len(view.shares) and used + _SHARE_WIDTH <= width:
        share = wording.percent(view.shares[row.slot]).rjust(width - used)
        line.append((share, Role.POISONED if row.mark == "poison" else Role.CLEAN))
    return cut(line, width, glyphs.ellipsis)


def _heading(label: str, view: FormView, width: int, glyphs: Glyphs) -> Line:
    line: Line = [(label + " ", Tone.TITLE)]
    if label == "Poison":
        room = width - len(label)
        for key, name in view.picks:
            room -= len(key) + len(name) + 2
            line += [(key, Tone.KEY), (f" {name} ", Tone.KEY_LABEL)] if room >= 0 else []
    used = sum(len(text) for text, _ in line)
    return cut([*line, (glyphs.horizontal * max(0, width - used), Tone.RULE)], width, glyphs.ellipsis)


def _label(row: FormRow, is_current: bool, glyphs: Glyphs) -> Line:
    label = fitted(row.label, _LABEL_WIDTH - (4 if row.mark else 0), glyphs.ellipsis)
    if not row.mark:
        return [(label, Tone.STRONG if is_current else Role.TEXT)]
    glyph = glyphs.poisoned if row.mark == "poison" else glyphs.clean
    meaning = Role.POISONED if row.mark == "poison" else Role.CLEAN
    box = (f"[{glyph if row.is_on else ' '}] ", meaning if row.is_on else Role.MUTED)
    return [box, (label, Tone.STRONG if is_current else Role.TEXT if row.is_on else Role.MUTED)]


def _field(field: Field, row: FormRow, view: FormView, width: int, glyphs: Glyphs) -> Line:
    if field.kind is Kind.TOGGLE:
        return []
    name = field.name if width >= _WIDE else field.name[:1]
    pieces: Line = [(name, Role.MUTED)] if name else []
    text, role = clean(field.text, 60), Role.TEXT if row.is_on or not row.mark else Role.MUTED
    if field.key == view.cursor and view.edited is not None:
        pieces.append((f"[{clean(view.edited, 100)}_]", Tone.KEY))
    elif field.key in view.refusals:
        pieces.append((f"!{text or ' '} ", Tone.BAD))
    elif field.key == view.cursor:
        opening, closing = ("‹", "›") if glyphs.braille else ("<", ">")
        pieces.append((f"{opening}{text}{closing}", Tone.KEY))
    else:
        pieces.append((f" {text} ", Tone.STRONG if field.kind is Kind.BUTTON else role))
    used = sum(len(cells_of(text)) for text, _ in pieces)
    first_width = _WIDE_FIRST_WIDTH if width >= _WIDE and not row.mark else _FIRST_WIDTH
    padding = max(1, (0 if field.name else first_width) - used)
    return [*pieces, (" " * padding, Role.BLANK)]

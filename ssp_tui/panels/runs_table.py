"""The list of runs as rows of text: which columns fit a width, and what stands in them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ssp_tui import wording
from ssp_tui.charts.axis import Range
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of, fitted
from ssp_tui.charts.sparkline import draw_sparkline
from ssp_tui.cleaning import clean
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from engine.process.listing import RunRow

Piece = tuple[str, StrEnum]
Cell = list[Piece]


FINAL_MARK = " final"
"""At a derived run: its errors are from scratch, those of all others are a search's."""


@dataclass(frozen=True)
class Column:
    """One column of the table."""

    name: str
    """Its name when sorting."""
    head: str
    width: int
    """0 takes what is left."""
    cell: Callable[[RunRow, int, Glyphs], Cell]
    right: bool = False
    least_width: int = 0
    """The table's width from which the column is shown."""
    sort_key: Callable[[RunRow], object] | None = None
    """None when it cannot be sorted by."""


def _state(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    words = wording.STATES[row.status.state]
    glyph = words.glyph if glyphs.braille else words.ascii_glyph
    return [(f"{glyph} {words.word}"[:width], Role(row.status.state))]


def _run(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    """The id; its beginning, the preset's name, stands out where it is whole."""
    if not row.derived_of:
        text, start = fitted(clean(row.run_id), width, glyphs.ellipsis), clean(row.name)
        if start and text.startswith(f"{start}-"):
            return [(start, Role.TEXT), (text[len(start) :], Role.MUTED)]
        return [(text, Role.TEXT)]
    room = max(1, width - len(FINAL_MARK))
    return [(fitted(clean(row.run_id), room, glyphs.ellipsis), Role.TEXT), (FINAL_MARK, Tone.STRONG)]


def _preset(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    return [(fitted(clean(row.name), width, glyphs.ellipsis), Role.MUTED)]


def _epoch(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    del width, glyphs
    return [(f"{row.num_epochs_done}", Role.TEXT), (f"/{row.epochs}", Role.MUTED)]


def _val(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    del width, glyphs
    return [(wording.percent(row.summary.val_error), _error_role(row.summary.val_error, Role.VALIDATION))]


def _test(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    del width, glyphs
    return [(wording.percent(row.summary.test_error), _error_role(row.summary.test_error, Role.TEST))]


def _error_role(error: float | None, role: Role) -> Role:
    return Role.MUTED if error is None else role


def _history(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    values = row.recent_val_errors or ()
    return list(draw_sparkline(values, width, glyphs, Role.VALIDATION_RAW, Range(0.0, 1.0)))


def _nan(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    del width
    share = row.summary.nan_parameter_share
    return [(f"{glyphs.nan}{wording.share(share)}", Role.NAN)] if share else [("", Role.BLANK)]


def _eta(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    text = wording.duration(row.eta_seconds)
    return [("" if text == wording.ABSENT else fitted(text, width, glyphs.ellipsis).strip(), Role.TEXT)]


def _device(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    where = clean(row.status.elsewhere, 40) or clean(row.summary.device, 40)
    return [(fitted(where, width, glyphs.ellipsis), Role.MUTED)]


def _dataset(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    return [(fitted(clean(row.dataset), width, glyphs.ellipsis), Role.MUTED)]


def _created(row: RunRow, width: int, glyphs: Glyphs) -> Cell:
    del width, glyphs
    return [(time.strftime("%m-%d %H:%M", time.localtime(row.created_time)), Role.MUTED)]


def _missing_last(value: float | None) -> tuple[bool, float]:
    return (value is None, value or 0.0)


COLUMNS = (
    Column("state", "STATE", 10, _state, sort_key=lambda row: row.status.state),
    Column("run", "RUN", 0, _run, sort_key=lambda row: row.run_id),
    Column("preset", "PRESET", 18, _preset, least_width=150, sort_key=lambda row: row.name),
    Column("dataset", "DATA", 10, _dataset, least_width=140, sort_key=lambda row: row.dataset),
    Column("epoch", "EPOCH", 9, _epoch, right=True, sort_key=lambda row: row.num_epochs_done),
    Column("val", "VAL", 8, _val, True, 50, lambda row: _missing_last(row.summary.val_error)),
    Column("test", "TEST", 8, _test, True, 60, lambda row: _missing_last(row.summary.test_error)),
    Column("history", "LAST ERRORS", 12, _history, least_width=100),
    Column("nan", "NaN", 5, _nan, True, 40, lambda row: row.summary.nan_parameter_share),
    Column("eta", "ETA", 11, _eta, True, 84, lambda row: _missing_last(row.eta_seconds)),
    Column("device", "DEVICE", 8, _device, least_width=110, sort_key=lambda row: row.summary.device),
    Column("created", "CREATED", 11, _created, least_width=128, sort_key=lambda row: row.created_time),
)

SORTABLE = tuple(column.name for column in COLUMNS if column.sort_key)

LONGEST_ID = 42
"""Cells of the longest id that other columns make room for."""

RUN_HEAD = "RUN: PRESET, SEED, DATE"
"""What an id is made of, said where no column of their own has the presets."""

_GAP = 2
_LEFT = 3
"""The mark of selection, with air around it."""


_GIVING_WAY = ("created", "device", "dataset", "preset", "history", "eta", "test", "nan", "epoch", "val")
"""Columns in the order in which they make room for the ids of runs."""


class Room(NamedTuple):
    """What the rows of a table need."""

    run: int = 0
    """Cells of the longest id."""
    epoch: int = 9
    """Cells of the longest count of epochs."""


def room_for(rows: Sequence[RunRow]) -> Room:
    """What these rows need; an id longer than `LONGEST_ID` is cut where there is no room."""
    run = max((len(row.run_id) for row in rows), default=0)
    epoch = max((len(f"{row.num_epochs_done}/{row.epochs}") for row in rows), default=0)
    return Room(min(run, LONGEST_ID), max(len("EPOCH "), min(epoch, 9)))


@functools.lru_cache(64)
def columns_for(width: int, room: Room) -> tuple[tuple[Column, int], ...]:
    """The columns that fit beside whole ids, each with its width in cells."""
    every = {column.name: column.width for column in COLUMNS if width >= column.least_width}
    every["epoch"] = room.epoch
    left = width - _LEFT - _GAP - room.run - sum(every[name] + _GAP for name in every if name != "run")
    gone: list[str] = []
    for name in _GIVING_WAY:
        if left < 0 and name in every:
            left += every[name] + _GAP
            gone.append(name)
    for name in reversed(gone):  # the last one to go may have left room for an earlier one
        if left >= every[name] + _GAP:
            left -= every[name] + _GAP
            gone.remove(name)
    widths = {name: cells for name, cells in every.items() if name not in gone}
    widths["run"] = max(1, room.run + left)
    return tuple((column, widths[column.name]) for column in COLUMNS if column.name in widths)


def draw_head(width: int, sort: str, is_reversed: bool, glyphs: Glyphs, room: Room) -> list[Piece]:
    """The names of the columns, the sorted one with its direction."""
    line: list[Piece] = [(" " * _LEFT, Role.BLANK)]
    columns = columns_for(width, room)
    has_presets = any(column.name == "preset" for column, _ in columns)
    for column, cells in columns:
        is_sorted = column.name == sort
        is_long = column.name == "run" and not has_presets and cells > len(RUN_HEAD)
        arrow = ("" if not is_sorted else "▾" if is_reversed else "▴") if glyphs.braille else ""
        arrow = arrow or ("" if not is_sorted else "v" if is_reversed else "^")
        text = ((RUN_HEAD if is_long else column.head) + arrow)[:cells]
        text = text.rjust(cells) if column.right else text.ljust(cells)
        line.append((text + " " * _GAP, Tone.COLUMN_SORTED if is_sorted else Tone.COLUMN))
    return line


def order_in_words(width: int, sort: str, is_reversed: bool, room: Room) -> str:
    """What the rows are sorted by, where nobody would expect it and no column shown says so."""
    is_usual = (sort, is_reversed) == ("created", True)
    if is_usual or any(column.name == sort for column, _ in columns_for(width, room)):
        return ""
    ends = ("newest first", "oldest first") if sort == "created" else ("descending", "ascending")
    return f"by {sort}, {ends[not is_reversed]}"


def draw_row(row: RunRow, width: int, is_marked: bool, glyphs: Glyphs, room: Room) -> list[Piece]:
    """One run in one line."""
    mark = glyphs.clean if is_marked else " "
    line: list[Piece] = [(f" {mark} ", Tone.MARKED)]
    for column, cells in columns_for(width, room):
        cell = column.cell(row, cells, glyphs)
        pad = " " * max(0, cells - sum(len(cells_of(text)) for text, _ in cell))
        if column.right:
            line += [(pad, Role.BLANK), *cell, (" " * _GAP, Role.BLANK)]
        else:
            line += [*cell, (pad + " " * _GAP, Role.BLANK)]
    return [piece for piece in line if piece[0]]


def sort_rows(rows: Sequence[RunRow], sort: str, is_reversed: bool) -> list[RunRow]:
    """The rows in order; runs that sort alike stay oldest first, or newest when reversed."""
    key = next(column.sort_key for column in COLUMNS if column.name == sort)
    assert key is not None
    return sorted(rows, key=key, reverse=is_reversed)  # type: ignore[arg-type]

"""The table of presets as lines: which columns fit a width, and what stands in them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from engine.plan.config import RunConfig
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.compose.lines import Line
from ssp_tui.preset_table import cells
from ssp_tui.preset_table.entries import PresetEntry, Progress
from ssp_tui.theme import Tone

Cell = tuple[str, StrEnum]


@dataclass(frozen=True)
class Column:
    """One column; its cell gets the preset, what this home has of it, the cell's width and the glyphs."""

    head: str
    width: int
    cell: Callable[[PresetEntry, RunConfig, Progress, int, Glyphs], Line]
    least_width: int = 0
    """The table's width from which it is shown."""
    right: bool = True


def columns_for(width: int) -> list[tuple[Column, int]]:
    """The columns that fit, with their widths; the bar takes what is left."""
    shown = [column for column in COLUMNS if width >= column.least_width]
    used = 4 + sum(column.width + len(_gap(width)) for column in shown if column.width)
    rest = max(0, width - used)
    return [(column, column.width or rest) for column in shown]


def _gap(width: int) -> str:
    return "  " if width >= 90 else " "


def draw_head(width: int, glyphs: Glyphs) -> Line:
    """The heads of the columns."""
    line: Line = [("    ", Role.BLANK)]
    for column, size in columns_for(width):
        head = column.head.rjust(size) if column.right else fitted(column.head, size, glyphs.ellipsis)
        line.append((head[:size] + _gap(width), Tone.COLUMN))
    return _without_last_gap(line)


def _without_last_gap(line: Line) -> Line:
    text, role = line[-1]
    return [*line[:-1], (text.rstrip(), role)]


def draw_group(title: str, width: int, glyphs: Glyphs) -> Line:
    """A group's title on a rule."""
    return [(f"{title} ", Tone.TITLE), (glyphs.horizontal * max(0, width - len(title) - 1), Tone.RULE)]


def draw_preset(entry: PresetEntry, progress: Progress, marked: bool, width: int, glyphs: Glyphs) -> Line:
    """One preset."""
    tick = ("◆" if glyphs.braille else "*") if marked else " "
    line: Line = [(f"  {tick} ", Tone.MARKED)]
    if entry.config is None:
        name = fitted(entry.name, 18, glyphs.ellipsis)
        return [
            *line,
            (f"{name}  ", Role.MUTED),
            (fitted(entry.refusal, max(0, width - 24), glyphs.ellipsis), Tone.BAD),
        ]
    for column, size in columns_for(width):
        pieces = column.cell(entry, entry.config, progress, size, glyphs)
        used = sum(len(text) for text, _ in pieces)
        padding = (" " * max(0, size - used), Role.BLANK)
        line += [padding, *pieces] if column.right else [*pieces, padding]
        line.append((_gap(width), Role.BLANK))
    return line[:-1]


COLUMNS = (
    Column("PRESET", 19, cells.name_cell, right=False),
    Column("POISON", 13, cells.poison_cell, least_width=60, right=False),
    Column("CARD", 5, cells.cardinality_cell, least_width=150),
    Column("EPOCHS", 6, cells.epochs_cell, least_width=150),
    Column("PAPER VAL", 9, cells.paper_val_cell, least_width=116),
    Column("OURS VAL", 15, cells.our_val_cell, least_width=116),
    Column("PAPER TEST", 10, cells.paper_test_cell),
    Column("OURS TEST", 15, cells.our_test_cell),
    Column("POINTS", 6, cells.difference_cell, least_width=68),
    Column("RUNS", 4, cells.runs_cell, least_width=74),
    Column("TEST ERROR, 0 to 100 %", 0, cells.bar_cell, least_width=150, right=False),
)

"""The policy as a heatmap: one row a layer, one column a slot, poisoned slots marked."""

import math
from dataclasses import dataclass

from ssp_tui import wording
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.heads import MOST_LINES, Heads, heads_for
from ssp_tui.charts.heat import OCTAVES, UNIFORM, UNKNOWN, Levels, exact_level
from ssp_tui.charts.roles import HEAT, Role
from ssp_tui.charts.rows import Row, Rows, Span
from ssp_tui.charts.slots import Columns, Slot, columns_within

_WIDEST = 14
"""Cells a column takes at most."""


@dataclass(frozen=True)
class Heatmap:
    """Levels from `heat_levels`, one row a layer."""

    levels: Levels
    slots: tuple[Slot, ...]
    floor_ratio: float | None = None
    """The least share of poison a perfect controller can reach, relative to uniform."""
    offset: int = 0
    """The first layer shown."""
    empty: str = "waiting for the first policy"


def heatmap_height(heatmap: Heatmap, width: int, glyphs: Glyphs) -> int:
    """The rows in which every layer and every name is shown, and the legend."""
    columns = columns_within(heatmap.slots, width - GUTTER)
    heads = _heads(heatmap, columns, width, MOST_LINES, glyphs)
    return heads.num_lines + len(heatmap.levels) + 1


def draw_heatmap(heatmap: Heatmap, width: int, height: int, glyphs: Glyphs) -> Rows:
    """The heatmap in exactly `height` rows of `width` cells: heads, layers, legend.

    The legend gives way to names that need a second row.
    """
    canvas = Canvas(width, height)
    if not heatmap.levels or not heatmap.slots:
        canvas.put(1, 0, heatmap.empty, Role.MUTED)
        return canvas.rows()
    columns = columns_within(heatmap.slots, canvas.width - GUTTER)
    has_heads, has_legend = canvas.height >= 2, canvas.height >= 4
    spare = canvas.height - len(heatmap.levels) - has_legend
    heads = _heads(heatmap, columns, canvas.width, spare, glyphs)
    if not heads.are_names and has_legend and spare >= 1:
        heads = _heads(heatmap, columns, canvas.width, spare + 1, glyphs)
        has_legend = not heads.are_names
    if has_heads:
        _draw_heads(canvas, heatmap, columns, heads)
    num_heads = heads.num_lines if has_heads else 0
    num_rows = canvas.height - num_heads - has_legend
    shown = range(len(heatmap.levels))[heatmap.offset : heatmap.offset + num_rows]
    for y, layer in enumerate(shown, start=num_heads):
        _draw_layer(canvas, heatmap, columns, layer, y, glyphs)
    if has_legend:
        entries = _legend(heatmap, columns, shown, canvas.width, glyphs)
        canvas.put_entries(GUTTER, canvas.height - 1, entries, glyphs.ellipsis)
    return canvas.rows()


_WIDE = 52
"""Cells from which the legend shows every level and not every second one."""

GUTTER = 3
"""Cells of the layer number and the space after it."""


def _column_width(width: int, columns: Columns) -> int:
    return max(1, min(_WIDEST, (width - GUTTER) // len(columns)))


def _heads(heatmap: Heatmap, columns: Columns, width: int, spare_rows: int, glyphs: Glyphs) -> Heads:
    """On more than one row only where no layer gives way."""
    most_lines = max(1, min(MOST_LINES, spare_rows))
    column_width = _column_width(width, columns)
    return heads_for(heatmap.slots, columns, column_width, width - GUTTER, most_lines, glyphs)


def _draw_heads(canvas: Canvas, heatmap: Heatmap, columns: Columns, heads: Heads) -> None:
    width = _column_width(canvas.width, columns)
    for i, (column, text) in enumerate(zip(columns, heads.texts, strict=True)):
        role = Role.POISONED if heatmap.slots[column[0]].poisoned else Role.CLEAN
        canvas.put(GUTTER + i * width, i % heads.num_lines, text, role)


def _draw_layer(
    canvas: Canvas, heatmap: Heatmap, columns: Columns, layer: int, y: int, glyphs: Glyphs
) -> None:
    canvas.put(0, y, wording.layer(layer).rjust(GUTTER - 1), Role.MUTED)
    width = _column_width(canvas.width, columns)
    shades = _shades(glyphs)
    levels = heatmap.levels[layer]
    for i, column in enumerate(columns):
        level = levels[column[0]] if len(column) == 1 else _mean([levels[slot] for slot in column])
        canvas.fill(GUTTER + i * width, y, width, *shades[level])


def _mean(levels: list[int]) -> int:
    return UNKNOWN if UNKNOWN in levels else round(sum(levels) / len(levels))


def _shades(glyphs: Glyphs) -> list[tuple[str, Role]]:
    """Character and role of each level, and last, at UNKNOWN, of what is no number."""
    known = [(glyphs.shades[_shade(level)], role) for level, role in enumerate(HEAT)]
    return [*known, (glyphs.nan, Role.NAN)]


def _shade(level: int) -> int:
    """Of six shades, the third is uniform's alone: lighter below it and darker above, also without colour."""
    if level <= UNIFORM:
        return 2 * level // UNIFORM
    return 2 + -(-3 * (level - UNIFORM) // (len(HEAT) - 1 - UNIFORM))


def _legend(heatmap: Heatmap, columns: Columns, shown: range, width: int, glyphs: Glyphs) -> list[Row]:
    """The scale with uniform and the floor on it, their names, then what could not be shown."""
    exact = exact_level(math.nan if heatmap.floor_ratio is None else heatmap.floor_ratio)
    floor = None if math.isnan(exact) else min(len(HEAT) - 1, int(exact))
    entries: list[Row] = [_scale(floor, 1 if width >= _WIDE else 2, glyphs)]
    entries.append((Span(f"{glyphs.vertical} uniform", Role.UNIFORM),))
    if floor is not None:
        entries.append((Span(f"{glyphs.floor} floor", Role.FLOOR),))
    return entries + [(Span(note, Role.MUTED),) for note in _notes(heatmap, columns, shown)]


def _scale(floor: int | None, step: int, glyphs: Glyphs) -> Row:
    shades = _shades(glyphs)
    spans = [Span(f"{wording.octaves(2**-OCTAVES)} ", Role.MUTED)]
    for level in range(0, len(HEAT), step):
        if floor is not None and level <= floor < level + step:
            spans.append(Span(glyphs.floor, Role.FLOOR))
        if level == UNIFORM:
            spans.append(Span(glyphs.vertical, Role.UNIFORM))
        spans.append(Span(*shades[level]))
    return (*spans, Span(f" {wording.octaves(2**OCTAVES)}", Role.MUTED))


def _notes(heatmap: Heatmap, columns: Columns, shown: range) -> list[str]:
    notes = []
    if len(columns) < len(heatmap.slots):
        largest = max(len(column) for column in columns)
        notes.append(f"{len(heatmap.slots)} slots, {largest} a column")
    if len(shown) < len(heatmap.levels) and shown:
        last = wording.layer(shown[-1])
        notes.append(f"layers {wording.layer(shown[0])}-{last} of {len(heatmap.levels)}")
    return notes

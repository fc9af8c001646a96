"""The heads over a heatmap's columns: a mark for clean or poisoned, and the slot's name where it fits."""

from dataclasses import dataclass

from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.rows import cells_of
from ssp_tui.charts.slots import Columns, Slot

MOST_LINES = 3
"""Rows that names may be spread over."""


@dataclass(frozen=True)
class Heads:
    """How the names of a heatmap's columns are laid out."""

    num_lines: int
    texts: tuple[str, ...]
    """Mark and name of each column; column i stands on line i % num_lines."""
    are_names: bool
    """Whether there are names, not marks alone."""


@dataclass(frozen=True)
class _Layout:
    num_lines: int
    space: str
    """Between mark and name."""
    gap: int
    """Cells left free before the next head."""
    least: int
    """Letters there must be room for."""

    def rooms(self, num_columns: int, column_width: int, width: int) -> list[int]:
        """Letters there are for each name; the last ones end where the heatmap's room does."""
        taken = 1 + len(self.space)
        room = self.num_lines * column_width - taken - self.gap
        return [min(room, width - i * column_width - taken) for i in range(num_columns)]


def heads_for(
    slots: tuple[Slot, ...],
    columns: Columns,
    column_width: int,
    width: int,
    most_lines: int,
    glyphs: Glyphs,
) -> Heads:
    """The first layout in which every name fits and no two are alike; marks alone if names fit in none."""
    marks = [glyphs.poisoned if slots[column[0]].poisoned else glyphs.clean for column in columns]
    if len(columns) < len(slots):
        return Heads(1, tuple(marks), are_names=False)
    best: Heads | None = None
    num_distinct = 0
    for layout in _layouts(most_lines, glyphs):
        rooms = layout.rooms(len(slots), column_width, width)
        names = _names(slots, rooms) if min(rooms) >= layout.least else None
        if names is None:
            continue
        found = len({(slot.poisoned, name) for slot, name in zip(slots, names, strict=True)})
        if found > num_distinct:
            texts = (f"{mark}{layout.space}{name}" for mark, name in zip(marks, names, strict=True))
            best, num_distinct = Heads(layout.num_lines, tuple(texts), are_names=True), found
    return best or Heads(1, tuple(marks), are_names=False)


def _layouts(most_lines: int, glyphs: Glyphs) -> list[_Layout]:
    """In order of preference; a mark that is a letter stands apart from the name if it can."""
    if glyphs.clean.isalpha():
        return [*(_Layout(lines, " ", 1, 2) for lines in range(1, most_lines + 1)), _Layout(1, "", 1, 2)]
    staggered = [_Layout(lines, "", 1, 2) for lines in range(2, most_lines + 1)]
    return [_Layout(1, " ", 1, 3), _Layout(1, "", 1, 3), _Layout(1, "", 0, 2), *staggered]


def _names(slots: tuple[Slot, ...], rooms: list[int]) -> list[str] | None:
    """The longest form of each name that fits, or nothing if one has none."""
    fitting = [
        [form for form in slot.forms if len(cells_of(form)) <= room]
        for slot, room in zip(slots, rooms, strict=True)
    ]
    return [each[0] for each in fitting] if all(fitting) else None

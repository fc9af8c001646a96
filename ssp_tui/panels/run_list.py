"""The list of runs one moves in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssp_tui.drawn import Line
from ssp_tui.panels.cursor_list import CursorList
from ssp_tui.panels.runs_table import Room, draw_head, draw_row, order_in_words, room_for

if TYPE_CHECKING:
    from engine.process.listing import RunRow


class RunList(CursorList["RunRow"]):
    """Runs as rows of a table; the cursor follows its run wherever the order puts it."""

    DEFAULT_CSS = "RunList { height: 1fr; }"

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.sort = ("created", True)
        self._room = Room()

    def show(self, rows: Sequence[RunRow], is_whole: bool = True) -> None:
        """Show these rows; the cursor stays on its run, or near its place when that is gone.

        While the list still grows, a cursor that nobody moved stays on top.
        """
        before = self.current if is_whole or self.cursor else None
        if before is not None:
            places = {row.run_id: place for place, row in enumerate(rows)}
            self.cursor = places.get(before.run_id, self.cursor)
        self._room = room_for(rows)
        self.lay(rows)

    def draw_head(self, width: int) -> Line:
        """The names of the columns, the sorted one with its direction."""
        return draw_head(width, *self.sort, self.glyphs, self._room)

    @property
    def order(self) -> str:
        """What the rows are sorted by, where no head says so."""
        return order_in_words(self.size.width, *self.sort, self._room)

    def draw_item(self, item: RunRow, width: int) -> Line:
        """One run."""
        return draw_row(item, width, item.run_id in self.marks, self.glyphs, self._room)

"""The list of runs one moves in: a cursor, marks, and a window that follows the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.panels.runs_table import draw_head, draw_row
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from engine.process.listing import RunRow

MOVES = {"up": -1, "k": -1, "down": 1, "j": 1}


class RunList(Drawn, can_focus=True):
    """Draws only the rows in sight, however many there are."""

    DEFAULT_CSS = "RunList { height: 1fr; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("pagedown", "move_page(1)", show=False),
        Binding("home,g", "move_to(0)", show=False),
        Binding("end,G", "move_to(-1)", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another run."""

    class Chosen(Message):
        """The run under the cursor was clicked a second time."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.rows: Sequence[RunRow] = ()
        self.cursor = 0
        self.top = 0
        self.marks: frozenset[str] = frozenset()
        self.sort = ("created", True)
        self.empty: Sequence[tuple[str, StrEnum]] = ()
        """One line each, shown while there is no row."""

    @property
    def current(self) -> RunRow | None:
        """The run under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def show(self, rows: Sequence[RunRow], is_whole: bool = True) -> None:
        """Show these rows; the cursor stays on its run, or near its place when that is gone.

        While the list still grows, a cursor that nobody moved stays on top.
        """
        before = self.current if is_whole or self.cursor else None
        self.rows = rows
        if before is not None:
            places = {row.run_id: place for place, row in enumerate(rows)}
            self.cursor = places.get(before.run_id, self.cursor)
        self._settle()

    def _settle(self) -> None:
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))
        room = max(1, self.size.height - 1)
        self.top = max(0, min(max(self.top, self.cursor - room + 1), self.cursor, len(self.rows) - room))
        self.light_row(1 + self.cursor - self.top if self.rows else None)
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        self._settle()

    def draw(self, width: int, height: int) -> Lines:
        """The heads, the rows in sight, and a scroll bar where not all are."""
        if not self.rows:
            return [[("  " + text, role)] for text, role in self.empty]
        room = height - 1
        has_bar = len(self.rows) > room
        inner = width - has_bar
        lines = [draw_head(inner, *self.sort, self.glyphs)]
        for row in self.rows[self.top : self.top + room]:
            lines.append(draw_row(row, inner, row.run_id in self.marks, self.glyphs))
        if has_bar:
            size = max(1, room * room // len(self.rows))
            start = round(self.top * (room - size) / max(1, len(self.rows) - room))
            for y in range(room):
                is_thumb = start <= y < start + size
                bar = self.glyphs.vertical if not is_thumb else "┃" if self.glyphs.braille else "#"
                lines[y + 1].append((bar, Tone.RULE_FOCUSED if is_thumb else Role.AXIS))
        return lines

    def action_move(self, step: int) -> None:
        """Up or down."""
        self._go(self.cursor + step)

    def action_move_page(self, step: int) -> None:
        """A page up or down."""
        self._go(self.cursor + step * max(1, self.size.height - 2))

    def action_move_to(self, place: int) -> None:
        """To the first or the last."""
        self._go(place % len(self.rows) if self.rows else 0)

    def _go(self, place: int) -> None:
        before, self.cursor = self.cursor, place
        self._settle()
        if self.cursor != before:
            self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; one on the cursor opens the run."""
        place = self.top + event.y - 1
        if event.y < 1 or place >= len(self.rows):
            return
        if place == self.cursor:
            self.post_message(self.Chosen())
        else:
            self._go(place)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self._go(self.cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self._go(self.cursor - 3)

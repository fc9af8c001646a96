"""A long list one moves in: a cursor, marks, and a window that follows the cursor."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from ssp_tui.drawn import Drawn, Line, Lines
from ssp_tui.keys import LIST_KEYS, bindings
from ssp_tui.panels.scroll_bar import with_scroll_bar

Item = TypeVar("Item")


class CursorList(Drawn, Generic[Item], can_focus=True):
    """Draws only the rows in sight, however many items there are; a row is an item, or a title above some.

    Subclasses give `draw_head` and `draw_item`, and `draw_title` if they have titles.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(LIST_KEYS)

    class Moved(Message):
        """The cursor stands on another item."""

    class Chosen(Message):
        """The item under the cursor was clicked a second time."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.items: Sequence[Item] = ()
        self.cursor, self.top = 0, 0
        self.marks: frozenset[str] = frozenset()
        self.empty: Lines = ()
        """Shown while there is no item."""
        self._titles: dict[int, str] = {}

    @property
    def current(self) -> Item | None:
        """The item under the cursor."""
        return self.items[self.cursor] if self.items else None

    def draw_head(self, width: int) -> Line:
        """The names of the columns."""
        raise NotImplementedError

    def draw_item(self, item: Item, width: int) -> Line:
        """One item in one line."""
        raise NotImplementedError

    def draw_title(self, title: str, width: int) -> Line:
        """A title above some items."""
        raise NotImplementedError

    def lay(self, items: Sequence[Item], titles: dict[int, str] | None = None) -> None:
        """Show these items; `titles` stand above the items at these places."""
        self.items, self._titles = items, titles or {}
        self._settle()

    @property
    def _num_rows(self) -> int:
        return len(self.items) + len(self._titles)

    def _row_of(self, place: int) -> int:
        return place + sum(above <= place for above in self._titles)

    def _at_row(self, row: int) -> int | str | None:
        """The place of the item in a row, or the row's title; None beyond the end."""
        place = row
        for below in sorted(self._titles):
            if place == below:
                return self._titles[below]
            if place < below:
                break
            place -= 1
        return place if 0 <= place < len(self.items) else None

    def _settle(self) -> None:
        self.cursor = max(0, min(self.cursor, len(self.items) - 1))
        row, room = self._row_of(self.cursor), max(1, self.size.height - 1)
        # A title just above the cursor comes into sight with it.
        first = row - 1 if self.cursor in self._titles else row
        self.top = max(0, min(max(self.top, row - room + 1), first, self._num_rows - room))
        self.light_row(1 + row - self.top if self.items else None)
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        self._settle()

    def draw(self, width: int, height: int) -> Lines:
        """The heads, the rows in sight, and a scroll bar where not all are."""
        if not self.items:
            return self.empty
        room = height - 1
        has_bar = self._num_rows > room
        inner = width - 2 * has_bar
        lines: list[Line] = [self.draw_head(inner)]
        for row in range(self.top, min(self.top + room, self._num_rows)):
            found = self._at_row(row)
            if isinstance(found, str):
                lines.append(self.draw_title(found, inner))
            elif found is not None:
                lines.append(self.draw_item(self.items[found], inner))
        if not has_bar or room <= 0:
            return lines
        return [lines[0], *with_scroll_bar(lines[1:], inner + 1, self.top, self._num_rows, self.glyphs)]

    def action_move(self, step: int) -> None:
        """Up or down."""
        self._go(self.cursor + step)

    def action_move_page(self, step: int) -> None:
        """A page up or down."""
        self._go(self.cursor + step * max(1, self.size.height - 2))

    def action_move_to(self, place: int) -> None:
        """To the first or the last."""
        self._go(place % len(self.items) if self.items else 0)

    def _go(self, place: int) -> None:
        before, self.cursor = self.cursor, place
        self._settle()
        if self.cursor != before:
            self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; one on the cursor chooses the item."""
        found = self._at_row(self.top + event.y - 1) if event.y > 0 else None
        if found == self.cursor and self.items:
            self.post_message(self.Chosen())
        elif isinstance(found, int):
            self._go(found)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self._go(self.cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self._go(self.cursor - 3)

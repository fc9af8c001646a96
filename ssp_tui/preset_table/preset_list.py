"""The list of presets one moves in, under the titles of the paper's tables."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from ssp_tui.compose.lines import cut
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.preset_table.entries import PresetEntry, Progress
from ssp_tui.preset_table.preset_lines import draw_group, draw_head, draw_preset


class PresetList(Drawn, can_focus=True):
    """Draws the rows in sight; a row is a preset, or a group's title."""

    DEFAULT_CSS = "PresetList { height: 1fr; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home,g", "move(-10000)", show=False),
        Binding("end,G", "move(10000)", show=False),
    ]

    class Chosen(Message):
        """The preset under the cursor was clicked a second time."""

    class Moved(Message):
        """The cursor stands on another preset."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.entries: Sequence[PresetEntry] = ()
        self.progress: Mapping[str, Progress] = {}
        self.marks: frozenset[str] = frozenset()
        self.cursor, self._top = 0, 0
        self._rows: list[int | str] = []

    @property
    def current(self) -> PresetEntry | None:
        """The preset under the cursor."""
        return self.entries[self.cursor] if self.entries else None

    def show(self, entries: Sequence[PresetEntry]) -> None:
        """Show these presets."""
        self.entries = entries
        self._rows, group = [], ""
        for index, entry in enumerate(entries):
            if entry.group != group:
                group = entry.group
                self._rows.append(group)
            self._rows.append(index)
        self._settle()

    def _settle(self) -> None:
        self.cursor = max(0, min(self.cursor, len(self.entries) - 1))
        if not self._rows:
            return
        row, room = self._rows.index(self.cursor), max(1, self.size.height - 1)
        first = row - 1 if isinstance(self._rows[row - 1], str) else row
        self._top = max(0, min(max(self._top, row - room + 1), first, len(self._rows) - room))
        self.light_row(1 + row - self._top)
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        self._settle()

    def draw(self, width: int, height: int) -> Lines:
        """The heads, and the rows in sight."""
        lines = [draw_head(width, self.glyphs)]
        for row in self._rows[self._top : self._top + height - 1]:
            if isinstance(row, str):
                lines.append(draw_group(row, width, self.glyphs))
                continue
            entry = self.entries[row]
            progress = self.progress.get(entry.name, Progress())
            lines.append(draw_preset(entry, progress, entry.name in self.marks, width, self.glyphs))
        return [cut(line, width, self.glyphs.ellipsis) for line in lines]

    def action_move(self, step: int) -> None:
        """Up or down."""
        self._go(self.cursor + step)

    def _go(self, place: int) -> None:
        before, self.cursor = self.cursor, place
        self._settle()
        if self.cursor != before:
            self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; one on the cursor opens the preset."""
        place = self._top + event.y - 1
        row = self._rows[place] if event.y > 0 and place < len(self._rows) else None
        if row == self.cursor:
            self.post_message(self.Chosen())
        elif isinstance(row, int):
            self._go(row)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self._go(self.cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self._go(self.cursor - 3)

"""A widget over a pure drawing: it repaints only the stretches of rows that changed."""

from collections.abc import Sequence
from enum import StrEnum

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.rows import cells_of
from ssp_tui.keymap import key_now
from ssp_tui.theme import cursor_style, styles_on

Line = Sequence[tuple[str, StrEnum]]
"""Pieces of text with a meaning each; a chart's `Row` is one."""

Lines = Sequence[Line]

_WORTH = 12
"""Unchanged cells between two changed stretches from which two writes are cheaper than one."""


class Drawn(Widget):
    """Shows what `draw` returns; call `redraw` when that may have changed.

    Texts are never parsed: whatever comes from outside has been through `cleaning.clean`.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Start with nothing drawn."""
        super().__init__(id=id, classes=classes)
        self._lines: Lines = ()
        self._size_drawn = (0, 0)
        self._lit_row: int | None = None

    @property
    def glyphs(self) -> Glyphs:
        """The characters to draw with."""
        return ASCII if getattr(self.app, "ascii_only", False) else UNICODE

    def key_now(self, action: str) -> str:
        """The key that an action has, after what keys.toml rebinds."""
        return key_now(action, getattr(self.app, "key_map", {}))

    def draw(self, width: int, height: int) -> Lines:
        """The lines, `height` of them at most, each `width` cells at most."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again and repaint what differs; a screen that lies below another one does so later."""
        # Textual repaints all of the upper screen for any change on the one below.
        if not self.is_attached or self.app.screen is not self.screen:
            return
        width, height = self.size
        if not width or not height:
            self._size_drawn = (0, 0)
            return
        before, self._lines = self._lines, self.draw(width, height)
        if self._size_drawn != (width, height):
            self._size_drawn = (width, height)
            self.refresh()
            return
        regions = [
            Region(start, y, end - start, 1)
            for y in range(height)
            for start, end in changed_stretches(_line(before, y), _line(self._lines, y), width)
        ]
        if regions:
            self.refresh(*regions)

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new size."""
        del event
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Row `y` as the theme colours it."""
        if self._size_drawn != self.size:
            self._size_drawn, self._lines = (self.size.width, self.size.height), self.draw(*self.size)
        base = self.rich_style
        if y == self._lit_row:
            base += cursor_style(self.app.theme)
        styles = styles_on(self.app.theme, base)
        line = _line(self._lines, y)
        if self.glyphs is ASCII:
            line = [(in_ascii(text), role) for text, role in line]
        segments = [Segment(text, styles[role]) for text, role in line]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def light_row(self, y: int | None) -> None:
        """Lay the cursor's colours under row `y` and no other."""
        if y != self._lit_row:
            rows = [row for row in (self._lit_row, y) if row is not None and row < self.size.height]
            self._lit_row = y
            if rows and self.app.screen is self.screen:
                self.refresh(*(Region(0, row, self.size.width, 1) for row in rows))

    def notify_style_update(self) -> None:
        """A new theme repaints everything."""
        super().notify_style_update()
        self.refresh()


def in_ascii(text: str) -> str:
    """The text in as many cells of plain ASCII; what has no likeness becomes a question mark."""
    if text.isascii():
        return text
    return "".join(cell if cell and cell.isascii() else _LIKENESS.get(cell, "?") for cell in cells_of(text))


_LIKENESS = dict(zip("·…◂▸▴▾►×∞─│", "-~<>^v>xI-|", strict=True))


def _line(lines: Lines, y: int) -> Line:
    return lines[y] if y < len(lines) else ()


def changed_stretches(before: Line, after: Line, width: int) -> list[tuple[int, int]]:
    """Where two lines differ, as [start, end) cells; near stretches become one."""
    if before == after:
        return []
    old, new = _cells(before, width), _cells(after, width)
    stretches: list[tuple[int, int]] = []
    for x in range(width):
        if old[x] == new[x]:
            continue
        if stretches and x - stretches[-1][1] < _WORTH:
            stretches[-1] = (stretches[-1][0], x + 1)
        else:
            stretches.append((x, x + 1))
    return stretches


def _cells(line: Line, width: int) -> list[tuple[str, StrEnum | None]]:
    cells: list[tuple[str, StrEnum | None]] = [(cell, role) for text, role in line for cell in cells_of(text)]
    return (cells + [(" ", None)] * (width - len(cells)))[:width]

"""The help screen: what a screen shows, and every key that works on it, made from the same tables."""

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ssp_tui import keys
from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Line, Lines
from ssp_tui.panels.line_layout import wrapped
from ssp_tui.screens.base import BaseScreen
from ssp_tui.screens.scrolled_page import ScrolledPage
from ssp_tui.theme import Tone

PAGE_WIDTH = 100
HELP_CELLS = 52
"""What a key does, in the longest words of any."""
FULL_WIDTH = 94
"""Cells from which the names for keys.toml are shown."""


class HelpPage(ScrolledPage):
    DEFAULT_CSS = """
    HelpPage { width: 100; max-width: 100%; max-height: 100%; background: $panel; padding: 1 2; }
    """

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self._page = lines
        self.styles.height = len(lines) + 2

    def draw(self, width: int, height: int) -> Lines:
        self.top = max(0, min(self.top, len(self._page) - height))
        seen = [line[:2] if width < FULL_WIDTH else line for line in self._page[self.top : self.top + height]]
        num_below = len(self._page) - self.top - len(seen)
        if num_below > 0 and height > 1:
            seen[-1] = [(f"{num_below + 1} more lines: down scrolls", Role.MUTED)]
        return seen


class HelpScreen(ModalScreen[None]):
    """Over the screen it explains."""

    DEFAULT_CSS = "HelpScreen { align: center middle; }"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.HELP_KEYS)

    def __init__(self, screen: BaseScreen, keymap: dict[str, str]) -> None:
        """Explain `screen`, with the keys as they are bound now."""
        super().__init__()
        self._about, self._keymap = screen, keymap

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        lines: list[Line] = []
        if self._about.HELP_TEXT:
            width = max(20, min(self.app.size.width, PAGE_WIDTH) - 4)
            for text in sentences(self._about.HELP_TEXT):
                lines += wrapped(text, width, Role.TEXT)
            lines.append([])
        if self._about.KEYS:
            lines += [[("Here", Tone.TITLE)], *_table(self._about.KEYS, self._keymap), []]
        lines += [[("Everywhere", Tone.TITLE)], *_table(keys.APP_KEYS, self._keymap), []]
        lines += [[("keys.toml in the home rebinds any of them by its name, as in:", Role.MUTED)]]
        lines += [[('  "runs.stop" = "S"', Tone.CODE)]]
        yield HelpPage(lines)

    def action_back(self) -> None:
        """Close."""
        self.dismiss()

    def action_move(self, rows: int) -> None:
        """Scroll."""
        self.query_one(HelpPage).scroll_by(rows)


def sentences(text: str) -> list[str]:
    """The lines of a text, each with those that go on in the middle of its sentence."""
    return re.sub(r"(?<!\.)\n", " ", text).splitlines()


def _table(table: tuple[keys.Key, ...], keymap: dict[str, str]) -> list[Line]:
    lines: list[Line] = []
    for key in table:
        shown = keys.shown_keys(key, keymap, most=3)
        name = f"  {key.name}"
        lines.append(
            [(f"  {shown:<15}", Tone.KEY), (f"{key.help:<{HELP_CELLS}}", Role.TEXT), (name, Role.MUTED)]
        )
    return lines

"""The help screen: what a screen shows, and every key that works on it, made from the same tables."""

import re
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from ssp_tui import keys
from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Line, Lines
from ssp_tui.keymap import ACTIONS, key_now
from ssp_tui.panels.line_layout import wrapped
from ssp_tui.screens.base import BaseScreen
from ssp_tui.screens.scrolled_page import ScrolledPage
from ssp_tui.theme import Tone

PAGE_WIDTH = 100
KEYS_CELLS = 17
"""Three keys, and a gap."""
HELP_CELLS = 52
"""What a key does, in the longest words of any."""
FULL_WIDTH = 96
"""Cells from which the names for keys.toml are shown."""


class HelpPage(ScrolledPage):
    DEFAULT_CSS = """
    HelpPage { width: 100; max-width: 100%; max-height: 100%; background: $panel; padding: 1 2; }
    """

    def __init__(self, lines: list[Line], down: str) -> None:
        super().__init__()
        self._page, self._down = lines, down
        self.styles.height = len(lines) + 2

    def draw(self, width: int, height: int) -> Lines:
        self.top = max(0, min(self.top, len(self._page) - height))
        seen = [line[:2] if width < FULL_WIDTH else line for line in self._page[self.top : self.top + height]]
        num_below = len(self._page) - self.top - len(seen)
        if num_below > 0 and height > 1:
            seen[-1] = [(f"{num_below + 1} more lines: {self._down} scrolls", Role.MUTED)]
        return seen


class HelpScreen(ModalScreen[None]):
    """Over the screen it explains."""

    DEFAULT_CSS = "HelpScreen { align: center middle; }"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.HELP_KEYS)

    def __init__(self, screen: Screen[Any], keymap: dict[str, str]) -> None:
        """Explain `screen`, with the keys as they are bound now."""
        super().__init__()
        self._about, self._keymap = screen, keymap

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        lines: list[Line] = []
        text = getattr(self._about, "HELP_TEXT", "")
        width = max(20, min(self.app.size.width, PAGE_WIDTH) - 4)
        for each in sentences(text):
            lines += wrapped(each, width, Role.TEXT)
        lines += [[]] if text else []
        here, everywhere = tables_of(self._about)
        for title, table in (("Here", here), ("Everywhere", everywhere)):
            if table:
                lines += [[(title, Tone.TITLE)], *_table(table, self._keymap), []]
        lines += [[("keys.toml in the home rebinds any of them by its name, as in:", Role.MUTED)]]
        lines += [[('  "runs.stop" = "S"', Tone.CODE)]]
        yield HelpPage(lines, key_now("help.down", self._keymap))

    def action_back(self) -> None:
        """Close."""
        self.dismiss()

    def action_move(self, rows: int) -> None:
        """Scroll."""
        self.query_one(HelpPage).scroll_by(rows)


def tables_of(screen: Screen[Any]) -> tuple[tuple[keys.Key, ...], tuple[keys.Key, ...]]:
    """The keys that work on this screen alone, and those that work there as they do everywhere."""
    moving = getattr(screen, "MOVING", ())
    if isinstance(screen, BaseScreen):
        return (*screen.KEYS, *moving), keys.APP_KEYS
    ids = [binding.id or "" for binding in screen.BINDINGS if isinstance(binding, Binding)]
    bound = [ACTIONS[name] for name in ids if name in ACTIONS]
    here = tuple(key for key in bound if key not in keys.APP_KEYS)
    return (*here, *moving), tuple(key for key in bound if key in keys.APP_KEYS)


def sentences(text: str) -> list[str]:
    """The lines of a text, each with those that go on in the middle of its sentence."""
    return re.sub(r"(?<!\.)\n", " ", text).splitlines()


def _table(table: tuple[keys.Key, ...], keymap: dict[str, str]) -> list[Line]:
    lines: list[Line] = []
    for key in table:
        shown = keys.shown_keys(key, keymap, most=3)
        name = f"  {key.name}"
        lines.append(
            [
                (f"  {shown:<{KEYS_CELLS}}", Tone.KEY),
                (f"{key.help:<{HELP_CELLS}}", Role.TEXT),
                (name, Role.MUTED),
            ]
        )
    return lines

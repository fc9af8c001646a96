"""The bar of screens at the top, and the bar of keys at the bottom."""

from enum import StrEnum
from typing import TYPE_CHECKING, cast

from textual import events

from ssp_tui import keys, wording
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard
    from ssp_tui.screens.base import BaseScreen

Piece = tuple[str, StrEnum]

TABS = ("runs", "compose", "presets", "compare")
NO_KEY = "·"
"""Instead of a screen's key while it would be typed into a field."""


class TopBar(Drawn):
    """The program's name, the screens by their keys, and what is going on at home."""

    DEFAULT_CSS = "TopBar { dock: top; height: 1; background: $panel; }"

    def __init__(self, mode: str) -> None:
        """Light the tab of `mode`."""
        super().__init__()
        self._mode = mode

    def on_mount(self) -> None:
        """Count the live runs as they change."""
        self.watch(self.app, "runs", self.redraw, init=False)

    def draw(self, width: int, height: int) -> Lines:
        """One line; what is going on gives way first, that one can only read here last."""
        del height
        app = cast("Dashboard", self.app)
        line: list[Piece] = [(" ssp-tui ", Tone.BRAND), (" ", Role.BLANK)]
        typed = cast("BaseScreen", self.screen).typed
        for key in keys.APP_KEYS[: len(TABS)]:
            is_current = key.name == f"app.{self._mode}"
            shown = keys.shown_keys(key, app.key_map)
            shown = NO_KEY if shown in typed else shown
            text = f" {shown} {key.label} " if width >= 60 else f" {shown} "
            line.append((text, Tone.TAB_CURRENT if is_current else Tone.TAB))
        used = sum(len(text) for text, _ in line)
        right = self._activity(app, width - used - 1)
        if right:
            line += [(" " * (width - used - len(cells_of(right))), Role.BLANK), (right, Role.MUTED)]
        return [line]

    def _activity(self, app: "Dashboard", room: int) -> str:
        num_live = sum(row.status.is_live for row in app.runs)
        num_queued = sum(row.status.state == "queued" for row in app.runs)
        running = f"{num_live} running" if num_live else ""
        queued = f"{num_queued} queued" if num_queued else ""
        known = wording.counted(len(app.runs), "run")
        read_only = "read only" if app.readonly else ""
        # Each of these says less than the one before: the first that fits is shown.
        for parts in (
            (running, queued, known, read_only),
            (running, known, read_only),
            (running, read_only),
            (read_only,),
        ):
            text = " · ".join(part for part in parts if part)
            if text and len(text) + 1 <= room:
                return f"{text} "
        return ""

    def on_click(self, event: events.Click) -> None:
        """A click on a tab opens it."""
        x = 0
        for index, (text, _) in enumerate(self.draw(*self.size)[0]):
            x += len(text)
            if event.x < x:
                if 2 <= index < 2 + len(TABS):
                    cast("Dashboard", self.app).action_show(TABS[index - 2])
                return


class KeyBar(Drawn):
    """The screen's keys and everywhere's, as many as fit."""

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; background: $panel; }"

    def draw(self, width: int, height: int) -> Lines:
        """One line, each key before what it does."""
        del height
        app = cast("Dashboard", self.app)
        line: list[Piece] = []
        room = width
        for key, label in self._shown_here():
            pieces = [(f" {keys.shown_keys(key, app.key_map)}", Tone.KEY), (f" {label} ", Tone.KEY_LABEL)]
            cost = sum(len(text) for text, _ in pieces)
            if cost > room:
                break
            line += pieces
            room -= cost
        return [line]

    def _shown_here(self) -> list[tuple[keys.Key, str]]:
        """Help and the ways out are never the ones that do not fit."""
        screen = cast("BaseScreen", self.screen)
        always = [(key, key.label) for key in keys.APP_KEYS if key.name in ("app.help", "app.quit")]
        here = [(key, label) for key, label in screen.offered() if label]
        out = [each for each in here if "escape" in each[0].keys.split(",")]
        return [*always, *out, *(each for each in here if each not in out)]

"""A preset's resolved configuration, every setting of it, as config.toml would hold it."""

from collections.abc import Iterable
from typing import ClassVar

import tomli_w
from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from engine.plan.config import RunConfig
from ssp_tui import messages
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.compose.lines import Line, heading
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.keys import bindings
from ssp_tui.plan_keys import CONFIGURATION_KEYS
from ssp_tui.screens.base import BaseScreen
from ssp_tui.theme import Tone


class Settings(Drawn, can_focus=True):
    """Lines of TOML one scrolls in, in as many columns as fit."""

    DEFAULT_CSS = "Settings { height: 1fr; padding: 0 1; }"

    def __init__(self, title: str, texts: list[str]) -> None:
        """Show these lines, clean already."""
        super().__init__()
        self._title, self._texts, self._top = title, texts, 0

    def scroll_rows(self, rows: int) -> None:
        """Up or down."""
        num_columns = max(1, self.size.width // 56)
        last = -(-len(self._texts) // num_columns) - (self.size.height - 1)
        self._top = max(0, min(self._top + rows, last))
        self.redraw()

    def draw(self, width: int, height: int) -> Lines:
        """A title, and the lines in sight, column by column."""
        num_columns = max(1, width // 56)
        length = -(-len(self._texts) // num_columns)
        cells = width // num_columns
        lines: list[Line] = [heading(self._title, width, self.glyphs, "as config.toml holds it")]
        for y in range(self._top, min(length, self._top + height - 1)):
            row = [
                self._texts[y + length * column : y + length * column + 1] for column in range(num_columns)
            ]
            lines.append([piece for texts in row for piece in _pieces(texts, cells, self.glyphs.ellipsis)])
        return lines

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.scroll_rows(-3)


class ConfigurationScreen(BaseScreen):
    """Over the presets."""

    MODE = "presets"
    KEYS = CONFIGURATION_KEYS
    BINDINGS: ClassVar[list[BindingType]] = bindings(CONFIGURATION_KEYS)
    HELP_TEXT = "Every setting of a preset, those that it leaves at their defaults too."

    def __init__(self, config: RunConfig) -> None:
        """Show this configuration."""
        super().__init__()
        self._config = config

    def compose_body(self) -> Iterable[Widget]:
        """The settings."""
        texts = [clean(line, 300) for line in tomli_w.dumps(self._config.table()).splitlines()]
        yield Settings(clean(self._config.name, 60), texts)

    def on_mount(self) -> None:
        """Scroll by keys."""
        self.query_one(Settings).focus()

    def action_scroll(self, rows: int) -> None:
        """Up or down."""
        self.query_one(Settings).scroll_rows(rows)

    def action_compose(self) -> None:
        """Open it in the form."""
        self.dismiss()
        self.post_message(messages.ComposeRequested(self._config))

    def action_back(self) -> None:
        """To the presets."""
        self.dismiss()


def _pieces(texts: list[str], width: int, ellipsis: str) -> Line:
    text = texts[0] if texts else ""
    if text.startswith("["):
        return [(fitted(text, width, ellipsis), Tone.STRONG)]
    key, equals, value = text.partition(" = ")
    value = fitted(equals + value, max(0, width - len(key)), ellipsis)
    return [(key, Role.MUTED), (value, Role.TEXT)]

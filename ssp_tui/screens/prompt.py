"""A line to type or paste into, over the screen; what is wrong with it is said below, and it stays open."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from ssp_tui.charts.roles import Role
from ssp_tui.cleaning import clean
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.keys import bindings
from ssp_tui.panels.line_layout import wrapped
from ssp_tui.plan_keys import PROMPT_KEYS
from ssp_tui.theme import Tone

MAX_PASTED = 20_000
MOST_ROWS = 6
"""Of words, where there is little width for them."""

Answer = Callable[[str], str]
"""Does what the text asks for; returns what to say about it. ValueError keeps the line open."""


class _Words(Drawn):
    """As many rows as its words need."""

    def __init__(self, text: str, role: Role | Tone) -> None:
        super().__init__()
        self._text, self._role = text, role

    def say(self, text: str, role: Role | Tone) -> None:
        self._text, self._role = text, role
        self._fit()
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        self._fit()
        super().on_resize(event)

    def _fit(self) -> None:
        if self.size.width:
            self.styles.height = len(self.draw(self.size.width, MOST_ROWS))

    def draw(self, width: int, height: int) -> Lines:
        return wrapped(self._text, width, self._role)[:height]


class TypedLine(Input):
    """One line that takes a paste of several as one, without anything a terminal could obey."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()  # Textual's own takes the first line only, as it came
        self.insert_text_at_cursor(clean(event.text.replace("\\\n", " "), MAX_PASTED))


class Prompt(ModalScreen[str]):
    """Dismissed with what to say once the answer was taken."""

    DEFAULT_CSS = """
    Prompt { align: center middle; }
    Prompt > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel;
    }
    Prompt _Words { height: 1; }
    Prompt #why { margin-top: 1; min-height: 2; }
    Prompt Input, Prompt Input:focus {
        height: 1; border: none; padding: 0; margin-top: 1; background: $surface; color: $foreground;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(PROMPT_KEYS)

    def __init__(self, title: str, hint: str, answer: Answer, value: str = "") -> None:
        """Ask under a title; the hint stands below until something is wrong. All texts are clean."""
        super().__init__()
        self._title, self._hint, self._answer, self._value = title, hint, answer, value

    def compose(self) -> ComposeResult:
        """The title, the line, and what is wrong with it."""
        with Vertical():
            yield _Words(self._title, Tone.TITLE)
            yield TypedLine(self._value, compact=True, select_on_focus=False)
            why = _Words(self._hint, Role.MUTED)
            why.id = "why"
            yield why

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be so no longer."""
        del event
        self.query_one("#why", _Words).say(self._hint, Role.MUTED)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the answer, or say what is wrong with it."""
        try:
            said = self._answer(event.value)
        except (ValueError, OSError) as error:
            self.query_one("#why", _Words).say(clean(f"! {error}", 300), Tone.BAD)
        else:
            self.dismiss(said)

    def action_back(self) -> None:
        """Close without an answer."""
        self.dismiss("")

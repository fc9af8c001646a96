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
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.keys import bindings
from ssp_tui.plan_keys import PROMPT_KEYS
from ssp_tui.theme import Tone

MAX_PASTED = 20_000

Answer = Callable[[str], str]
"""Does what the text asks for; returns what to say about it. ValueError keeps the line open."""


class _Words(Drawn):
    def __init__(self, text: str, role: Role | Tone) -> None:
        super().__init__()
        self.text, self.role = text, role

    def draw(self, width: int, height: int) -> Lines:
        return [
            [(fitted(self.text[y * width : (y + 1) * width], width, ""), self.role)] for y in range(height)
        ]


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
    Prompt #why { height: 2; margin-top: 1; }
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

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the answer, or say what is wrong with it."""
        try:
            said = self._answer(event.value)
        except (ValueError, OSError) as error:
            why = self.query_one("#why", _Words)
            why.text, why.role = clean(f"! {error}", 300), Tone.BAD
            why.redraw()
        else:
            self.dismiss(said)

    def action_back(self) -> None:
        """Close without an answer."""
        self.dismiss("")

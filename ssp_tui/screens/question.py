"""A question over the screen that y answers with yes, and anything else with no."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ssp_tui import keys, wording
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.drawn import Drawn, Line, Lines
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    pass

MOST_NAMED = 6


class _Box(Drawn):
    DEFAULT_CSS = "_Box { width: 64; max-width: 100%; padding: 1 2; background: $panel; }"

    def __init__(self, question: str, details: Sequence[str]) -> None:
        super().__init__()
        self._question, self._details = question, details
        self.styles.height = len(details) + 6

    def draw(self, width: int, height: int) -> Lines:
        ellipsis = self.glyphs.ellipsis
        details: list[Line] = [
            [("  " + fitted(text, width - 2, ellipsis), Role.TEXT)] for text in self._details
        ]
        answer: Line = [
            (self.key_now("question.yes"), Tone.KEY),
            (" yes    ", Tone.KEY_LABEL),
            (self.key_now("question.no"), Tone.KEY),
            (" no", Tone.KEY_LABEL),
        ]
        lines: list[Line] = [[(self._question, Tone.STRONG)], [], *details, [], answer]
        return lines[:height]


class Question(ModalScreen[bool]):
    """Dismissed with True for yes."""

    DEFAULT_CSS = "Question { align: center middle; }"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.QUESTION_KEYS)

    def __init__(self, question: str, details: Sequence[str] = ()) -> None:
        """Ask; every text is clean."""
        super().__init__()
        self._question, self._details = question, details

    @classmethod
    def about_removing(cls, run_ids: Sequence[str]) -> "Question":
        """Whether to delete these runs' folders."""
        named = [clean(run_id, 100) for run_id in run_ids[:MOST_NAMED]]
        more = len(run_ids) - len(named)
        details = [*named, *([f"and {more} more"] if more else []), "with checkpoints, log and events"]
        return cls(f"Delete {wording.counted(len(run_ids), 'run')} for good?", details)

    def compose(self) -> ComposeResult:
        """The question in a box."""
        yield _Box(self._question, self._details)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)

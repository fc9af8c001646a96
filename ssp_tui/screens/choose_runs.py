"""A list of runs to mark those to be compared."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.keys import bindings
from ssp_tui.panels.run_list import RunList
from ssp_tui.panels.runs_table import sort_rows
from ssp_tui.plan_keys import CHOOSE_KEYS
from ssp_tui.theme import Tone


class _Title(Drawn):
    DEFAULT_CSS = "_Title { height: 1; background: $panel; }"

    num_marked = 0

    def draw(self, width: int, height: int) -> Lines:
        del width, height
        keys = (("space", "marks"), ("enter", "compares"), ("esc", "closes"))
        title = [(" Which runs? ", Tone.TITLE), (f"{self.num_marked} marked   ", Role.MUTED)]
        pieces = [
            piece for key, label in keys for piece in ((key, Tone.KEY), (f" {label}   ", Tone.KEY_LABEL))
        ]
        return [[*title, *pieces]]


class ChooseRunsScreen(ModalScreen[tuple[str, ...]]):
    """Dismissed with the marked runs' ids, or the one under the cursor."""

    DEFAULT_CSS = """
    ChooseRunsScreen { align: center middle; }
    ChooseRunsScreen RunList { height: 1fr; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHOOSE_KEYS)

    def __init__(self, marked: frozenset[str]) -> None:
        """Begin with these runs marked."""
        super().__init__()
        self._marked = marked

    def compose(self) -> ComposeResult:
        """What to do, and the list."""
        yield _Title()
        yield RunList()

    def on_mount(self) -> None:
        """List the runs, newest first."""
        table = self.query_one(RunList)
        table.empty = [[], [("  There are no runs yet: 2 composes one, 3 has the paper's.", Role.TEXT)]]
        table.marks = self._marked
        table.show(sort_rows(list(getattr(self.app, "runs", ())), "created", True))
        table.focus()
        self._show_count()

    def _show_count(self) -> None:
        title = self.query_one(_Title)
        title.num_marked = len(self.query_one(RunList).marks)
        title.redraw()

    def action_mark(self) -> None:
        """Mark it or drop its mark, and go on to the next."""
        table = self.query_one(RunList)
        if table.current:
            table.marks ^= {table.current.run_id}
            table.action_move(1)
            table.redraw()
            self._show_count()

    def action_done(self) -> None:
        """Compare the marked runs in the list's order."""
        table = self.query_one(RunList)
        chosen = [row.run_id for row in reversed(table.items) if row.run_id in table.marks]
        if not chosen and table.current:
            chosen = [table.current.run_id]
        self.dismiss(tuple(chosen))

    def action_back(self) -> None:
        """Leave the comparison as it was."""
        self.dismiss(None)

"""A list of runs to mark those to be compared."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.keymap import key_now
from ssp_tui.keys import APP_KEYS, LIST_KEYS, Key, bindings
from ssp_tui.panels.run_list import RunList
from ssp_tui.panels.runs_table import sort_rows
from ssp_tui.plan_keys import CHOOSE_KEYS
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard


class _Title(Drawn):
    DEFAULT_CSS = "_Title { height: 1; background: $panel; }"

    num_marked = 0

    def draw(self, width: int, height: int) -> Lines:
        del width, height
        deeds = (("mark", "marks"), ("done", "compares"), ("back", "closes"))
        keys = [(self.key_now(f"choose.{name}"), label) for name, label in deeds]
        title = [(" Which runs? ", Tone.TITLE), (f"{self.num_marked} marked   ", Role.MUTED)]
        pieces = [
            piece for key, label in keys for piece in ((key, Tone.KEY), (f" {label}   ", Tone.KEY_LABEL))
        ]
        return [[*title, *pieces]]


_LEFT_OUT = ("app.palette", "app.theme")
"""What needs no list of runs before it."""


class ChooseRunsScreen(ModalScreen[tuple[str, ...]]):
    """Dismissed with the marked runs' ids, or the one under the cursor; screens' keys go there."""

    DEFAULT_CSS = """
    ChooseRunsScreen { align: center middle; }
    ChooseRunsScreen RunList { height: 1fr; background: $surface; }
    """
    HELP_TEXT = "Marked runs are laid over each other; without marks it is the run under the cursor."
    KEYS: ClassVar[tuple[Key, ...]] = CHOOSE_KEYS
    MOVING: ClassVar[tuple[Key, ...]] = LIST_KEYS
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        (*CHOOSE_KEYS, *(key for key in APP_KEYS if key.name not in _LEFT_OUT))
    )

    def __init__(self, marked: frozenset[str]) -> None:
        """Begin with these runs marked."""
        super().__init__()
        self._marked = marked

    @property
    def _dashboard(self) -> "Dashboard":
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """What to do, and the list."""
        yield _Title()
        yield RunList()

    def on_mount(self) -> None:
        """List the runs, newest first."""
        table, key_map = self.query_one(RunList), self._dashboard.key_map
        compose, presets = key_now("app.compose", key_map), key_now("app.presets", key_map)
        text = f"  There are no runs yet: {compose} composes one, {presets} has the paper's."
        table.empty = [[], [(text, Role.TEXT)]]
        table.marks = self._marked
        table.show(sort_rows(list(self._dashboard.runs), "created", True))
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

    def action_show(self, mode: str) -> None:
        """Close, and go to one of the four screens."""
        app = self._dashboard
        self.dismiss(None)
        app.call_later(app.action_show, mode)

    def action_help(self) -> None:
        """Every key that works here."""
        self._dashboard.action_help()

    async def action_quit(self) -> None:
        """Leave the program."""
        await self._dashboard.action_quit()

"""Where numbers first broke: the architecture of that step, and its gradient layer by layer."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ssp_tui import keys, wording
from ssp_tui.charts.glyphs import UNICODE
from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Lines
from ssp_tui.panels.first_event import event_lines
from ssp_tui.screens.scrolled_page import ScrolledPage
from ssp_tui.snapshot import Snapshot


class FirstEventPage(ScrolledPage):
    DEFAULT_CSS = """
    FirstEventPage { width: 112; max-width: 100%; max-height: 100%; background: $surface; padding: 1 2; }
    """

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self._snapshot, self.index = snapshot, 0
        self.styles.height = len(event_lines(snapshot, 0, 106, UNICODE)) + 2  # until its width is known

    def draw(self, width: int, height: int) -> Lines:
        lines = event_lines(self._snapshot, self.index, width, self.glyphs)
        self.top = max(0, min(self.top, len(lines) - height))
        num_below = len(lines) - self.top - height
        if num_below <= 0 or height < 2:
            return lines[self.top : self.top + height]
        # The sign stands in the place of a row, which is then one of those below.
        sign = f"▾ {wording.counted(num_below + 1, 'row')} more"
        return [*lines[self.top : self.top + height - 1], [(sign.rjust(width), Role.MUTED)]]

    def turn(self, steps: int) -> None:
        self.index, self.top = (self.index + steps) % len(self._snapshot.state.broke), 0
        self._fit()
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        self._fit()
        super().on_resize(event)

    def _fit(self) -> None:
        """As high as what it tells at this width, where the screen is."""
        self.styles.height = len(event_lines(self._snapshot, self.index, self.size.width, self.glyphs)) + 2


class FirstEventScreen(ModalScreen[None]):
    """Over the Run screen."""

    DEFAULT_CSS = "FirstEventScreen { align: center middle; }"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.DETAIL_KEYS)

    def __init__(self, snapshot: Snapshot) -> None:
        """Tell of a run that has at least one event of the kind."""
        super().__init__()
        self._snapshot = snapshot

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        yield FirstEventPage(self._snapshot)

    def action_back(self) -> None:
        """Close."""
        self.dismiss()

    def action_turn(self, steps: int) -> None:
        """Another kind of value that broke."""
        self.query_one(FirstEventPage).turn(steps)

    def action_move(self, rows: int) -> None:
        """Scroll."""
        self.query_one(FirstEventPage).scroll_by(rows)

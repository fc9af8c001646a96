"""The board of the Run screen's panels: lays them out, lights the current one, hands the view down."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.geometry import Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.reactive import reactive
from textual.widget import Widget

from ssp_tui.panels.architecture import ArchitecturePanel
from ssp_tui.panels.controller import ControllerPanel
from ssp_tui.panels.device import DevicePanel
from ssp_tui.panels.errors import ErrorsPanel
from ssp_tui.panels.numerics import NumericsPanel
from ssp_tui.panels.panel import Panel
from ssp_tui.panels.places import PANELS, is_grid, places_of
from ssp_tui.panels.poisoned import PoisonedPanel
from ssp_tui.panels.tabs import PanelTabs
from ssp_tui.run_view import RunView

KINDS: dict[str, type[Panel]] = {
    "errors": ErrorsPanel,
    "numerics": NumericsPanel,
    "controller": ControllerPanel,
    "architecture": ArchitecturePanel,
    "poisoned": PoisonedPanel,
    "device": DevicePanel,
}
assert tuple(KINDS) == PANELS

DEFAULT_LAYERS = 12


class BoardLayout(Layout):
    """Places the panels where `places_of` says; the others are not shown."""

    name = "board"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """Every shown panel's place."""
        del greedy
        assert isinstance(parent, Board)
        layers = parent.num_layers
        places = places_of(size.width, size.height, layers, parent.current, parent.is_maximised)
        return [
            WidgetPlacement(places[child.id], child.offset, child.styles.margin, child)
            for child in children
            if child.id in places and places[child.id].area
        ]


class Board(Widget):
    """All panels under the header."""

    DEFAULT_CSS = "Board { height: 1fr; } Board > * { width: 100%; height: 100%; }"

    view: reactive[RunView | None] = reactive[RunView | None](None, repaint=False)
    current: reactive[str] = reactive(PANELS[0], repaint=False)
    """The panel keys act on."""
    is_maximised: reactive[bool] = reactive(False, repaint=False)

    def __init__(self) -> None:
        """Start on the first panel."""
        super().__init__()
        self._board_layout = BoardLayout()
        self.num_layers = DEFAULT_LAYERS

    @property
    def layout(self) -> Layout:
        """By the board's own rules."""
        return self._board_layout

    def compose(self) -> ComposeResult:
        """The tabs and every panel."""
        yield PanelTabs(id="tabs").data_bind(Board.current)
        for name, kind in KINDS.items():
            yield kind(id=name).data_bind(Board.view)

    def on_mount(self) -> None:
        """Light the first panel."""
        self.watch_current()

    def watch_view(self, before: RunView | None, view: RunView | None) -> None:
        """A configuration with another number of layers lays the panels out anew."""
        del before
        layers = view.config.child.layers if view and view.config else DEFAULT_LAYERS
        if layers != self.num_layers:
            self.num_layers = layers
            self._lay_out()

    def watch_current(self) -> None:
        """Light it, and show it where only one is shown."""
        for panel in self._panels():
            panel.is_current = panel.id == self.current
        self._lay_out()

    def watch_is_maximised(self) -> None:
        """Lay out anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        # Textual keeps an arrangement for a size; here it depends on more than that.
        self._clear_arrangement_cache()
        self.refresh(layout=True)

    def _panels(self) -> Iterable[Panel]:
        return self.query(Panel)

    @property
    def shows_all(self) -> bool:
        """Whether every panel is in sight."""
        return is_grid(*self.size) and not self.is_maximised

    def step(self, steps: int) -> None:
        """Go to another panel."""
        self.current = PANELS[(PANELS.index(self.current) + steps) % len(PANELS)]

    def on_panel_clicked(self, event: Panel.Clicked) -> None:
        """Choose it; a double click maximises it."""
        self.current = event.name
        if event.is_double:
            self.is_maximised = not self.is_maximised

    def on_panel_tabs_picked(self, event: PanelTabs.Picked) -> None:
        """Show it."""
        self.current = event.name

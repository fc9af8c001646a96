"""Stands where a screen is not built yet."""

from collections.abc import Iterable

from textual.widget import Widget

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.screens.base import BaseScreen


class _Notice(Drawn):
    DEFAULT_CSS = "_Notice { height: 1fr; padding: 1 2; }"

    def draw(self, width: int, height: int) -> Lines:
        del width, height
        return [[("This screen is not here yet; 1 goes back to the runs.", Role.MUTED)]]


class PlannedScreen(BaseScreen):
    """Says that there is nothing here yet."""

    def __init__(self, mode: str) -> None:
        """Stand for the screen of `mode`."""
        self.MODE = mode  # type: ignore[misc]
        super().__init__()

    def compose_body(self) -> Iterable[Widget]:
        """The notice."""
        yield _Notice()

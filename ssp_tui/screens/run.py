"""The Run screen."""

from typing import ClassVar

from textual.binding import BindingType

from ssp_tui import keys
from ssp_tui.screens.base import BaseScreen


class RunScreen(BaseScreen):
    """One run."""

    MODE = "runs"
    KEYS = keys.RUN_KEYS
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(KEYS)

    def __init__(self, run_id: str) -> None:
        """Show the run with this id."""
        super().__init__()
        self.run_id = run_id
        self.follow(run_id)

"""The Runs screen."""

from typing import ClassVar

from textual.binding import BindingType

from ssp_tui import keys
from ssp_tui.screens.base import BaseScreen


class RunsScreen(BaseScreen):
    """All runs of the home."""

    MODE = "runs"
    KEYS = keys.RUNS_KEYS
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(KEYS)

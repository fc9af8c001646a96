"""The Log screen: the end of what a run's engine wrote, followed as it grows."""

import os
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from engine.plan.opening import open_regular
from ssp_tui import keys
from ssp_tui.cleaning import clean
from ssp_tui.panels.log_lines import LogLines
from ssp_tui.screens.base import BaseScreen

MOST_BYTES = 2 * 2**20
"""The end of the file that is shown."""
POLL_SECONDS = 0.5


class LogScreen(BaseScreen):
    """A run's engine.log."""

    MODE = "runs"
    KEYS = keys.LOG_KEYS
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(KEYS)
    HELP_TEXT = (
        "What the run's engine wrote to its log: starts, stops, warnings, and a failure's whole traceback."
    )

    def __init__(self, run_id: str) -> None:
        """Show the log of the run with this id."""
        super().__init__()
        self.run_id = run_id
        self._read_to = (0, 0)

    def compose_body(self) -> Iterable[Widget]:
        """The lines."""
        yield LogLines(clean(self.run_id, 100))

    def on_mount(self) -> None:
        """Look at once, then again and again."""
        self._path = self.dashboard.home.run_folder(self.run_id).log_path
        self.query_one(LogLines).focus()
        self._read()
        self.set_interval(POLL_SECONDS, self._read)

    def _read(self) -> None:
        """Read the end of the file anew when it changed; it is small."""
        try:
            with open_regular(self._path) as file:
                found = os.fstat(file.fileno())
                if (found.st_size, found.st_mtime_ns) == self._read_to:
                    return
                self._read_to = (found.st_size, found.st_mtime_ns)
                file.seek(max(0, found.st_size - MOST_BYTES))
                text = file.read(MOST_BYTES).decode(errors="replace")
        except OSError:
            self.query_one(LogLines).show(
                [], "Its engine wrote nothing yet; a queued run waits for a free place."
            )
            return
        lines = [clean(line, 500) for line in text.split("\n")]
        cut = [f"... the first {found.st_size - MOST_BYTES:,} bytes are left out"]
        head = cut if found.st_size > MOST_BYTES else []
        self.query_one(LogLines).show(
            head + (lines[:-1] if lines and not lines[-1] else lines), "Empty so far."
        )

    def action_follow(self) -> None:
        """Stay at the end, or no longer."""
        self.query_one(LogLines).toggle_follow()

    def action_to_top(self) -> None:
        """The first line kept."""
        self.query_one(LogLines).action_move(-(10**9))

    def action_to_end(self) -> None:
        """The last line."""
        self.query_one(LogLines).action_move(10**9)

    def action_back(self) -> None:
        """To where one came from."""
        self.dismiss()

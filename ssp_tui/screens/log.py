"""The Log screen: the end of what a run's engine wrote, and the run's events, followed as they grow."""

import os
from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from engine.plan.opening import open_regular
from ssp_tui import keys
from ssp_tui.cleaning import clean
from ssp_tui.event_list import EventList
from ssp_tui.panels.log_lines import LogLines
from ssp_tui.screens.base import BaseScreen

MOST_BYTES = 2 * 2**20
"""The end of the file that is shown."""
POLL_SECONDS = 0.5
GONE = "This run's folder is gone."


class LogScreen(BaseScreen):
    """A run's engine.log, and its journal in words: both where there is room, else one at a time."""

    MODE = "runs"
    KEYS = keys.LOG_KEYS
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(KEYS)
    HELP_TEXT = """What the run's engine wrote to its log: starts, stops, warnings, a failure's traceback.
Beside it, or after tab, what its journal says in words: every epoch and everything out of the ordinary."""

    DEFAULT_CSS = """
    LogScreen #texts { height: 1fr; }
    LogScreen LogLines { display: none; width: 1fr; height: 1fr; }
    LogScreen LogLines.--current { display: block; }
    LogScreen.-tall LogLines { display: block; }
    LogScreen.-wide LogLines { display: block; }
    LogScreen.-tall #events { height: 2fr; }
    LogScreen.-wide #texts { layout: horizontal; }
    LogScreen.-wide LogLines { height: 1fr; }
    LogScreen.-wide #log { width: 2fr; }
    LogScreen.-wide #events { width: 3fr; }
    """

    def __init__(self, run_id: str) -> None:
        """Show the log of the run with this id."""
        super().__init__()
        self.run_id = run_id
        self._read_to = (0, 0)
        self._is_reading = False

    def compose_body(self) -> Iterable[Widget]:
        """The lines of both."""
        name = clean(self.run_id, 100)
        with Container(id="texts"):
            yield LogLines(f"Log of {name}", id="log", classes="--current")
            yield LogLines(f"Events of {name}", id="events")

    def on_mount(self) -> None:
        """Look at once, then again and again."""
        self._folder = self.dashboard.home.run_folder(self.run_id)
        self._events = EventList(self._folder.journal_path)
        self._current.focus()
        self._read()
        self.set_interval(POLL_SECONDS, self._read)

    @property
    def _current(self) -> LogLines:
        """The text that keys act on."""
        return self.query_one("LogLines.--current", LogLines)

    def _read(self) -> None:
        self._read_log()
        if not self._is_reading and self._events.has_grown():
            self._is_reading = True
            self.run_worker(self._read_events, thread=True, exit_on_error=False, group="events")

    def _read_events(self) -> None:
        """Beside the loop: a long journal takes its time."""
        self._events.read()
        self.app.call_from_thread(self._show_events)

    def _show_events(self) -> None:
        self._is_reading = False
        if self.is_mounted:
            empty = "Nothing has happened yet." if self._folder.path.is_dir() else GONE
            self.query_one("#events", LogLines).show(self._events.lines(), empty)

    def _read_log(self) -> None:
        """Read the end of the file anew when it changed; it is small."""
        log = self.query_one("#log", LogLines)
        try:
            with open_regular(self._folder.log_path) as file:
                found = os.fstat(file.fileno())
                if (found.st_size, found.st_mtime_ns) == self._read_to:
                    return
                self._read_to = (found.st_size, found.st_mtime_ns)
                file.seek(max(0, found.st_size - MOST_BYTES))
                text = file.read(MOST_BYTES).decode(errors="replace")
        except OSError:
            self._show_no_log(log)
            return
        lines = [clean(line, 500) for line in text.split("\n")]
        cut = [f"... the first {found.st_size - MOST_BYTES:,} bytes are left out"]
        head = cut if found.st_size > MOST_BYTES else []
        log.show(head + (lines[:-1] if lines and not lines[-1] else lines), "Empty so far.")

    def _show_no_log(self, log: LogLines) -> None:
        """Why there is no log; what was read of a folder that went stays."""
        if not self._folder.path.is_dir():
            log.show(log.texts, GONE)
        elif self._folder.is_queued:
            log.show([], "Its engine wrote nothing yet: the run waits in the queue.")
        else:
            log.show([], "Its engine wrote nothing yet.")

    def action_turn(self) -> None:
        """The other text."""
        for lines in self.query(LogLines):
            lines.toggle_class("--current")
        self._current.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keys act on what has the focus: a click gives it too."""
        for lines in self.query(LogLines):
            lines.set_class(lines is event.widget, "--current")

    def action_follow(self) -> None:
        """Stay at the end, or no longer."""
        self._current.toggle_follow()

    def action_to_top(self) -> None:
        """The first line kept."""
        self._current.action_move(-(10**9))

    def action_to_end(self) -> None:
        """The last line."""
        self._current.action_move(10**9)

    def action_back(self) -> None:
        """To where one came from."""
        self.dismiss()

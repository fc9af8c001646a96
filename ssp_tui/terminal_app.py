"""What an app of ours owes a terminal: few bytes, and after a crash one line instead of a screenful."""

import os
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.screen import Screen

from ssp_tui.cleaning import clean
from ssp_tui.narrow_update import NarrowUpdate

CRASH_FILE = "dashboard-crash.log"
"""In the home; the latest crash only."""


class TerminalApp(App[int]):
    """An app on a terminal that may be far away."""

    home_path: Path
    """Where a crash leaves its traceback."""

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send partial repaints in fewer bytes."""
        if type(renderable) is ChopsUpdate:
            renderable = NarrowUpdate(renderable)
        super()._display(screen, renderable)

    def _handle_exception(self, error: Exception) -> None:
        """Leave with the terminal as it was: the traceback goes to a file, one line to the person."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            self._exit_renderables.append(Text(crash_line(error, self.home_path), overflow="fold"))
        self._close_messages_no_wait()


def crash_line(error: BaseException, home: Path) -> str:
    """One line for the person; the whole traceback is in the file that it names."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S")
    text = f"{moment} the dashboard of {home}\n" + "".join(traceback.format_exception(error))
    what = clean(f"{type(error).__name__}: {error}", 200)
    place = _keep(text.encode(errors="backslashreplace"), home)
    return f"ssp-tui: the dashboard crashed ({what}); engines go on; the traceback is in {clean(place, 300)}"


def _keep(raw: bytes, home: Path) -> str:
    from engine.plan.opening import open_own  # late: only a crash needs it

    path = home / CRASH_FILE
    try:
        descriptor = open_own(path, os.O_WRONLY | os.O_TRUNC)
    except OSError:  # a home that cannot be written, or is not there
        try:
            descriptor, name = tempfile.mkstemp(prefix="ssp-tui-crash-", suffix=".log")
        except OSError as error:
            return f"no file: {error.strerror}"
        path = Path(name)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
    return str(path)

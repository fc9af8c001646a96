"""The dashboard: its screens, its runs, and what it does to them."""

import asyncio
import contextlib
import importlib
import signal
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

from textual.app import App
from textual.binding import BindingType
from textual.reactive import reactive

from engine.process.listing import RunRow
from engine.record.home import Home
from ssp_tui import keys, messages
from ssp_tui.screens.base import BaseScreen
from ssp_tui.screens.runs import RunsScreen
from ssp_tui.theme import ANSI, DARK, MONO, themes
from ssp_tui.watch import Watcher


def load_screen(name: str) -> BaseScreen:
    """The Compose, Presets or Compare screen, imported when it is first shown."""
    module = f"ssp_tui.screens.{name}"
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        from ssp_tui.screens.planned import PlannedScreen

        return PlannedScreen(name)
    return cast(BaseScreen, getattr(found, f"{name.capitalize()}Screen")())


class Dashboard(App[int]):
    """All screens on the runs of one home."""

    TITLE = "ssp-tui"
    DEFAULT_MODE = "runs"
    MODES = {  # noqa: RUF012
        "runs": RunsScreen,
        "compose": partial(load_screen, "compose"),
        "presets": partial(load_screen, "presets"),
        "compare": partial(load_screen, "compare"),
    }
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.APP_KEYS)
    COMMAND_PALETTE_BINDING = "ctrl+p"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny"),
        (80, "-narrow"),
        (120, "-normal"),
        (160, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012
    ALLOW_SELECT = False

    runs: reactive[tuple[RunRow, ...]] = reactive[tuple[RunRow, ...]](())
    """Every run of the home, oldest first."""

    def __init__(
        self,
        home: Path,
        run: str | None = None,
        readonly: bool = False,
        ascii_only: bool = False,
        runs: tuple[str, ...] = (),
    ) -> None:
        """Show the runs of `home`; open `run` first, or compare `runs`."""
        super().__init__()
        self.home = Home(home)
        self.readonly = readonly
        """Whether nothing may be launched, stopped, resumed or removed from here."""
        self.ascii_only = ascii_only
        """Whether to draw with plain ASCII."""
        self.key_map: dict[str, str] = {}
        """What HOME/keys.toml rebinds."""
        self.watcher = Watcher(self.home, self.post_message)
        self._first = (run, runs)
        self.animation_level = "none"
        for theme in themes():
            self.register_theme(theme)
        self.theme = self._first_theme()

    def _first_theme(self) -> str:
        if self.no_color:
            return MONO
        return DARK if self.console.color_system in ("truecolor", "256") else ANSI

    def on_mount(self) -> None:
        """Start to read, take signals over, and go where the command line said."""
        self._take_signals()
        self.watcher.start()
        run, compared = self._first
        if run:
            self.post_message(messages.OpenRequested(run))
        elif compared:
            self.post_message(messages.CompareRequested(*compared))

    def on_unmount(self) -> None:
        """Stop to read."""
        self.watcher.stop()

    def _take_signals(self) -> None:
        """A hang-up or a SIGTERM leaves through the loop, so that the terminal is left as it was."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            with contextlib.suppress(ValueError, RuntimeError):  # not in the main thread: a test
                loop.add_signal_handler(number, self.exit, 128 + number)

    def action_show(self, mode: str) -> None:
        """Go to one of the four screens; the one that is shown goes back to its beginning."""
        if mode == self.current_mode:
            while len(self.screen_stack) > 1:
                self.pop_screen()
        else:
            self.switch_mode(mode)

    def on_runs_arrived(self, message: messages.RunsArrived) -> None:
        """Keep the newest list."""
        self.runs = message.rows

    def on_open_requested(self, message: messages.OpenRequested) -> None:
        """Show a run's own screen."""
        from ssp_tui.screens.run import RunScreen

        self.push_screen(RunScreen(message.run_ids[0]))


def open_dashboard(
    home: Path,
    run: str | None = None,
    mouse: bool = True,
    readonly: bool = False,
    ascii_only: bool = False,
    runs: tuple[str, ...] = (),
) -> int:
    """Show the dashboard on the runs of `home` until the person leaves; returns the exit code.

    `run` is opened first; several `runs` are compared.
    """
    return Dashboard(home, run, readonly, ascii_only, runs).run(mouse=mouse) or 0

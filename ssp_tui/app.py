"""The dashboard: its screens, and which of them is shown."""

import asyncio
import importlib
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.reactive import reactive

from ssp_tui import keys, messages
from ssp_tui.acting import ActingApp
from ssp_tui.cleaning import clean
from ssp_tui.keymap import read_keymap
from ssp_tui.screens.base import BaseScreen
from ssp_tui.screens.runs import RunsScreen
from ssp_tui.signals import take_signals
from ssp_tui.theme import ANSI, DARK, LIGHT, MONO, themes

if TYPE_CHECKING:
    from engine.process.listing import RunRow
    from ssp_tui.queue_line import QueueLine


def load_screen(name: str) -> BaseScreen:
    """The Compose, Presets or Compare screen, imported when it is first shown."""
    found = importlib.import_module(f"ssp_tui.screens.{name}")
    return cast(BaseScreen, getattr(found, f"{name.capitalize()}Screen")())


def _commands() -> type[Provider]:
    from ssp_tui.palette import Commands  # late: Textual's palette is not needed to begin with

    return Commands


class Dashboard(ActingApp):
    """All screens on the runs of one home."""

    TITLE = "ssp-tui"
    DEFAULT_MODE = "runs"
    MODES = {  # noqa: RUF012
        "runs": RunsScreen,
        "compose": partial(load_screen, "compose"),
        "presets": partial(load_screen, "presets"),
        "compare": partial(load_screen, "compare"),
    }
    CSS = """
    CommandPalette > Vertical { width: 90; max-width: 100%; }
    CommandPalette { align-horizontal: center; }
    CommandPalette SearchIcon { display: none; }
    ToastRack { margin-bottom: 3; }
    .--ascii CommandPalette #--input { border-top: ascii $foreground; border-bottom: ascii $foreground; }
    .--ascii CommandList {
        border-bottom: ascii $foreground; scrollbar-size-vertical: 0; text-overflow: clip;
    }
    .--ascii CommandPalette LoadingIndicator { display: none; }
    .--ascii Toast { border-left: ascii $foreground; border-right: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.APP_KEYS)
    COMMANDS: ClassVar[set[Callable[[], type[Provider]]]] = {_commands}  # type: ignore[assignment]
    COMMAND_PALETTE_BINDING = "ctrl+p"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny"),
        (80, "-narrow"),
        (120, "-normal"),
        (160, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012
    ALLOW_SELECT = False

    runs: reactive[tuple["RunRow", ...]] = reactive[tuple["RunRow", ...]]((), repaint=False)
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
        # Without colours Textual would otherwise turn the terminal's own into black on black.
        super().__init__(home, readonly, ansi_color=True if "NO_COLOR" in os.environ else None)
        self.ascii_only = ascii_only
        """Whether to draw with plain ASCII."""
        self.set_class(ascii_only, "--ascii")
        self.has_listed = False
        """Whether every run has been read once."""
        self.queue_line: QueueLine | None = None
        """Who waits in the queue; None until it has been read."""
        self.key_map: dict[str, str] = {}
        """What HOME/keys.toml rebinds."""
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
        """Take signals over, and once something is to be seen, begin to read."""
        take_signals(asyncio.get_running_loop(), self.exit)
        self._read_keymap()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Start to read, and go where the command line said."""
        loop = asyncio.get_running_loop()
        leave = partial(self.exit, 128 + signal.SIGHUP)
        self.watcher.start(loop.call_soon_threadsafe, leave, self._handle_exception)
        run, compared = self._first
        if run:
            self.post_message(messages.OpenRequested(run))
        elif compared:
            self.post_message(messages.CompareRequested(*compared))

    def on_unmount(self) -> None:
        """Stop to read."""
        self.watcher.stop()

    def _read_keymap(self) -> None:
        try:
            self.key_map = read_keymap(self.home_path / "keys.toml")
        except ValueError as error:
            self.tell(clean(str(error), 300), True)
        self.set_keymap(self.key_map)

    def action_show(self, mode: str) -> None:
        """Go to one of the four screens; the one that is shown goes back to its beginning."""
        if mode == self.current_mode:
            while len(self.screen_stack) > 1:
                self.pop_screen()
        else:
            self.switch_mode(mode)

    def action_next_theme(self) -> None:
        """Dark, light, and back; a terminal without many colours keeps its own."""
        if self.theme in (DARK, LIGHT):
            self.theme = LIGHT if self.theme == DARK else DARK
        elif self.theme == MONO:
            self.tell("NO_COLOR is set: there is no other theme than the terminal's own")
        else:
            self.tell("the terminal has 16 colours: they are its own, dark or light is set there")

    def action_command_palette(self) -> None:
        """Textual's, with words that are plain ASCII."""
        from textual.command import CommandPalette  # late: not needed to begin with

        if not CommandPalette.is_open(cast("App[object]", self)):
            self.push_screen(CommandPalette(id="--command-palette", placeholder="Search for commands"))

    def action_help(self) -> None:
        """Every key of the shown screen."""
        from ssp_tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen, self.key_map))

    def on_runs_arrived(self, message: messages.RunsArrived) -> None:
        """Keep the newest list."""
        self.has_listed = message.is_whole
        self.queue_line = message.line
        if self.runs == message.rows:
            self.mutate_reactive(Dashboard.runs)
        self.runs = message.rows

    def on_open_requested(self, message: messages.OpenRequested) -> None:
        """Show a run's own screen, over the list of runs."""
        from ssp_tui.screens.run import RunScreen

        self.switch_mode("runs")
        self.push_screen(RunScreen(message.run_ids[0]))

    def on_log_requested(self, message: messages.LogRequested) -> None:
        """Show what a run's engine wrote."""
        from ssp_tui.screens.log import LogScreen

        self.push_screen(LogScreen(message.run_ids[0]))

    async def on_compare_requested(self, message: messages.CompareRequested) -> None:
        """Show the Compare screen on these runs."""
        await self.switch_mode("compare")
        compare = getattr(self.screen_stack[0], "compare", None)
        if compare:
            compare(message.run_ids)

    async def on_compose_requested(self, message: messages.ComposeRequested) -> None:
        """Show the Compose screen on this configuration."""
        if message.config.derived is not None:
            of = clean(message.config.derived.of, 60)
            self.tell(f"a derived run is not composed: compose {of} anew, or `ssp-tui derive {of}`", True)
            return
        await self.switch_mode("compose")
        load = getattr(self.screen_stack[0], "load", None)
        if load:
            load(message.config)


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
    dashboard = Dashboard(home, run, readonly, ascii_only, runs)
    return dashboard.run(mouse=mouse) or dashboard.return_code or 0  # the second is a crash's

"""The Compose screen: put a search space together, see what its poison will do, launch it."""

import dataclasses
from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget

from engine.plan.config import RunConfig
from ssp_tui import messages
from ssp_tui.compose import editing
from ssp_tui.compose.draft import draft_of
from ssp_tui.compose.figures import Outlook, figures_of
from ssp_tui.compose.figures_panel import FiguresPanel
from ssp_tui.compose.form import Form
from ssp_tui.compose.look_ahead import Machine, look_ahead, look_around
from ssp_tui.compose.paste import looks_like_command, read_command
from ssp_tui.compose.saving import save_preset
from ssp_tui.keys import bindings, shown_key
from ssp_tui.plan_keys import COMPOSE_KEYS, PICK_KEYS
from ssp_tui.screens.base import BaseScreen
from ssp_tui.screens.prompt import Prompt

PAUSE_SECONDS = 0.15
"""Without a key for so long, the hazard is sampled."""


class ComposeScreen(BaseScreen):
    """The form, and the figures it makes."""

    MODE = "compose"
    KEYS = COMPOSE_KEYS
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMPOSE_KEYS)
    HELP_TEXT = """A search space is its original operations and its poison, each with so many copies.
Space takes an operation in or out, left and right go through round values, digits type any other.
The figures say what the space means before it runs; the command launches the very same thing from a shell."""

    DEFAULT_CSS = """
    ComposeScreen Horizontal { height: 1fr; }
    ComposeScreen Form { width: 55%; max-width: 74; }
    ComposeScreen FiguresPanel { width: 1fr; max-width: 100; border-left: blank; }
    ComposeScreen.-tiny Horizontal { layout: vertical; }
    ComposeScreen.-tiny Form { width: 100%; height: 1fr; }
    ComposeScreen.-tiny FiguresPanel { width: 100%; height: 40%; }
    """

    def __init__(self) -> None:
        """Start with a clean space."""
        super().__init__()
        self._machine = Machine()
        self._timer: Timer | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The form at the left, what it means at the right."""
        picks = tuple((shown_key(key.keys), key.action.split("'")[1]) for key in PICK_KEYS)
        with Horizontal():
            yield Form(picks)
            yield FiguresPanel("y copies  v pastes")

    def on_mount(self) -> None:
        """Show the first draft, and look around for what times rest on."""
        self.form.focus()
        self._show_figures()
        self.run_worker(partial(self._look_around), thread=True, exit_on_error=False)

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one(Form)

    def load(self, config: RunConfig, num_seeds: int = 1) -> None:
        """Show this configuration, to be changed and launched as a new run."""
        self.form.end_edit()
        self.form.show(draft_of(config, num_seeds))
        self.form.go("base")

    def on_form_changed(self) -> None:
        """Work the figures out anew."""
        self._show_figures()

    def _show_figures(self) -> None:
        panel, reading = self.query_one(FiguresPanel), self.form.reading
        panel.refusals = tuple(reading.refusals.values())
        panel.figures = figures_of(reading.config, reading.num_seeds) if reading.config else None
        self.form.shares = panel.figures.shares if panel.figures else ()
        panel.outlook = dataclasses.replace(Outlook(), device_kind=self._machine.device_kind)
        self._look_ahead_soon()
        panel.redraw()
        self.form.redraw()

    def _look_ahead_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE_SECONDS, self._look_ahead)

    def _look_ahead(self) -> None:
        config = self.form.reading.config
        if config is not None:
            self.run_worker(
                partial(self._find_outlook, config, self._machine),
                thread=True, exclusive=True, group="outlook", exit_on_error=False,
            )  # fmt: skip

    def _find_outlook(self, config: RunConfig, machine: Machine) -> None:
        outlook = look_ahead(config, machine)
        self.app.call_from_thread(self._show_outlook, config, outlook)

    def _show_outlook(self, config: RunConfig, outlook: Outlook) -> None:
        if self.is_mounted and self.form.reading.config == config:
            panel = self.query_one(FiguresPanel)
            panel.outlook = outlook
            panel.redraw()

    def _look_around(self) -> None:
        machine = look_around(self.dashboard.home)
        self.app.call_from_thread(self._take_machine, machine)

    def _take_machine(self, machine: Machine) -> None:
        self._machine = machine
        self._look_ahead_soon()

    def runs_changed(self) -> None:
        """A run that ended may tell a better time."""

    def on_paste(self, event: events.Paste) -> None:
        """A pasted command is taken as it is."""
        if looks_like_command(event.text):
            event.stop()
            self._take(event.text)

    def _take(self, text: str) -> None:
        try:
            said = self._read(text)
        except ValueError as error:
            self.dashboard.tell(str(error), True)
        else:
            self.dashboard.tell(said)

    def _read(self, text: str) -> str:
        self.load(*read_command(text))
        return "the form shows the command"

    def action_paste(self) -> None:
        """Ask for a command."""
        hint = "paste or type: ssp-tui launch ...   enter takes it, esc closes"
        self._ask(Prompt("A launch command", hint, self._read))

    def action_save(self) -> None:
        """Ask for a name, and save."""
        if self._can_go_on():
            hint = "it is kept in this home's presets folder, and listed on Presets (3)"
            self._ask(Prompt("Save as a preset of your own, under the name", hint, self._save))

    def _save(self, name: str) -> str:
        assert self.form.reading.config is not None
        path = save_preset(self.dashboard.home, self.form.reading.config, name)
        return f"saved as {path.stem}"

    def _ask(self, prompt: Prompt) -> None:
        self.app.push_screen(prompt, lambda said: self.dashboard.tell(said) if said else None)

    def _can_go_on(self) -> bool:
        self.form.end_edit()
        refusals = self.form.reading.refusals
        if refusals:
            self.form.go(next((key for key in refusals if key), self.form.cursor))
            self.dashboard.tell("the form has something that is not allowed: see its last line", True)
        return not refusals

    def action_launch(self) -> None:
        """Launch one run a seed."""
        if self._can_go_on():
            self.post_message(messages.LaunchRequested(self.form.reading.configs))

    def on_form_launch_pressed(self) -> None:
        """The last row does the same."""
        self.action_launch()

    def action_copy(self) -> None:
        """Copy the command to the clipboard, through the terminal."""
        figures = self.query_one(FiguresPanel).figures
        if figures is not None:
            self.app.copy_to_clipboard(figures.command)
            self.dashboard.tell("the command is in the clipboard, if your terminal allows it")

    def action_pick(self, name: str) -> None:
        """Choose one of the paper's poisoning sets."""
        self.form.show(editing.picked(self.form.draft, name))

    def action_again(self) -> None:
        """Offer the poison under the cursor once more."""
        self.form.show(editing.duplicated(self.form.draft, self.form.cursor))

    def action_switch(self) -> None:
        """In or out."""
        self.form.toggle()

    def action_step(self, direction: int) -> None:
        """Less or more."""
        self.form.step(direction)

    def action_one(self, direction: int) -> None:
        """One less or one more."""
        self.form.step(direction, by_one=True)

    def action_edit(self) -> None:
        """Type, or press."""
        self.form.begin_edit()

    def action_field(self, step: int) -> None:
        """To another field."""
        self.form.move_field(step)

    def action_row(self, step: int) -> None:
        """To another row."""
        self.form.move_row(step)

    def action_back(self) -> None:
        """To the runs."""
        self.dashboard.action_show("runs")

"""The Compose screen: put a search space together, see what its poison will do, launch it."""

import string
from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine.plan.config import RunConfig
from ssp_tui import messages
from ssp_tui.cleaning import clean
from ssp_tui.compose.draft import draft_of
from ssp_tui.compose.explanation import Explanation
from ssp_tui.compose.field import Kind
from ssp_tui.compose.figures_panel import DraftFiguresPanel
from ssp_tui.compose.form import Form
from ssp_tui.compose.form_model import FormModel
from ssp_tui.compose.launch_bar import LaunchBar
from ssp_tui.compose.paste import looks_like_command, read_command
from ssp_tui.compose.saving import save_preset
from ssp_tui.keymap import key_now
from ssp_tui.keys import bindings, shown_keys
from ssp_tui.panels.bars import TopBar
from ssp_tui.plan_keys import COMPOSE_KEYS, COMPOSE_SCREEN_KEYS, PICK_KEYS
from ssp_tui.screens.base import BaseScreen
from ssp_tui.screens.prompt import Prompt


class ComposeScreen(BaseScreen):
    """The form, and the figures it makes."""

    MODE = "compose"
    KEYS = COMPOSE_KEYS
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMPOSE_SCREEN_KEYS)
    HELP_TEXT = """A search space is its original operations and its poison, each with so many copies.
Space takes an operation in or out, left and right go through round values, digits type any other.
The figures say what the space means before it runs; the command launches the very same thing from a shell."""

    DEFAULT_CSS = """
    ComposeScreen Horizontal { height: 1fr; }
    ComposeScreen Form { width: 55%; max-width: 74; }
    ComposeScreen DraftFiguresPanel { width: 1fr; max-width: 124; border-left: blank; }
    ComposeScreen.-tiny Horizontal { layout: vertical; }
    ComposeScreen.-tiny Form { width: 100%; height: 1fr; }
    ComposeScreen.-narrow DraftFiguresPanel { padding: 0 0 0 1; }
    ComposeScreen.-tiny DraftFiguresPanel { width: 100%; height: 40%; }
    """

    def compose_body(self) -> Iterable[Widget]:
        """The form at the left, what it means at the right."""
        key_map = self.dashboard.key_map
        picks = tuple((shown_keys(key, key_map), key.action.split("'")[3]) for key in PICK_KEYS)
        with Horizontal():
            yield Form(picks)
            copy, paste = key_now("compose.copy", key_map), key_now("compose.paste", key_map)
            yield DraftFiguresPanel(f"{copy} copies  {paste} pastes")
        yield Explanation()
        yield LaunchBar(COMPOSE_SCREEN_KEYS[0])

    def on_mount(self) -> None:
        """Show the first draft."""
        self.form.focus()
        self.on_form_changed()

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one(Form)

    @property
    def model(self) -> FormModel:
        """What stands in the form."""
        return self.form.model

    def load(self, config: RunConfig, num_seeds: int = 1) -> None:
        """Show this configuration, to be changed and launched as a new run."""
        self.form.show(draft_of(config, num_seeds))
        self.form.go("base")

    @property
    def typed(self) -> str:
        """Everything while a value is typed; digits begin to type a number."""
        if not self.is_mounted:
            return ""
        is_number = self.model.field.kind is Kind.NUMBER
        return string.printable if self.model.edited is not None else string.digits if is_number else ""

    def on_form_settled(self) -> None:
        """Explain the field the cursor is on now, and name no key that it takes."""
        self.query_one(Explanation).show(self.form.view)
        self.query_one(TopBar).redraw()

    def on_form_changed(self) -> None:
        """Work the figures out anew."""
        panel = self.query_one(DraftFiguresPanel)
        panel.show(self.model.reading)
        self.form.shares = panel.figures.shares if panel.figures else ()
        self.form.redraw()
        self.on_draft_figures_panel_found()

    def on_draft_figures_panel_found(self) -> None:
        """Say beside the key what would be launched, and for how long."""
        panel = self.query_one(DraftFiguresPanel)
        self.query_one(LaunchBar).show(panel.figures, self.model.reading.num_seeds, panel.outlook)

    def on_form_launch_pressed(self) -> None:
        """The last row does what the key does."""
        self.action_launch()

    def on_paste(self, event: events.Paste) -> None:
        """A pasted command is taken as it is."""
        if not looks_like_command(event.text):
            return
        event.stop()
        try:
            self.dashboard.tell(self._read(event.text))
        except ValueError as error:
            self.dashboard.tell(clean(str(error), 300), True)

    def _read(self, text: str) -> str:
        self.load(*read_command(text, self.dashboard.home.path))
        return "the form shows the command"

    def _save(self, name: str) -> str:
        assert self.model.reading.config is not None
        path = save_preset(self.dashboard.home, self.model.reading.config, name)
        return f"saved as {path.stem}"

    def _ask(self, prompt: Prompt) -> None:
        self.app.push_screen(prompt, lambda said: self.dashboard.tell(said) if said else None)

    def _can_go_on(self) -> bool:
        refusals = self.model.reading.refusals
        if refusals:
            self.form.go(next((key for key in refusals if key), self.model.cursor))
            self.dashboard.tell("the form has something that is not allowed: it is said below", True)
        return not refusals

    def action_paste(self) -> None:
        """Ask for a command."""
        close = key_now("prompt.back", self.dashboard.key_map)
        hint = f"paste or type: ssp-tui launch ...   enter takes it, {close} closes"
        self._ask(Prompt("A launch command", hint, self._read))

    def action_save(self) -> None:
        """Ask for a name, and save."""
        if self.dashboard.readonly:
            self.dashboard.tell("read only: nothing is saved from here", True)
        elif self._can_go_on():
            presets = key_now("app.presets", self.dashboard.key_map)
            hint = f"it is kept in this home's presets folder, and listed on Presets ({presets})"
            self._ask(Prompt("Save as a preset of your own, under the name", hint, self._save))

    def action_launch(self) -> None:
        """Launch one run a seed."""
        if self._can_go_on():
            self.post_message(messages.LaunchRequested(self.model.reading.configs))

    def action_copy(self) -> None:
        """Copy the command to the clipboard, through the terminal."""
        figures = self.query_one(DraftFiguresPanel).figures
        if figures is not None:
            self.app.copy_to_clipboard(figures.command)
            self.dashboard.tell("the command is in the clipboard, if your terminal allows it")

    def action_do(self, deed: str, *arguments: object) -> None:
        """What the form's keys do, asked for by name from the palette."""
        self.form.action_do(deed, *arguments)

    def action_edit(self) -> None:
        """The same."""
        self.form.action_edit()

    def action_back(self) -> None:
        """To the runs; the form stays as it is."""
        self.dashboard.action_show("runs")

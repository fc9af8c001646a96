"""The Presets screen: the paper's tables with this home's results filling in beside them."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from engine.analyse.outcomes import Outcomes
from engine.plan.config import RunConfig
from engine.process.listing import RunRow
from ssp_tui import messages, wording
from ssp_tui.cli.suite import parse_suite_launch
from ssp_tui.keymap import key_now
from ssp_tui.keys import LIST_KEYS, bindings
from ssp_tui.plan_keys import PRESETS_KEYS
from ssp_tui.preset_table.entries import (
    PresetEntry,
    Progress,
    finished_runs,
    preset_entries,
    progress_of,
    seeded,
)
from ssp_tui.preset_table.preset_list import PresetList
from ssp_tui.preset_table.preset_note import PresetNote
from ssp_tui.screens.base import BaseScreen
from ssp_tui.screens.prompt import Prompt


class PresetsScreen(BaseScreen):
    """Every preset, and what has become of it here."""

    MODE = "presets"
    KEYS = PRESETS_KEYS
    MOVING = LIST_KEYS
    BINDINGS: ClassVar[list[BindingType]] = bindings(PRESETS_KEYS)
    HELP_TEXT = """The paper's tables. Ours is the mean over the finished runs of a preset at full settings,
with their standard deviation; points is ours minus the paper's test error.
Launching asks for the number of seeds. Marked presets are launched together, as one queue.
The reduced suite's runs are of another size: the paper's figures stand beside them for their order only.
A suite launched again starts what is missing; `ssp-tui suite status` tells how far it is."""

    def __init__(self) -> None:
        """Start with nothing read."""
        super().__init__()
        self._outcomes = Outcomes()

    def compose_body(self) -> Iterable[Widget]:
        """The table, and a note on the preset under the cursor."""
        yield PresetList()
        yield PresetNote()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Read the presets, again too: one may have been saved meanwhile."""
        super().on_screen_resume(event)
        self.table.show(preset_entries(self.dashboard.home))
        self.runs_changed()

    @property
    def table(self) -> PresetList:
        """The table."""
        return self.query_one(PresetList)

    def runs_changed(self) -> None:
        """Gather results anew, off the loop: the first time, every finished run's configuration is read."""
        if self.is_mounted and self._is_shown:
            gather = partial(self._gather, self.dashboard.runs, tuple(self.table.items))
            self.run_worker(gather, thread=True, exclusive=True, group="outcomes")

    def _gather(self, rows: tuple[RunRow, ...], entries: tuple[PresetEntry, ...]) -> None:
        configs = {entry.name: entry.config for entry in entries if entry.config is not None}
        outcomes = self._outcomes.gather(configs, finished_runs(rows, configs))
        named = [row for row in rows if row.name in configs]
        progress = progress_of(
            named, outcomes, lambda row: self._outcomes.is_full(row.folder, configs[row.name])
        )
        self.app.call_from_thread(self._show_progress, progress)

    def _show_progress(self, progress: dict[str, Progress]) -> None:
        self.table.progress = progress
        self.table.redraw()
        self._show_note()

    def _show_note(self) -> None:
        current = self.table.current
        progress = self.table.progress.get(current.name, Progress()) if current else Progress()
        self.query_one(PresetNote).show(current, progress, len(self.table.marks))

    def on_cursor_list_moved(self) -> None:
        """Tell of the preset the cursor is on now."""
        self._show_note()

    def on_cursor_list_chosen(self) -> None:
        """Show it."""
        self.action_open()

    def _chosen(self) -> list[RunConfig]:
        """The marked presets, or the one under the cursor."""
        current = self.table.current
        names = self.table.marks or ({current.name} if current else set())
        return [entry.config for entry in self.table.items if entry.name in names and entry.config]

    def action_open(self) -> None:
        """Show the resolved configuration."""
        from ssp_tui.screens.configuration import ConfigurationScreen

        current = self.table.current
        if current is not None and current.config is not None:
            self.app.push_screen(ConfigurationScreen(current.config))

    def action_select(self) -> None:
        """Mark it or drop its mark, and go on to the next."""
        current = self.table.current
        if current is not None and current.config is not None:
            self.table.marks ^= {current.name}
        self.table.action_move(1)
        self._show_note()

    def action_select_paper(self) -> None:
        """Mark every row of the paper, or drop all marks."""
        paper = {entry.name for entry in self.table.items if entry.config and entry.config.paper}
        self.table.marks = frozenset() if self.table.marks >= paper else frozenset(paper)
        self.table.redraw()
        self._show_note()

    def action_clear(self) -> None:
        """Drop the marks; without any, back to the runs."""
        if not self.table.marks:
            self.dashboard.action_show("runs")
        self.table.marks = frozenset()
        self.table.redraw()
        self._show_note()

    def action_compose(self) -> None:
        """Open the preset under the cursor in the form."""
        current = self.table.current
        if current is not None and current.config is not None:
            self.post_message(messages.ComposeRequested(current.config))

    def action_launch(self) -> None:
        """Ask for the number of seeds, then launch."""
        configs = self._chosen()
        if not configs:
            self.dashboard.tell("there is no preset here that can be launched", True)
            return
        what = wording.counted(len(configs), "preset")
        close = key_now("prompt.back", self.dashboard.key_map)
        hint = f"enter launches {what}, each with so many seeds from its own upwards; {close} does not"
        self.app.push_screen(Prompt(f"Launch {what}: how many seeds each?", hint, self._launch, "1"))

    def _launch(self, text: str) -> str:
        configs = seeded(self._chosen(), text)
        self.post_message(messages.LaunchRequested(configs))
        self.table.marks = frozenset()
        return ""

    def action_launch_suite(self) -> None:
        """Ask which, then launch it as the command does."""
        hint = (
            "as after `ssp-tui suite launch`: paper --seeds 3 --only 1a,2d; only what is missing is started"
        )
        self.app.push_screen(Prompt("Launch which suite?", hint, self._launch_suite, "paper-small"))

    def _launch_suite(self, text: str) -> str:
        self.post_message(messages.LaunchSuiteRequested(parse_suite_launch(text)))
        return ""

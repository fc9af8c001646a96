"""The Run screen: one run live or replayed, every panel on one view."""

import dataclasses
from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.reactive import reactive
from textual.widget import Widget

from engine.plan.config import RunConfig
from engine.plan.hazard import estimate_hazard
from engine.record.status import FINISHED
from ssp_tui import keys, messages
from ssp_tui.panels.bars import KeyBar
from ssp_tui.panels.board import Board
from ssp_tui.panels.device import DevicePanel
from ssp_tui.panels.header import Header
from ssp_tui.run_view import RunView
from ssp_tui.screens.base import BaseScreen


class RunScreen(BaseScreen):
    """One run."""

    MODE = "runs"
    KEYS = keys.RUN_KEYS
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(KEYS)
    HELP_TEXT = """One run as its journal tells it. Left and right replay any epoch, in every panel.
Up and down step through the epoch's sampled architectures, the best first.
A cross marks what is poisoned, a dot what is clean; NaN is a gap in a line and a mark of its own."""

    # A header that takes every row leaves nothing to scroll to.
    DEFAULT_CSS = "RunScreen { overflow: hidden; }"

    view: reactive[RunView | None] = reactive[RunView | None](None, repaint=False)

    def __init__(self, run_id: str) -> None:
        """Show the run with this id."""
        super().__init__()
        self.run_id = run_id
        self._is_estimating = False
        self.follow(run_id)

    def compose_body(self) -> Iterable[Widget]:
        """The header over the board."""
        yield Header().data_bind(RunScreen.view)
        yield Board().data_bind(RunScreen.view)

    def watch_view(self) -> None:
        """The key bar names what is there to be opened."""
        for bar in self.query(KeyBar):
            bar.redraw()

    def label_of(self, key: keys.Key) -> str:
        """Only what can be done now; the detail by what it opens."""
        if self.view is None:
            return key.label
        whole = self.view.whole
        broke, status, exists = whole.state.broke, whole.status, whole.exists
        first = f"First {'null step' if broke[0].what == 'null_step' else 'NaN'}" if broke else ""
        labels = {
            "run.detail": first,
            "run.earlier": key.label if whole.state.epochs else "",
            "run.live": key.label if self.view.epoch is not None else "",
            "run.worse": key.label if self.view.candidates else "",
            "run.rewards": "" if self.view.config and self.view.config.derived else key.label,
            "run.stop": key.label if exists and not status.is_over else "",
            "run.resume": key.label if exists and status.is_over and status.state != FINISHED else "",
        }
        return labels.get(key.name, key.label)

    def on_run_arrived(self, message: messages.RunArrived) -> None:
        """Show what is new; a replay stays on its epoch."""
        was_live = self.view is not None and self.view.whole.is_live
        is_live = message.snapshot.is_live
        self.view = dataclasses.replace(self.view or RunView(message.snapshot), whole=message.snapshot)
        self._find_hazard()
        if is_live != was_live:
            folder = message.snapshot.folder if is_live else None
            self.dashboard.watcher.watch_device(self, folder)

    def _find_hazard(self) -> None:
        """Have the hazard of its space estimated once, beside the loop: it can take seconds."""
        config = self.view.config if self.view is not None else None
        # A derived run samples nothing from its space: there is no chance to estimate.
        if config is not None and config.derived is None and not self._is_estimating:
            self._is_estimating = True
            find = partial(self._estimate, config)
            self.run_worker(find, thread=True, exit_on_error=False, group="hazard")

    def _estimate(self, config: RunConfig) -> None:
        hazard = estimate_hazard(config.space, config.child.layers)
        self.app.call_from_thread(self._change, hazard=hazard)

    def on_device_arrived(self, message: messages.DeviceArrived) -> None:
        """Hand it to its panel."""
        self.query_one(DevicePanel).device = message.device

    def on_unmount(self) -> None:
        """Watch its device no longer."""
        self.dashboard.watcher.watch_device(self, None)

    @property
    def board(self) -> Board:
        """The panels."""
        return self.query_one(Board)

    def _change(self, **changes: object) -> None:
        if self.view is not None:
            self.view = dataclasses.replace(self.view, **changes)  # type: ignore[arg-type]

    def action_step(self, steps: int) -> None:
        """Some epochs earlier or later."""
        if self.view is None:
            return
        if not self.view.whole.state.epochs:
            self.dashboard.tell("no epoch is finished yet: there is nothing to replay")
        self.view = self.view.stepped(steps)

    def action_step_to(self, where: str) -> None:
        """The first epoch, or out of the replay."""
        if self.view is not None and where == "first" and self.view.whole.state.epochs:
            self._change(epoch=self.view.whole.state.epochs[0].epoch, rank=0)
        elif where == "live":
            self._change(epoch=None)

    def action_candidate(self, steps: int) -> None:
        """A better or a worse architecture of the epoch."""
        if self.view is not None and self.view.candidates:
            rank = min(self.view.rank, len(self.view.candidates) - 1) + steps
            self._change(rank=max(0, min(rank, len(self.view.candidates) - 1)))

    def action_triangle(self) -> None:
        """Lanes or dots."""
        if self.view is not None:
            self._change(triangle=not self.view.triangle)

    def action_rewards(self) -> None:
        """The controller panel's other page, in sight wherever only one panel is."""
        if self.view is not None:
            is_seen = self.board.current == "controller" or self.board.shows_all
            self._change(rewards=not self.view.rewards or not is_seen)
            self.board.current = "controller"

    def action_panel(self, steps: int) -> None:
        """Another panel."""
        self.board.step(steps)

    def action_maximise(self) -> None:
        """The whole screen for the current panel, or back."""
        self.board.is_maximised = not self.board.is_maximised

    def action_detail(self) -> None:
        """Where numbers first broke."""
        from ssp_tui.screens.first_event import FirstEventScreen

        if self.view is None or not self.view.whole.state.broke:
            self.dashboard.tell("every number has been finite so far")
        else:
            self.app.push_screen(FirstEventScreen(self.view.whole))

    def action_log(self) -> None:
        """Its log."""
        self.post_message(messages.LogRequested(self.run_id))

    def action_compose_again(self) -> None:
        """Its configuration as the start of another."""
        if self.view is not None and self.view.config is not None:
            self.post_message(messages.ComposeRequested(self.view.config))
        else:
            self.dashboard.tell("its configuration cannot be read", True)

    def action_stop(self) -> None:
        """Ask for a stop."""
        self.post_message(messages.StopRequested(self.run_id))

    def action_resume(self) -> None:
        """Ask for it to go on."""
        self.post_message(messages.ResumeRequested(self.run_id))

    def action_remove(self) -> None:
        """Ask for it to be deleted."""
        self.post_message(messages.RemoveRequested(self.run_id))

    def action_back(self) -> None:
        """Out of the maximised panel, else out of the replay, else to the runs."""
        if self.board.is_maximised:
            self.board.is_maximised = False
        elif self.view is not None and self.view.epoch is not None:
            self._change(epoch=None)
        else:
            self.dismiss()

"""The dashboard's hold on its runs: who reads them, and what is done to them when a screen asks."""

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ssp_tui import messages
from ssp_tui.cleaning import clean
from ssp_tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from engine.plan.config import RunConfig
    from engine.record.home import Home
    from ssp_tui.cli.suite import SuiteLaunch
    from ssp_tui.watch import Watcher


class ActingApp(TerminalApp):
    """An app on the runs of one home that acts on them beside the loop."""

    def __init__(self, home: Path, readonly: bool, ansi_color: bool | None) -> None:
        """Act on the runs of `home`, or with `readonly` on none."""
        super().__init__(ansi_color=ansi_color)
        self.home_path = home.expanduser().absolute()
        self.readonly = readonly
        """Whether nothing may be launched, stopped, resumed or removed from here."""

    def action_show(self, mode: str) -> None:
        """Go to one of the screens."""
        raise NotImplementedError

    @cached_property
    def home(self) -> "Home":
        """All runs; read late, since the first paint does not wait for anything of the engine's."""
        from engine.record.home import Home

        return Home(self.home_path)

    @cached_property
    def watcher(self) -> "Watcher":
        """The one that reads."""
        from ssp_tui.watch import Watcher

        return Watcher(self.home, self, may_write=not self.readonly)

    def tell(self, text: str, is_bad: bool = False) -> None:
        """Say one line in the corner; whoever wrote it, no terminal obeys it."""
        self.notify(
            clean(text, 400),
            severity="error" if is_bad else "information",
            markup=False,
            timeout=8 if is_bad else 4,
        )

    def on_launch_requested(self, message: messages.LaunchRequested) -> None:
        """Launch; a single new run is shown once it is there."""
        self._in_thread(partial(self._launch, message.configs))

    def on_launch_suite_requested(self, message: messages.LaunchSuiteRequested) -> None:
        """Launch what is missing of a suite, and show the runs."""
        self._in_thread(partial(self._launch_suite, message.launch))

    def on_stop_requested(self, message: messages.StopRequested) -> None:
        """Stop runs; it takes as long as an engine's step."""
        self._act("stop_runs", message.run_ids)

    def on_resume_requested(self, message: messages.ResumeRequested) -> None:
        """Resume runs."""
        self._act("resume_runs", message.run_ids)

    def on_queue_requested(self, message: messages.QueueRequested) -> None:
        """Pause, reorder or change the queue."""
        self._act(message.what, message.run_ids, message.value)

    async def on_remove_requested(self, message: messages.RemoveRequested) -> None:
        """Ask, then delete."""
        from ssp_tui.screens.question import Question

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._act("remove_runs", message.run_ids)

        if self.readonly:
            self._act("remove_runs", ())
        else:
            self.push_screen(Question.about_removing(message.run_ids), answered)

    def _launch(self, configs: tuple["RunConfig", ...]) -> None:
        from ssp_tui import requests

        run_ids = requests.launch_all(self.home, configs, self._tell_from_thread)
        if len(run_ids) == 1:
            self.call_from_thread(self.post_message, messages.OpenRequested(*run_ids))
        elif run_ids:
            self.call_from_thread(self.action_show, "runs")

    def _launch_suite(self, launch: "SuiteLaunch") -> None:
        from ssp_tui import requests

        if requests.launch_missing(self.home, launch, self._tell_from_thread):
            self.call_from_thread(self.action_show, "runs")

    def _act(self, what: str, run_ids: tuple[str, ...], *more: int) -> None:
        """Do something to runs by the function of that name in `requests`."""

        def act() -> None:
            from ssp_tui import requests

            getattr(requests, what)(self.home, run_ids, self._tell_from_thread, *more)

        self._in_thread(act)

    def _in_thread(self, act: Callable[[], object]) -> None:
        """Do it beside the loop unless this dashboard only reads, then look at all runs at once."""
        if self.readonly:
            self.tell("read only: nothing is launched, stopped, resumed or removed from here", True)
            return

        def act_and_look() -> None:
            act()
            self.watcher.look_now()

        self.run_worker(act_and_look, thread=True, exit_on_error=False, group="requests")

    def _tell_from_thread(self, text: str, is_bad: bool) -> None:
        self.call_from_thread(self.tell, text, is_bad)

"""The one thread that reads: it lists runs, follows the shown ones' journals and posts what is new."""

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from textual.message import Message

from engine.process.listing import RunList, RunRow
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import QUEUED
from ssp_tui.device import Device, DeviceReader
from ssp_tui.follower import RunFollower
from ssp_tui.messages import DeviceArrived, RunArrived, RunsArrived
from ssp_tui.queue_line import QueueFollower, QueueLine
from ssp_tui.signals import force_exit_later

POLL_SECONDS = 0.25
LIST_SECONDS = 1.0
LIST_BUDGET_SECONDS = 0.25
"""A large home is listed in parts, the first of this length, each four times as long as the one before.

The first is soon to be seen; drawing thousands of rows again after each part costs more than reading them."""
PAINT_SECONDS = 0.05
"""While a large home is not read to its end yet: long enough to paint a part that was, undisturbed."""
LIST_SHARE = 50
"""Between two readings of the list lie this many times what one takes: a large home costs no more."""
DEVICE_SECONDS = 2.0


Action = Callable[[], object]
CallInLoop = Callable[[Action], object]


class Poster(Protocol):
    """Whom things are posted to, from another thread: a screen or the app."""

    def post_message(self, message: Message) -> bool:
        """Put a message into its queue."""
        ...


class Watcher:
    """Posts the list of runs to the app, and snapshots of runs to the screens that follow them."""

    def __init__(self, home: Home, app: Poster, may_write: bool = True) -> None:
        """Read the runs of `home` for `app`; `may_write` lets what was read be kept there."""
        self._home, self._app = home, app
        self._list = RunList(home, may_write)
        self._rows: tuple[RunRow, ...] | None = None
        self._queue = QueueFollower(home)
        self._line = QueueLine()
        self._is_listed = False
        self._list_due = 0.0
        self._list_budget_seconds = LIST_BUDGET_SECONDS
        self._followers: dict[str, RunFollower] = {}
        self._following: dict[Poster, tuple[str, ...]] = {}
        self._device_reader = DeviceReader()
        self._devices: dict[Poster, tuple[RunFolder, float, Device | None]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._is_stopping = False
        self._is_answering = True

    def start(
        self, call_in_loop: CallInLoop, leave: Callable[[], object], crash: Callable[[Exception], object]
    ) -> None:
        """Begin to read; in the loop, `leave` is called when the terminal is gone, `crash` for a defect."""

        def run() -> None:
            try:
                self._run(call_in_loop, leave)
            except Exception as error:  # or the screens would show for ever what was true once
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    call_in_loop(partial(crash, error))

        threading.Thread(target=run, name="watcher", daemon=True).start()

    def stop(self) -> None:
        """End the thread soon."""
        self._is_stopping = True
        self._wake.set()

    def look_now(self) -> None:
        """Read everything again at once: something was just done to a run."""
        self._list_due = 0.0
        self._wake.set()

    def follow(self, screen: Poster, run_ids: tuple[str, ...]) -> None:
        """Post snapshots of these runs to the screen from now on, each at once; none when there are none."""
        with self._lock:
            self._following.pop(screen, None)
            if run_ids:
                self._following[screen] = tuple(dict.fromkeys(run_ids))
                for run_id in run_ids:
                    if run_id in self._followers:
                        self._followers[run_id].forget(screen)
        self._wake.set()

    def watch_device(self, screen: Poster, folder: RunFolder | None) -> None:
        """Post what the device of this run is doing to the screen; None ends it."""
        with self._lock:
            self._devices.pop(screen, None)
            if folder:
                self._devices[screen] = (folder, 0.0, None)
        self._wake.set()

    def _run(self, call_in_loop: CallInLoop, leave: Callable[[], object]) -> None:
        terminal = sys.__stdin__.fileno() if sys.__stdin__ and os.isatty(0) else None
        while not self._is_stopping:
            if terminal is not None and _is_gone(terminal):
                force_exit_later(128 + signal.SIGHUP)
                call_in_loop(leave)
                return
            # A stalled link stops the loop: post nothing more until it answers again.
            if self._is_answering:
                self._is_answering = False
                try:
                    self.look()
                except OSError:  # a file or a disk went away under our hands: look again soon
                    self._list_due = time.monotonic() + LIST_SECONDS
                call_in_loop(self._answer)
            self._wake.wait(POLL_SECONDS if self._list_due else PAINT_SECONDS)
            self._wake.clear()

    def _answer(self) -> None:
        self._is_answering = True

    def look(self) -> None:
        """Read once whatever is due."""
        self._look_at_followed()
        self._look_at_list()
        self._look_at_devices()

    def _look_at_list(self) -> None:
        if time.monotonic() < self._list_due:
            return
        start, budget, was_complete = time.monotonic(), self._list_budget_seconds, self._list.is_complete
        self._list_due = float("inf")  # until set below, or to 0 by `look_now` meanwhile
        rows = tuple(self._list.rows(budget, with_errors=True))
        is_whole, is_complete = self._list.is_whole, self._list.is_complete
        self._list_budget_seconds = LIST_BUDGET_SECONDS if is_complete else 4 * budget
        line = self._queue.read(row.run_id for row in rows if row.status.state == QUEUED)
        # A first reading says nothing of what the next look will take.
        pause = LIST_SHARE * (time.monotonic() - start) if was_complete else 0.0
        if self._list_due:
            self._list_due = start + max(LIST_SECONDS, pause) if is_complete else 0.0
        if (rows, is_whole, line) != (self._rows, self._is_listed, self._line):
            self._rows, self._is_listed, self._line = rows, is_whole, line
            self._app.post_message(RunsArrived(rows, is_whole, line))

    def _look_at_followed(self) -> None:
        with self._lock:
            wanted = {run_id for ids in self._following.values() for run_id in ids}
            self._followers = {
                run_id: self._followers.get(run_id) or RunFollower(self._home.run_folder(run_id))
                for run_id in wanted
            }
            following = [(screen, self._followers[i]) for screen, ids in self._following.items() for i in ids]
        for follower in dict.fromkeys(follower for _, follower in following):
            snapshot = follower.read()
            for screen, other in following:
                if other is follower and follower.is_news_to(screen):
                    screen.post_message(RunArrived(snapshot))

    def _look_at_devices(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [(screen, *rest) for screen, rest in self._devices.items() if now >= rest[1]]
        for screen, folder, _, before in due:
            device = self._device_reader.read(folder)
            with self._lock:
                if screen in self._devices:
                    self._devices[screen] = (folder, now + DEVICE_SECONDS, device)
            if device != before:
                screen.post_message(DeviceArrived(device))


def _is_gone(terminal: int) -> bool:
    """Whether the terminal has hung up."""
    poll = select.poll()
    with contextlib.suppress(OSError):
        poll.register(terminal, 0)
        return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))
    return True

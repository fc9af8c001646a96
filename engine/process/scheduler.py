"""The scheduler: one light process per home that starts queued runs as places become free, then exits."""

import contextlib
import os
import sys
import time
from collections.abc import Callable

from engine.process.disk import disk_trouble
from engine.process.engine_lock import LockHeldError, held_lock
from engine.process.gpus import visible_gpus
from engine.process.identity import Identity, presence_of
from engine.process.launch import launch_detached
from engine.process.places import Machine, Occupancy, Place, free_place
from engine.process.queue import queued_runs
from engine.record.events import RunFailed
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import Presence

POLL_SECONDS = 0.5
LOCK_PATIENCE_SECONDS = 1.0

Launch = Callable[[RunFolder, Place], Identity | None]


def wake_scheduler(home: Home) -> None:
    """Start the home's scheduler if runs are queued and none is at work; OSError when it cannot start."""
    if not queued_runs(home):
        return
    try:
        with held_lock(home.scheduler_lock_path):
            pass  # nobody holds it: nobody is at work
    except LockHeldError:
        return
    launch_detached(["--schedule", str(home.path)], home.scheduler_log_path, home.path)


def run_scheduler(home: Home) -> int:
    """Start queued runs until none is left; returns the exit code."""
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while queued_runs(home):
        try:
            with held_lock(home.scheduler_lock_path):
                Scheduler(home, Machine(len(os.sched_getaffinity(0)), visible_gpus()), launch_engine).run()
        except LockHeldError:
            # A scheduler at work, or somebody who is only looking whether there is one.
            if time.monotonic() > deadline:
                return 0
            time.sleep(POLL_SECONDS / 5)
        # Once more from the start: a run queued while the lock was being given back has woken nobody.
    return 0


class Scheduler:
    """Gives queued runs places, first come first served among those that fit."""

    def __init__(self, home: Home, machine: Machine, launch: Launch) -> None:
        """Start engines by `launch` on the places of `machine`."""
        self._home = home
        self._machine = machine
        self._launch = launch
        self._occupancy = Occupancy(home)
        self._starting: dict[str, tuple[Identity | None, Place]] = {}
        """Launched, and their request not yet taken away by the engine."""

    def run(self) -> None:
        """Until nothing is queued."""
        while self.step():
            time.sleep(POLL_SECONDS)

    def step(self) -> bool:
        """Start what can be started now; False when nothing is queued."""
        queued = queued_runs(self._home)
        names = {folder.run_id for folder in queued}
        self._starting = {name: start for name, start in self._starting.items() if name in names}
        occupied = self._occupancy.places() + [place for _, place in self._starting.values()]
        for folder in queued:
            if folder.run_id in self._starting:
                self._watch_start(folder)
                continue
            if disk_trouble(folder.path):
                continue  # it waits for room; its engine could not even say that there is none
            place = free_place(folder, self._machine, occupied)
            if place is not None:
                self._start(folder, place)
                occupied.append(place)
        return bool(queued)

    def _start(self, folder: RunFolder, place: Place) -> None:
        try:
            self._starting[folder.run_id] = (self._launch(folder, place), place)
        except OSError as error:
            record_failed_start(folder, f"the engine could not be started: {error}")

    def _watch_start(self, folder: RunFolder) -> None:
        identity, _ = self._starting[folder.run_id]
        if identity is None or presence_of(identity) is not Presence.ALIVE:
            del self._starting[folder.run_id]
            record_failed_start(
                folder, "the engine ended before it took the run up; `logs` shows what it said"
            )


def launch_engine(folder: RunFolder, place: Place) -> Identity | None:
    """Start an engine on a run, detached."""
    return launch_detached(["--queued", str(folder.path)], folder.log_path, folder.path, place.environment())


def record_failed_start(folder: RunFolder, reason: str) -> None:
    """Write down, in the engine's stead, that there is none; unless one is at work after all."""
    try:
        with held_lock(folder.lock_path):
            if not folder.queued_path.exists():
                return
            folder.queued_path.unlink(missing_ok=True)  # or it would be started again at once, and again
            folder.open_journal().append(RunFailed(reason, ""))
    except LockHeldError:
        return
    except OSError as error:
        reason = f"{reason}; and that could not be recorded: {error}"
    with contextlib.suppress(OSError):
        print(f"{folder.run_id}: {reason}", file=sys.stderr, flush=True)

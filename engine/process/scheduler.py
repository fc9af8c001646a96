"""The scheduler: one light process per home that starts queued runs as places become free, then exits.

It may be killed at any moment: everything it knows it reads from the run folders, and the next command starts
another one. Two at once are kept apart by a kernel lock, two engines on one run by another.
"""

import contextlib
import dataclasses
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.process.disk import disk_trouble
from engine.process.engine_lock import LockHeldError, held_lock, work_alone
from engine.process.gpus import DriverGpus
from engine.process.identity import Identity, identify, presence_of, read_process
from engine.process.launch import launch_detached
from engine.process.memory_need import MemoryNeeds
from engine.process.places import Machine, Occupancy, Wishes
from engine.process.queue import Queue, Turn
from engine.process.queue_settings import DEFAULT_SETTINGS, QueueSettings, read_settings
from engine.process.retries import NEVER_BEGAN, put_back, take_up_again
from engine.process.slots import Place, Slots
from engine.record.folder import RunFolder, changed_ns, write_json
from engine.record.home import Home
from engine.record.status import Presence

POLL_SECONDS = 0.5
"""Between two looks at the bell and at the engines that are at work."""

START_SECONDS = 0.2
OWED_SECONDS = 1.0
LOOK_SECONDS = 20.0
"""Between two looks at everything: while engines start, while runs wait to be taken up again, and else."""

Launch = Callable[[RunFolder, Place], Identity | None]


def wake_scheduler(home: Home) -> None:
    """Make whoever minds the home's runs look at once, and start whom there is work for.

    OSError when that is impossible.
    """
    if not home.path.is_dir():
        return
    home.bell_path.touch(mode=0o600)
    turns = Queue(home).turns()
    if home.scheduler_path.exists() or any(not turn.is_for_cluster for turn in turns):
        _start_unless_held(home, home.scheduler_lock_path, "--schedule", home.scheduler_log_path)
    if home.cluster_work_path.exists() or any(turn.is_for_cluster for turn in turns):
        _start_unless_held(home, home.cluster_lock_path, "--cluster", home.cluster_log_path)


def _start_unless_held(home: Home, lock_path: Path, option: str, log_path: Path) -> None:
    try:
        with held_lock(lock_path):
            pass  # nobody holds it: nobody is at work
    except LockHeldError:
        return
    launch_detached([option, str(home.path)], log_path, home.path)


def run_scheduler(home: Home) -> int:
    """Start queued runs until there is nothing left to mind; returns the exit code."""

    def is_wanted() -> bool:
        return home.scheduler_path.exists() or any(not turn.is_for_cluster for turn in Queue(home).turns())

    def work() -> None:
        machine = Machine(len(os.sched_getaffinity(0)), DriverGpus())
        Scheduler(home, machine, launch_engine).run()

    work_alone(home.scheduler_lock_path, is_wanted, work)
    return 0


class Scheduler:
    """Gives queued runs places in their turn, and takes up again what lost its engine."""

    def __init__(self, home: Home, machine: Machine, launch: Launch) -> None:
        """Start engines by `launch` on the places of `machine`."""
        self._home = home
        self._machine = machine
        self._launch = launch
        self._queue = Queue(home)
        self._needs = MemoryNeeds(home)
        self._wishes = Wishes(self._needs)
        self._occupancy = Occupancy(home, self._wishes)
        self._settings = _SettingsFile(home)
        self._owed: dict[str, RunFolder] = {}
        """Their engine is gone; not yet known whether they are to be taken up again, or not yet time."""
        self._starting: dict[str, tuple[Identity | None, Place]] = {}
        """Launched, and their request not yet taken away by the engine."""
        self._not_before: dict[str, float] = {}
        """Engines of these ended before they took them up: when to try again."""
        self._bell = 0

    def run(self) -> None:
        """Until nothing is queued, at work, or waiting to be taken up again."""
        with contextlib.suppress(OSError):  # on a full disk queued runs wait for room, and so does this
            write_json(self._home.scheduler_path, {"version": 1, **dataclasses.asdict(_myself())})
        while self.step():
            self._wait()
        self._home.scheduler_path.unlink(missing_ok=True)

    def step(self) -> bool:
        """Start what can be started now; False when nothing is left to mind."""
        self._bell = changed_ns(self._home.bell_path)
        settings = self._settings.read()
        places, gone = self._occupancy.look()
        if gone:
            self._needs.refresh()
            self._owed |= {folder.run_id: folder for folder in gone}
        self._owed = {name: each for name, each in self._owed.items() if not take_up_again(each, settings)}
        turns = [turn for turn in self._queue.turns() if not turn.is_for_cluster]
        names = {turn.folder.run_id for turn in turns}
        self._starting = {name: start for name, start in self._starting.items() if name in names}
        self._give_places(turns, places, settings)
        return bool(turns or places or self._owed)

    def _give_places(self, turns: list[Turn], places: list[Place], settings: QueueSettings) -> None:
        for name in list(self._starting):
            self._watch_start(self._home.run_folder(name), settings)
        now = time.monotonic()
        self._not_before = {name: due for name, due in self._not_before.items() if due > now}
        held_back = self._starting.keys() | self._not_before.keys()
        waiting = [turn.folder for turn in turns if turn.folder.run_id not in held_back]
        if settings.paused or not waiting:
            return
        occupied = places + [place for _, place in self._starting.values()]
        slots = Slots(settings, self._machine.num_cores, self._machine.gpu_reader.read(), occupied)
        for folder in waiting:
            if slots.is_full:
                return
            if read_process(folder).presence is Presence.ALIVE:
                continue  # resumed while the old engine is still saving
            if disk_trouble(folder.path):
                continue  # it waits for room; its engine could not even say that there is none
            wish = self._wishes.wish_of(folder)
            place = slots.take(wish) if wish else Place()  # its engine says what is wrong with it
            if isinstance(place, Place):
                self._start(folder, place, settings)

    def _start(self, folder: RunFolder, place: Place, settings: QueueSettings) -> None:
        try:
            self._starting[folder.run_id] = (self._launch(folder, place), place)
        except OSError as error:
            self._put_back(folder, f"the engine could not be started: {error}", settings)

    def _watch_start(self, folder: RunFolder, settings: QueueSettings) -> None:
        identity, _ = self._starting[folder.run_id]
        if identity is None or presence_of(identity) is not Presence.ALIVE:
            del self._starting[folder.run_id]
            self._put_back(folder, NEVER_BEGAN, settings)

    def _put_back(self, folder: RunFolder, reason: str, settings: QueueSettings) -> None:
        wait_seconds = settings.retry_seconds
        try:
            wait_seconds = put_back(folder, reason, settings)
        except OSError as error:  # nothing can be written there: it stays queued
            with contextlib.suppress(OSError):
                text = f"{folder.run_id}: {reason}; and that could not be recorded: {error}"
                print(text, file=sys.stderr, flush=True)
        self._not_before[folder.run_id] = time.monotonic() + wait_seconds

    def _wait(self) -> None:
        """Until something may have changed; meanwhile it looks at little, since it may wait for days."""
        wait_seconds = (
            START_SECONDS
            if self._starting
            else OWED_SECONDS
            if self._owed or self._not_before
            else LOOK_SECONDS
        )
        deadline = time.monotonic() + wait_seconds
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, POLL_SECONDS))
            if changed_ns(self._home.bell_path) != self._bell or self._occupancy.has_changed():
                return


class _SettingsFile:
    """Reads queue.toml when it has changed; while it cannot be understood, nothing new is started."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._settings, self._read_at = DEFAULT_SETTINGS, -1

    def read(self) -> QueueSettings:
        stamp = changed_ns(self._home.queue_settings_path)
        if stamp != self._read_at:
            self._read_at = stamp
            try:
                self._settings = read_settings(self._home)
            except ValueError as error:
                print(f"paused until this is mended: {error}", file=sys.stderr, flush=True)
                self._settings = dataclasses.replace(self._settings, paused=True)
        return self._settings


def launch_engine(folder: RunFolder, place: Place) -> Identity | None:
    """Start an engine on a run, detached."""
    return launch_detached(["--queued", str(folder.path)], folder.log_path, folder.path, place.environment())


def _myself() -> Identity:
    found = identify(os.getpid())
    assert found is not None
    return found

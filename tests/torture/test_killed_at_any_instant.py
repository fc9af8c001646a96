"""Promise 1: an engine killed -9 at any instant is taken up again and ends as if nothing had happened."""

import collections
import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.plan.config import read_config
from engine.process.runs import run_status
from engine.record.events import EpochFinished, RunStarted
from engine.record.folder import RunFolder
from engine.record.journal import JournalReader
from engine.record.status import FINISHED
from tests.fakes import TINY
from tests.sameness import assert_ended_alike
from tests.torture.fork_server import ForkServer
from tests.torture.marks import PLACES, Marks

NUM_INSTANTS = 200
POISON = [
    {"op": "dropout", "p": 1.0, "copies": 6},
    {"op": "conv", "kernel": 3, "dilation": 50, "copies": 12},
]
SPACES = {"clean": {"base": "enas6"}, "poisoned": {"base": "enas6", "poison": POISON}}
AIMED_AT = ("checkpoint", "checkpoint", "journal", "evaluation", "controller", "child", "start", "result")
"""Half of the kills wait for one of these; the others fall at any time."""


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer
) -> dict[str, tuple[RunFolder, float]]:
    """One run a space that nobody killed, and the seconds it took."""
    runs = {}
    for name in SPACES:
        folder = new_run(tmp_path_factory.mktemp(name) / "run", name)
        finish(fork_server, folder)
        begun = time.monotonic()
        finish(fork_server, new_run(folder.path.parent / "timed", name))
        runs[name] = folder, time.monotonic() - begun
    return runs


def new_run(path: Path, space: str) -> RunFolder:
    """A run of four epochs of well under a second."""
    table: dict[str, Any] = {
        **TINY,
        "epochs": 4,
        "space": SPACES[space],
        "data": {**TINY["data"], "num_train": 32},
    }
    return RunFolder.create(path, read_config(table))


def finish(server: ForkServer, folder: RunFolder) -> None:
    """Run an engine to the end."""
    marks = folder.path.parent / "marks"
    wait_for_exit(server.start_engine(folder.path, marks))
    assert run_status(folder).state == FINISHED, folder.log_path.read_text()[-2000:]


def wait_for_exit(pid: int) -> None:
    """Until no process has that pid, which a forked engine's reaper sees to."""
    deadline = time.monotonic() + 120
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def kill_once(server: ForkServer, folder: RunFolder, chance: random.Random, seconds: float) -> str:
    """Start an engine and SIGKILL it; returns the place it was in, "" if it had ended before."""
    path = folder.path.parent / f"marks-{chance.random()}"
    marks = Marks(path)
    pid = server.start_engine(folder.path, path)
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0, seconds))
    else:
        wait_for_place(marks, chance.choice(AIMED_AT), chance.randint(1, 5), pid, seconds)
        time.sleep(chance.uniform(0, 0.004))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_for_exit(pid)
    return "" if run_status(folder).state == FINISHED else marks.place


def wait_for_place(marks: Marks, place: str, num_entries: int, pid: int, seconds: float) -> None:
    """Until the engine has entered the place so often, or has had all the time it needs."""
    deadline = time.monotonic() + 3 * seconds
    while marks.num_entries(place) < num_entries and time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.0002)


def assert_no_recorded_epoch_was_redone(folder: RunFolder) -> None:
    """Every engine began at or after the end of the last epoch that the journal already told."""
    recorded = -1
    for entry in JournalReader(folder.journal_path).read():
        if isinstance(entry.event, RunStarted):
            assert entry.event.next_epoch in (recorded + 1, recorded + 2)
        elif isinstance(entry.event, EpochFinished):
            recorded = entry.event.epoch


@pytest.mark.parametrize("space", SPACES)
def test_a_run_killed_at_random_instants_ends_bit_for_bit_like_one_never_killed(
    tmp_path: Path,
    undisturbed: dict[str, tuple[RunFolder, float]],
    fork_server: ForkServer,
    scaled: Callable[[int, int], int],
    seed: int,
    figure: Callable[[str], None],
    space: str,
) -> None:
    model, seconds = undisturbed[space]
    places: collections.Counter[str] = collections.Counter()
    num_instants, num_runs = scaled(NUM_INSTANTS // 2, 4), 0
    while places.total() < num_instants:
        print(f'run {num_runs}: random.Random("{seed}-{space}-{num_runs}")')
        chance = random.Random(f"{seed}-{space}-{num_runs}")
        num_runs += 1
        folder = new_run(tmp_path / "run", space)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            place = kill_once(fork_server, folder, chance, seconds)
            places.update([place] if place else [])
        if run_status(folder).state != FINISHED:
            finish(fork_server, folder)
        assert_ended_alike(folder, model)
        assert_no_recorded_epoch_was_redone(folder)
        shutil.rmtree(folder.path)
    hit = ", ".join(f"{place} {places[place]}" for place in PLACES if places[place])
    figure(f"{places.total()} kills in {num_runs} runs, seed {seed}: {hit}")
    if num_instants >= NUM_INSTANTS // 2:
        assert set(PLACES[1:-1]) <= set(places)

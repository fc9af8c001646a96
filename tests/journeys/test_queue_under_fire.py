"""Twenty runs through the queue, its scheduler and two of its engines killed: all finish, none twice."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from engine.plan.config import read_config
from engine.process.identity import identity_of, presence_of, read_identity
from engine.process.queue_settings import change_settings
from engine.process.runs import launch_runs, list_runs, run_status, wake_scheduler
from engine.record.events import EpochFinished, RunFinished, RunRequeued, RunStarted
from engine.record.folder import RunFolder, read_json
from engine.record.home import Home
from engine.record.journal import JournalReader
from engine.record.status import FINISHED, RUNNING, Presence

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NUM_RUNS, NUM_EPOCHS = 20, 2

SMALL = {
    "name": "fire",
    "dataset": "synthetic",
    "epochs": NUM_EPOCHS,
    "child": {"layers": 3, "filters": 4, "batch_size": 16},
    "controller": {"updates": 2, "samples_per_update": 2},
    "data": {"num_train": 100, "num_val": 20, "num_test": 20},
    "evaluation": {"candidates": 2},
    "engine": {"device": "cpu"},
}


def kill_scheduler(home: Home) -> bool:
    """SIGKILL to the scheduler that is at work; False when there is none."""
    identity = identity_of(read_json(home.scheduler_path) or {})
    if identity is None or presence_of(identity) is not Presence.ALIVE:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, signal.SIGKILL)
    return True


def kill_a_running_engine(home: Home, chance: random.Random, spared: set[str]) -> str:
    """SIGKILL to one engine at work on a run not in `spared`; the run's id, or nothing."""
    running = [row.folder for row in list_runs(home) if row.status.state == RUNNING]
    candidates = [folder for folder in running if folder.run_id not in spared and folder.num_starts()]
    if not candidates:
        return ""
    folder = chance.choice(candidates)
    identity = read_identity(folder)
    if identity is None or presence_of(identity) is not Presence.ALIVE:
        return ""
    os.kill(identity.pid, signal.SIGKILL)
    return folder.run_id


def test_twenty_runs_survive_their_scheduler_and_two_engines(tmp_path: Path) -> None:
    home, chance = Home(tmp_path), random.Random(6)
    change_settings(home, retry_seconds=0.5)
    folders = launch_runs(home, [read_config({**SMALL, "seed": seed}) for seed in range(1, NUM_RUNS + 1)])
    scheduler_kills, killed = 0, set()
    next_kill = time.monotonic() + chance.uniform(0, 6)
    deadline = time.monotonic() + 840
    while not all(run_status(folder).state == FINISHED for folder in folders):
        assert time.monotonic() < deadline, {f.run_id: run_status(f) for f in folders}
        num_over = sum(run_status(folder).is_over for folder in folders)
        if scheduler_kills < 5 and time.monotonic() > next_kill and kill_scheduler(home):
            scheduler_kills += 1
            next_kill = time.monotonic() + chance.uniform(0, 8)
            time.sleep(chance.uniform(0, 1))
        if len(killed) < 2 and num_over >= 4 * (1 + len(killed)):
            killed |= {kill_a_running_engine(home, chance, killed)} - {""}
        wake_scheduler(home)  # as every command does
        time.sleep(0.2)
    assert (scheduler_kills, len(killed)) == (5, 2)
    for folder in folders:
        check_journal(folder, was_killed=folder.run_id in killed)


def check_journal(folder: RunFolder, was_killed: bool) -> None:
    """Whole, in order, started once (or once more), every epoch once, finished once."""
    reader = JournalReader(folder.journal_path)
    entries = []
    while new := reader.read():
        entries += new
    assert reader.num_broken_lines == 0
    assert all(entry.event is not None for entry in entries)
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    events = [entry.event for entry in entries]
    starts = [event for event in events if isinstance(event, RunStarted)]
    requeues = [event for event in events if isinstance(event, RunRequeued)]
    assert (len(starts), len(requeues)) == ((2, 1) if was_killed else (1, 0))
    assert [event.attempt for event in starts] == list(range(1, len(starts) + 1))
    assert [event.epoch for event in events if isinstance(event, EpochFinished)] == list(range(NUM_EPOCHS))
    assert sum(isinstance(event, RunFinished) for event in events) == 1
    assert isinstance(events[-1], RunFinished)

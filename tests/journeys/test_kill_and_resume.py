"""A real engine, killed without warning and taken up again, ends as if nothing had happened."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from engine.plan.config import RunConfig, read_config
from engine.process.identity import read_identity
from engine.process.runs import launch_runs, resume_run, run_status, stop_run
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import read_state
from engine.record.status import CRASHED, FINISHED, RUNNING, STOPPED
from tests.sameness import assert_ended_alike

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NUM_EPOCHS = 6


def tiny_config(poison: list[dict[str, Any]]) -> RunConfig:
    """A search of real phases that takes a second or two an epoch."""
    return read_config(
        {
            "name": "tiny",
            "dataset": "synthetic",
            "epochs": NUM_EPOCHS,
            "space": {"base": "enas6", "poison": poison},
            "child": {"filters": 4, "batch_size": 16},
            "controller": {"updates": 4, "samples_per_update": 4},
            "data": {"num_train": 200, "num_val": 40, "num_test": 100},
            "engine": {"device": "cpu"},
        }
    )


POISON = [
    {"op": "dropout", "p": 1.0, "copies": 3},
    {"op": "conv", "kernel": 3, "dilation": 50, "copies": 3},
    {"op": "gaussian", "sigma": 10.0, "copies": 3},
]


def wait_until(folder: RunFolder, states: tuple[str, ...], num_epochs: int = 0) -> None:
    """Until the run is in one of the states, or has finished so many epochs."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if run_status(folder).state in states:
            return
        if num_epochs and len(read_state(folder.journal_path).epochs) >= num_epochs:
            return
        time.sleep(0.02)
    raise AssertionError(f"{folder.run_id} is {run_status(folder)}; {folder.log_path.read_text()[-2000:]}")


def kill(folder: RunFolder) -> None:
    """SIGKILL the engine, unless it has just finished."""
    identity = read_identity(folder)
    assert identity is not None
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, signal.SIGKILL)
    wait_until(folder, (CRASHED, FINISHED))


def wait_for_events(folder: RunFolder, num_events: int) -> None:
    """Until an engine has written so many more events, or the run has finished."""
    wanted = num_written(folder) + num_events
    while num_written(folder) < wanted and run_status(folder).state != FINISHED:
        wait_until(folder, (RUNNING, FINISHED))
        time.sleep(0.02)


def num_written(folder: RunFolder) -> int:
    return folder.journal_path.read_bytes().count(b"\n") if folder.journal_path.exists() else 0


@pytest.mark.parametrize("poison", [[], POISON], ids=["clean", "poisoned"])
def test_six_epochs_equal_three_and_a_kill_and_a_stop_and_the_rest(
    tmp_path: Path, poison: list[dict[str, Any]]
) -> None:
    home = Home(tmp_path)
    undisturbed, disturbed = launch_runs(home, [tiny_config(poison)] * 2)
    wait_until(disturbed, (FINISHED,), num_epochs=3)
    wait_for_events(disturbed, random.Random(len(poison)).randint(1, 3))
    kill(disturbed)
    resume_run(home, disturbed)
    wait_until(disturbed, (FINISHED,), num_epochs=5)
    stop_run(disturbed)
    wait_until(disturbed, (FINISHED, STOPPED))
    if run_status(disturbed).state == STOPPED:
        resume_run(home, disturbed)
    for folder in (disturbed, undisturbed):
        wait_until(folder, (FINISHED,))
    assert_ended_alike(disturbed, undisturbed)


def test_a_run_killed_at_many_instants_ends_like_one_never_killed(tmp_path: Path) -> None:
    home, chance = Home(tmp_path), random.Random(20)
    undisturbed, disturbed = launch_runs(home, [tiny_config(POISON)] * 2)
    num_kills = 0
    while num_kills < 8 and run_status(disturbed).state != FINISHED:
        wait_for_events(disturbed, chance.randint(1, 12))
        kill(disturbed)
        if run_status(disturbed).state == CRASHED:
            num_kills += 1
            resume_run(home, disturbed)
    for folder in (disturbed, undisturbed):
        wait_until(folder, (FINISHED,))
    assert num_kills >= 3
    assert_ended_alike(disturbed, undisturbed)

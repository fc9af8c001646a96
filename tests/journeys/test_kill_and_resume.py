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
from engine.record.status import CRASHED, FINISHED, STOPPED
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


def kill_at(folder: RunFolder, num_epochs: int, delay_seconds: float) -> None:
    """SIGKILL the engine some time after it has finished so many epochs."""
    wait_until(folder, (FINISHED,), num_epochs)
    time.sleep(delay_seconds)
    identity = read_identity(folder)
    assert identity is not None
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, signal.SIGKILL)
    wait_until(folder, (CRASHED, FINISHED))


@pytest.mark.parametrize("poison", [[], POISON], ids=["clean", "poisoned"])
def test_six_epochs_equal_three_and_a_kill_and_a_stop_and_the_rest(
    tmp_path: Path, poison: list[dict[str, Any]]
) -> None:
    home = Home(tmp_path)
    undisturbed, disturbed = launch_runs(home, [tiny_config(poison)] * 2)
    kill_at(disturbed, num_epochs=3, delay_seconds=random.Random(len(poison)).uniform(0, 1))
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
    for _ in range(8):
        kill_at(disturbed, num_epochs=len(read_state(disturbed.journal_path).epochs), delay_seconds=0)
        if run_status(disturbed).state == FINISHED:
            break
        resume_run(home, disturbed)
        time.sleep(chance.uniform(4, 9))
    if run_status(disturbed).state != FINISHED:
        wait_until(disturbed, (FINISHED, CRASHED))
    if run_status(disturbed).state == CRASHED:
        resume_run(home, disturbed)
    for folder in (disturbed, undisturbed):
        wait_until(folder, (FINISHED,))
    assert_ended_alike(disturbed, undisturbed)

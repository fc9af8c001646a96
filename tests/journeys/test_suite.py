"""A suite of real searches, its engine and its scheduler killed, launched again: every run once and whole."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.process.identity import identity_of, read_identity
from engine.process.runs import list_runs
from engine.record.folder import read_json
from engine.record.home import Home
from engine.record.journal import read_state

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
TINY = (
    "epochs=3",
    "child.filters=4",
    "data.num_train=96",
    "data.num_val=32",
    "data.num_test=32",
    "controller.updates=2",
)
LAUNCH = ("launch", "paper-small", "--only", "original,3d,one-shot-6", "--with", "none", "--name", "tiny")


def suite(home: Home, *words: str) -> Any:
    """`ssp-tui suite ...` as a process of its own, and the JSON it prints."""
    command = [sys.executable, "-m", "ssp_tui", "--home", str(home.path), "suite", *words, "--json"]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def until(is_true: Any, what: str) -> None:
    deadline = time.monotonic() + 240
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_a_suite_that_lost_its_engine_and_its_scheduler_is_completed_by_the_same_words(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home")
    words = [*LAUNCH, *(word for setting in TINY for word in ("--set", setting))]
    started = suite(home, *words)["started"]
    assert len(started) == 3
    first = home.run_folder(started[0])
    until(lambda: len(read_state(first.journal_path).epochs) >= 1, "the first run never finished an epoch")
    scheduler, engine = identity_of(read_json(home.scheduler_path) or {}), read_identity(first)
    assert scheduler is not None
    assert engine is not None
    for process in (scheduler, engine):
        os.kill(process.pid, signal.SIGKILL)
    again = suite(home, *words)
    assert again["started"] == []
    until(lambda: suite(home, "status")["counts"]["finished"] == 3, "the suite was never finished")
    assert sorted(home.run_ids()) == sorted(started)
    assert all(len(read_state(row.folder.journal_path).epochs) == 3 for row in list_runs(home))
    last = suite(home, *words)
    assert (last["started"], last["resumed"], last["num_finished"]) == ([], [], 3)
    status = suite(home, "status")
    finals = {row.name.removeprefix("paper-small-"): row.summary.test_error for row in list_runs(home)}
    assert {each["experiment"]: each["test_error_mean"] for each in status["experiments"]} == finals

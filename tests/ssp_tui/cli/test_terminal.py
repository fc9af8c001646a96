"""Through a real terminal: a session that drops, Ctrl-C, a question, a pipe that closes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from engine.process.runs import run_status, stop_run
from engine.record.events import Warned
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import read_state
from engine.record.status import FINISHED, STOPPED
from tests.engine.process.engines import FAKE_ENGINE, make_run, wait_for

ROOT = FAKE_ENGINE.parents[1]

TINY_FILE = """
extends = "demo-clean"
epochs = 2
[child]
layers = 3
filters = 2
batch_size = 16
[controller]
updates = 1
samples_per_update = 1
[data]
num_train = 32
num_val = 32
num_test = 32
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose engines are stopped at the end, whatever happened."""
    home = Home(tmp_path / "home")
    yield home
    for folder in home.run_folders():
        stop_run(folder, grace_seconds=5)


def spawn(home: Home, *arguments: str) -> Any:
    """`ssp-tui` in a terminal of 120x40."""
    command = ["-m", "ssp_tui", "--home", str(home.path), *arguments]
    return pexpect.spawn(
        sys.executable, command, cwd=str(ROOT), dimensions=(40, 120), encoding="utf-8", timeout=60
    )


def launched(home: Home) -> RunFolder:
    [folder] = home.run_folders()
    return folder


def test_a_run_outlives_the_terminal_it_was_launched_from_and_ends(home: Home, tmp_path: Path) -> None:
    """The whole way with the real engine: launch, follow, the session drops, the run finishes."""
    (tmp_path / "tiny.toml").write_text(TINY_FILE)
    terminal = spawn(home, "launch", str(tmp_path / "tiny.toml"), "--follow")
    terminal.expect("running")
    terminal.close(force=True)  # the pty goes, and SIGHUP with it
    folder = launched(home)
    wait_for(lambda: run_status(folder).is_over, seconds=90)
    assert run_status(folder).state == FINISHED
    result = folder.read_result()
    assert result is not None
    state = read_state(folder.journal_path)
    assert [epoch.epoch for epoch in state.epochs] == [0, 1]
    assert state.started is not None
    assert state.started.attempt == 1


def test_ctrl_c_leaves_the_run_alone_and_says_so(home: Home) -> None:
    terminal = spawn(home, "launch", "demo-clean", "--follow")
    terminal.expect("queued")
    terminal.sendintr()
    terminal.expect("the runs go on")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130
    folder = launched(home)
    stop_run(folder, grace_seconds=30)
    assert run_status(folder).state == STOPPED


def test_rm_asks_in_a_terminal(home: Home) -> None:
    folder = make_run(home)
    folder.queued_path.unlink()
    for answer, stays in (("n", True), ("", True), ("y", False)):
        terminal = spawn(home, "rm", folder.run_id)
        terminal.expect("with everything in it")
        terminal.sendline(answer)
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert folder.path.exists() is stays


def test_a_reader_that_has_had_enough_is_no_error(home: Home) -> None:
    folder = make_run(home)
    folder.queued_path.unlink()
    journal = folder.open_journal()
    for _ in range(5000):  # more than a pipe holds
        journal.append(Warned("again"))
    events = f"{sys.executable} -m ssp_tui --home {home.path} events {folder.run_id}"
    command = f"{events} | head -1; echo ${{PIPESTATUS[0]}}"
    said = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stderr == ""
    assert said.stdout.splitlines()[-1] == "0"


def test_a_killed_scheduler_is_replaced_by_the_next_command(home: Home) -> None:
    """Nobody holds the queue in memory: any command that finds queued runs has them started."""
    folder = make_run(home)
    folder.config_path.write_text("no configuration")  # the engine fails before it would import torch
    subprocess.run([sys.executable, "-m", "ssp_tui", "--home", home.path, "runs"], cwd=ROOT, check=True)
    wait_for(lambda: run_status(folder).is_over)
    assert "not TOML" in run_status(folder).reason

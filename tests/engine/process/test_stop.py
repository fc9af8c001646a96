"""A stop asks, waits, and only then ends by force, and only the process it means."""

import dataclasses
import os
from pathlib import Path

from engine.process.identity import presence_of
from engine.process.runs import run_status, stop_run
from engine.process.stop import ask_to_stop, end_by_force, wait_until_gone
from engine.record.events import RunStopped
from engine.record.home import Home
from engine.record.journal import read_state
from engine.record.status import CRASHED, STOPPED, Presence
from tests.engine.process.engines import launch_running, make_run
from tests.engine.process.test_identity import this_process


def test_an_engine_that_is_asked_says_where_it_stopped(tmp_path: Path) -> None:
    folder = make_run(Home(tmp_path))
    identity = launch_running(folder, "--epoch-seconds=30")
    assert stop_run(folder) == STOPPED
    assert read_state(folder.journal_path).ending == RunStopped(0, "asked to stop")
    assert presence_of(identity) is Presence.GONE


def test_an_engine_that_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    folder = make_run(Home(tmp_path))
    identity = launch_running(folder, "--epoch-seconds=30", "--ignores-stop")
    assert "by force" in stop_run(folder, grace_seconds=0.3)
    assert presence_of(identity) is Presence.GONE
    assert run_status(folder).state == CRASHED


def test_another_process_of_the_same_pid_is_left_alone() -> None:
    stranger = dataclasses.replace(this_process(), start_ticks=1)
    assert not ask_to_stop(stranger)  # else this test process would end here
    assert not end_by_force(stranger)
    assert wait_until_gone(stranger, 0)


def test_waiting_for_a_living_process_gives_up_in_time() -> None:
    assert not wait_until_gone(this_process(), 0.05)


def test_a_queued_run_is_taken_off_the_queue(tmp_path: Path) -> None:
    folder = make_run(Home(tmp_path))
    assert stop_run(folder) == "taken off the queue"
    assert run_status(folder).state == STOPPED
    assert stop_run(folder) == "already stopped"


def test_a_hang_up_means_nothing_to_an_engine(tmp_path: Path) -> None:
    folder = make_run(Home(tmp_path))
    identity = launch_running(folder, "--epoch-seconds=30")
    os.kill(identity.pid, 1)
    assert not wait_until_gone(identity, 0.3)
    assert stop_run(folder) == STOPPED

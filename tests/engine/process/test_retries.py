"""A run that lost its engine or GPU goes back to the queue three times, and then has failed."""

import os
import signal
from pathlib import Path

import pytest

from engine.process.engine_lock import held_lock
from engine.process.main import run_engine
from engine.process.places import Machine
from engine.process.queue_settings import QueueSettings, change_settings
from engine.process.retries import ENGINE_GONE, lost_reason, take_up_again
from engine.process.runs import resume_run, run_status, stop_run
from engine.process.scheduler import Scheduler
from engine.process.slots import Place
from engine.process.stop import wait_until_gone
from engine.record.events import DeviceLost, RunFailed, RunRequeued
from engine.record.folder import RunFolder, read_json, write_json
from engine.record.home import Home
from engine.record.journal import JournalReader, read_state
from engine.record.requeues import num_requeues
from engine.record.status import CRASHED, FAILED, FINISHED, QUEUED, STOPPED
from tests.engine.process.engines import launch_fake, launch_running, make_run, wait_for
from tests.engine.process.test_main import _own_signals  # noqa: F401  # engines here take the signals too
from tests.fakes import FakeGpus, FakeSearch

NOW = QueueSettings(retry_seconds=0.0)
LATER = QueueSettings(retry_seconds=3600.0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setattr("engine.process.runs.wake_scheduler", lambda _: None)
    return make_run(Home(tmp_path))


def crash(folder: RunFolder) -> None:
    """An engine the queue started, killed at work."""
    num_starts = folder.num_starts()
    identity = launch_fake(folder, "--queued", "--epoch-seconds=30")
    wait_for(lambda: folder.num_starts() > num_starts)
    os.kill(identity.pid, signal.SIGKILL)
    wait_until_gone(identity, 5)


def events(folder: RunFolder) -> list[object]:
    return [entry.event for entry in JournalReader(folder.journal_path).read()]


def test_a_killed_engines_run_goes_back_to_the_queue_before_those_that_have_not_begun(
    folder: RunFolder,
) -> None:
    crash(folder)
    assert run_status(folder).state == CRASHED
    assert take_up_again(folder, NOW)
    assert run_status(folder).state == QUEUED
    assert events(folder)[-1] == RunRequeued(1, ENGINE_GONE)
    assert read_json(folder.queued_path)["time"] == folder.config_path.stat().st_mtime


def test_it_waits_a_little_first(folder: RunFolder) -> None:
    crash(folder)
    assert not take_up_again(folder, LATER)
    assert run_status(folder).state == CRASHED
    assert take_up_again(folder, LATER, now=run_end(folder) + 3601)


def run_end(folder: RunFolder) -> float:
    return read_state(folder.journal_path).last_time


def test_after_three_times_it_has_failed_and_says_why(folder: RunFolder) -> None:
    for number in (1, 2, 3):
        crash(folder)
        assert take_up_again(folder, NOW)
        assert num_requeues(folder.journal_path) == number
    crash(folder)
    assert take_up_again(folder, NOW)
    status = run_status(folder)
    assert status.state == FAILED
    assert status.reason == f"{ENGINE_GONE}; it had gone back to the queue 3 times"
    assert lost_reason(folder) == ""


def test_a_person_who_resumes_it_gives_it_three_more(folder: RunFolder) -> None:
    for _ in range(2):
        crash(folder)
        take_up_again(folder, QueueSettings(retries=1, retry_seconds=0.0))
    assert run_status(folder).state == FAILED
    resume_run(Home(folder.path.parents[1]), folder)
    crash(folder)
    assert take_up_again(folder, NOW)
    assert num_requeues(folder.journal_path) == 1


def test_a_scheduler_killed_between_the_event_and_the_request_makes_no_second_event(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(folder)

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "requeue", killed)
        with pytest.raises(SystemExit):
            take_up_again(folder, NOW)
    assert run_status(folder).state == CRASHED
    assert take_up_again(folder, NOW)
    assert run_status(folder).state == QUEUED
    assert sum(isinstance(event, RunRequeued) for event in events(folder)) == 1


def test_a_run_that_somebody_stops_is_not_taken_up_again(folder: RunFolder) -> None:
    crash(folder)
    stop_run(folder)
    assert take_up_again(folder, NOW)
    assert run_status(folder).state == CRASHED


def test_a_run_ended_by_force_is_not_taken_up_again(folder: RunFolder) -> None:
    launch_running(folder, "--queued", "--epoch-seconds=30", "--ignores-stop")
    assert "by force" in stop_run(folder, grace_seconds=0.2)
    assert take_up_again(folder, NOW)
    assert not folder.queued_path.exists()


def test_an_engine_started_by_hand_is_nobodys_business(folder: RunFolder) -> None:
    identity = launch_running(folder, "--epoch-seconds=30")
    os.kill(identity.pid, signal.SIGKILL)
    wait_until_gone(identity, 5)
    assert take_up_again(folder, NOW)
    assert run_status(folder).state == CRASHED


@pytest.mark.parametrize("error", [MemoryError(), ValueError("no")])
def test_what_a_search_says_of_itself_would_only_happen_again(
    folder: RunFolder, error: BaseException
) -> None:
    run_engine(folder, FakeSearch(error=error), only_if_queued=True)
    assert take_up_again(folder, NOW)
    assert run_status(folder).state == FAILED


def test_a_lost_gpu_is_an_event_and_its_run_goes_back(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSP_TUI_GPU", "3")
    error = RuntimeError("CUDA error: uncorrectable ECC error encountered")
    run_engine(folder, FakeSearch(error=error), only_if_queued=True)
    lost = read_state(folder.journal_path).ending
    assert isinstance(lost, DeviceLost)
    assert (lost.device, run_status(folder).state) == ("3", FAILED)
    forget_process(folder)
    assert take_up_again(folder, NOW)
    assert run_status(folder).state == QUEUED
    assert events(folder)[-1] == RunRequeued(1, lost.reason)


def forget_process(folder: RunFolder) -> None:
    """This test process stood for the engine: now it is gone."""
    write_json(folder.process_path, {**(read_json(folder.process_path) or {}), "start_ticks": 1})


def test_a_gpu_that_is_missing_three_times_fails_the_run(folder: RunFolder) -> None:
    folder.config_path.write_text(
        folder.config_path.read_text().replace('device = "cpu"', 'device = "cuda:99"')
    )
    for _ in range(4):
        run_engine(folder, only_if_queued=True)
        forget_process(folder)
        assert take_up_again(folder, NOW)
    status = run_status(folder)
    assert status.state == FAILED
    assert "engine.device = cuda:99: no such GPU here" in status.reason
    assert status.reason.endswith("gone back to the queue 3 times")
    kinds = [type(event) for event in events(folder)]
    assert kinds == [DeviceLost, RunRequeued] * 3 + [DeviceLost, RunFailed]


def test_a_run_whose_lock_is_held_is_left_for_later(folder: RunFolder) -> None:
    crash(folder)
    with held_lock(folder.lock_path):
        assert not take_up_again(folder, NOW)
    assert take_up_again(folder, NOW)


def test_the_scheduler_takes_up_again_what_was_killed_and_ends_when_all_is_done(folder: RunFolder) -> None:
    home = Home(folder.path.parents[1])
    change_settings(home, retry_seconds=0.0)
    crash(folder)

    def launch(folder: RunFolder, place: Place) -> object:
        assert place == Place(num_threads=1)
        return launch_fake(folder, "--queued")

    scheduler = Scheduler(home, Machine(1, FakeGpus()), launch)  # type: ignore[arg-type]
    wait_for(lambda: not scheduler.step())
    assert run_status(folder).state == FINISHED
    assert read_state(folder.journal_path).num_broken_lines == 0
    assert folder.num_starts() == 2


def test_a_run_taken_off_the_queue_is_stopped_though_the_scheduler_was_about_to_start_it(
    folder: RunFolder,
) -> None:
    folder.ask_to_stop()
    folder.requeue(0.0)
    assert run_engine(folder, FakeSearch(), only_if_queued=True) == 0
    assert run_status(folder).state == STOPPED

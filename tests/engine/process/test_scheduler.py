"""Queued runs start in order as places become free, one engine each."""

import os
import signal
import threading
from pathlib import Path

import pytest

from engine.process import engine_lock
from engine.process import scheduler as scheduler_module
from engine.process.engine_lock import held_lock
from engine.process.identity import Identity, read_identity
from engine.process.places import Machine
from engine.process.queue import queued_runs
from engine.process.queue_settings import change_settings
from engine.process.runs import resume_run, run_status
from engine.process.scheduler import Launch, Scheduler, run_scheduler, wake_scheduler
from engine.process.slots import Place
from engine.process.stop import wait_until_gone
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.requeues import num_requeues
from engine.record.status import FAILED, FINISHED, QUEUED
from tests.engine.process.engines import launch_fake, launch_running, make_run, wait_for
from tests.engine.process.test_identity import this_process
from tests.fakes import FakeGpus

ONE_CORE, TWO_CORES = Machine(1, FakeGpus()), Machine(2, FakeGpus())
TWO_GPUS = Machine(2, FakeGpus("0", "1"))


class FakeLauncher:
    """Starts nothing, and remembers what it was told to start; this test process stands for the engine."""

    def __init__(self) -> None:
        self.started: list[tuple[str, Place]] = []
        self.identity: Identity | None = this_process()

    def __call__(self, folder: RunFolder, place: Place) -> Identity | None:
        """As if an engine had been started."""
        self.started.append((folder.run_id, place))
        return self.identity


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def names(launcher: FakeLauncher) -> list[str]:
    return [name for name, _ in launcher.started]


def test_runs_start_in_the_order_they_were_queued_while_there_are_cores(home: Home) -> None:
    runs = [make_run(home) for _ in range(3)]
    launcher = FakeLauncher()
    scheduler = Scheduler(home, TWO_CORES, launcher)
    assert scheduler.step()
    assert names(launcher) == [run.run_id for run in runs[:2]]
    assert scheduler.step()
    assert names(launcher) == [run.run_id for run in runs[:2]]  # each once, the third waits
    runs[0].queued_path.unlink()  # as its engine does when it takes the run up, to end at once
    scheduler.step()
    assert names(launcher) == [run.run_id for run in runs]


def test_a_run_with_more_threads_than_cores_runs_alone(home: Home) -> None:
    wide, narrow = make_run(home, engine={"device": "cpu", "num_threads": 8}), make_run(home)
    launcher = FakeLauncher()
    Scheduler(home, TWO_CORES, launcher).step()
    assert names(launcher) == [wide.run_id]
    narrow.queued_path.unlink()


def test_each_gpu_takes_one_run_which_sees_only_its_own(home: Home) -> None:
    runs = [
        make_run(home, engine={"device": device}) for device in ("cuda:1", "auto", "auto", "cuda:1", "cpu")
    ]
    launcher = FakeLauncher()
    Scheduler(home, TWO_GPUS, launcher).step()
    assert names(launcher) == [runs[0].run_id, runs[1].run_id, runs[4].run_id]
    shown = [place.environment().get("CUDA_VISIBLE_DEVICES") for _, place in launcher.started]
    assert shown == ["1", "0", None]


def test_engines_already_at_work_keep_their_places(home: Home) -> None:
    running, waiting = make_run(home), make_run(home)
    identity = launch_running(running, "--epoch-seconds=30")
    launcher = FakeLauncher()
    scheduler = Scheduler(home, ONE_CORE, launcher)
    scheduler.step()
    assert names(launcher) == []
    os.kill(identity.pid, signal.SIGKILL)
    wait_until_gone(identity, 5)
    scheduler.step()
    assert names(launcher) == [waiting.run_id]


def no_more_processes(*_: object) -> Identity:
    raise OSError(11, "Resource temporarily unavailable")


def gone_at_once(*_: object) -> None:
    return None


@pytest.mark.parametrize(
    ("launch", "why"),
    [(no_more_processes, "could not be started"), (gone_at_once, "before it took the run up")],
)
def test_an_engine_that_never_begins_is_tried_three_times_more_before_its_run_has_failed(
    home: Home, launch: Launch, why: str
) -> None:
    change_settings(home, retry_seconds=0.0)
    run = make_run(home)
    scheduler = Scheduler(home, ONE_CORE, launch)
    for number in (1, 2, 3):
        wait_for(lambda: scheduler.step() and num_requeues(run.journal_path) == number)  # noqa: B023
        assert run_status(run).state == QUEUED
    wait_for(lambda: not scheduler.step())
    status = run_status(run)
    assert status.state == FAILED
    assert why in status.reason
    assert "it had gone back to the queue 3 times" in status.reason


def test_an_engine_that_never_began_is_not_tried_again_at_once_and_the_next_run_has_its_place(
    home: Home,
) -> None:
    first, second = make_run(home), make_run(home)
    launcher = FakeLauncher()
    launcher.identity = None
    scheduler = Scheduler(home, ONE_CORE, launcher)
    for _ in range(4):
        scheduler.step()
    assert names(launcher) == [first.run_id, second.run_id]
    assert [run_status(run).state for run in (first, second)] == [QUEUED, QUEUED]


def test_a_run_nobody_can_read_gets_an_engine_that_says_so(home: Home) -> None:
    run = make_run(home)
    run.config_path.write_text("no configuration")
    launcher = FakeLauncher()
    Scheduler(home, ONE_CORE, launcher).step()
    assert names(launcher) == [run.run_id]


def test_two_resumes_at_once_make_one_engine(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(home)
    monkeypatch.setattr("engine.process.runs.wake_scheduler", lambda _: None)
    run.queued_path.unlink()
    resumes = [threading.Thread(target=resume_run, args=(home, run)) for _ in range(2)]
    for resume in resumes:
        resume.start()
    for resume in resumes:
        resume.join()
    # And even two schedulers that see the request at once: the kernel refuses the second engine.
    first, second = (launch_fake(run, "--queued", "--epoch-seconds=0.3") for _ in range(2))
    assert wait_until_gone(first, 20)
    assert wait_until_gone(second, 20)
    assert run_status(run).state == FINISHED
    assert run.num_starts() == 1
    assert read_identity(run) in (first, second)


def test_a_resume_while_the_engine_is_still_saving_waits_for_its_end(home: Home) -> None:
    run = make_run(home)
    identity = launch_running(run, "--epoch-seconds=30", "--ignores-stop")
    run.queue()
    launcher = FakeLauncher()
    scheduler = Scheduler(home, TWO_CORES, launcher)
    scheduler.step()
    assert names(launcher) == []
    os.kill(identity.pid, signal.SIGKILL)
    wait_until_gone(identity, 5)
    scheduler.step()
    assert names(launcher) == [run.run_id]


def test_one_scheduler_is_at_work_and_the_others_leave_it_to_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(home)
    launcher = FakeLauncher()
    monkeypatch.setattr(scheduler_module, "launch_engine", launcher)
    monkeypatch.setattr(engine_lock, "PATIENCE_SECONDS", 0.0)
    with held_lock(home.scheduler_lock_path):
        assert run_scheduler(home) == 0
    assert names(launcher) == []
    assert run_status(run).state == QUEUED


def test_nobody_is_woken_for_an_empty_queue(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def launch_detached(*_: object) -> None:
        raise AssertionError("woken")

    monkeypatch.setattr(scheduler_module, "launch_detached", launch_detached)
    wake_scheduler(home)
    assert not home.path.exists()


def test_a_scheduler_is_a_process_of_its_own_and_ends_with_the_queue(home: Home) -> None:
    run = make_run(home)
    run.config_path.write_text("no configuration")  # the engine fails before it would import torch
    wake_scheduler(home)
    wait_for(lambda: run_status(run).state == FAILED)
    assert "config.toml: not TOML" in run_status(run).reason

    def is_free() -> bool:
        try:
            with held_lock(home.scheduler_lock_path):
                return True
        except Exception:
            return False

    wait_for(is_free)
    assert queued_runs(home) == []

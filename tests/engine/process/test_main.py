"""An engine says how it ended, whatever ended it."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.process import main as main_module
from engine.process.engine_lock import held_lock
from engine.process.identity import read_identity
from engine.process.main import DONE, FAILED, REFUSED, run_engine
from engine.process.runs import run_status
from engine.process.stop import wait_until_gone
from engine.record.events import Event, RunFailed, RunFinished
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import JournalWriter, read_state
from engine.record.status import CRASHED, FINISHED, QUEUED, STOPPED
from engine.record.status import FAILED as FAILED_STATE
from tests.engine.process.engines import launch_fake, launch_running, make_run, wait_for
from tests.fakes import FakeSearch


class OutOfMemoryError(RuntimeError):
    """Named as torch's own."""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return make_run(Home(tmp_path))


@pytest.fixture(autouse=True)
def _own_signals() -> object:
    """An engine takes the signals of its process over; give them back to pytest."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_finished_run_says_so_and_keeps_its_result(folder: RunFolder) -> None:
    assert run_engine(folder, FakeSearch()) == DONE
    state = read_state(folder.journal_path)
    assert isinstance(state.ending, RunFinished)
    assert [epoch.epoch for epoch in state.epochs] == [0, 1, 2]
    assert run_status(folder).state == FINISHED
    assert folder.read_result() is not None
    assert not folder.queued_path.exists()
    assert not folder.reserve_path.exists()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "out of memory"),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"), "out of GPU memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "out of memory"),
        (OSError(28, "No space left on device"), "no space left on the disk"),
        (OSError(122, "Disk quota exceeded"), "the disk quota is used up"),
        (OSError(30, "Read-only file system"), "the disk is read-only"),
        (OSError(5, "Input/output error"), "the disk cannot be read or written"),
        (RuntimeError("No CUDA GPUs are available"), "no such GPU"),
        (ValueError("data.num_train = 9: allowed are 1 to 8"), "data.num_train = 9"),
        (ZeroDivisionError("x\ny"), "ZeroDivisionError: x y"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_failure_is_one_line_and_a_state(
    folder: RunFolder, capsys: pytest.CaptureFixture[str], error: BaseException, reason: str
) -> None:
    assert run_engine(folder, FakeSearch(error=error)) == FAILED
    ending = read_state(folder.journal_path).ending
    assert isinstance(ending, RunFailed)
    assert ending.reason.startswith(reason)
    assert "\n" not in ending.reason + ending.traceback_last_line
    assert "fakes.py" in ending.traceback_last_line
    assert "Traceback" in capsys.readouterr().err
    assert run_status(folder).state == FAILED_STATE


def test_a_full_disk_is_recorded_in_the_room_kept_for_it(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No write goes through while the reserve exists, as on a disk that is full to the last block."""
    real_append = JournalWriter.append

    def append_if_there_is_room(writer: JournalWriter, event: Event) -> None:
        if folder.reserve_path.exists():
            raise OSError(28, "No space left on device")
        real_append(writer, event)

    monkeypatch.setattr(JournalWriter, "append", append_if_there_is_room)
    assert run_engine(folder, FakeSearch()) == FAILED
    assert run_status(folder).reason.startswith("no space left on the disk")


def test_a_failed_start_of_the_search_is_recorded_too(folder: RunFolder) -> None:
    folder.config_path.write_text(folder.config_path.read_text().replace("epochs = 3", "epochs = 0"))
    assert run_engine(folder, FakeSearch()) == FAILED
    assert "epochs = 0" in run_status(folder).reason


def test_a_missing_gpu_is_a_clear_failure(folder: RunFolder) -> None:
    folder.config_path.write_text(folder.config_path.read_text().replace('"cpu"', '"cuda:99"'))
    assert run_engine(folder) == FAILED
    assert "engine.device = cuda:99: no such GPU here; allowed: auto, cpu" in run_status(folder).reason


def test_a_folder_that_is_no_run_is_refused_and_left_alone(tmp_path: Path) -> None:
    assert run_engine(RunFolder(tmp_path), FakeSearch()) == REFUSED
    assert list(tmp_path.iterdir()) == []


def test_a_second_engine_is_refused_and_writes_nothing(folder: RunFolder) -> None:
    with held_lock(folder.lock_path):
        assert run_engine(folder, FakeSearch()) == REFUSED
    assert not folder.journal_path.exists()
    assert not folder.process_path.exists()


def test_a_second_engine_is_refused_though_somebody_deleted_the_first_ones_lock(folder: RunFolder) -> None:
    identity = launch_running(folder, "--epoch-seconds=30")
    folder.lock_path.unlink()
    assert run_engine(folder, FakeSearch()) == REFUSED
    assert folder.num_starts() == 1
    os.kill(identity.pid, signal.SIGKILL)


@pytest.mark.parametrize("name", ["lock", "events.jsonl", "checkpoints"])
def test_a_link_in_the_folder_is_not_written_through_and_told_in_one_line(
    folder: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = folder.path / name
    shutil.rmtree(path, ignore_errors=True)
    path.symlink_to(tmp_path / "elsewhere")
    assert run_engine(folder, FakeSearch()) == REFUSED
    assert "is a link" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()


def test_a_request_taken_back_before_the_engine_looked_starts_nothing(folder: RunFolder) -> None:
    folder.queued_path.unlink()
    assert run_engine(folder, FakeSearch(), only_if_queued=True) == DONE
    assert not folder.process_path.exists()
    assert run_status(folder).state == STOPPED


def test_a_request_taken_back_while_the_engine_signs_in_stops_it(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_sign_in = main_module._sign_in

    def sign_in_late(folder: RunFolder, queued: bool) -> None:
        real_sign_in(folder, queued)
        folder.queued_path.unlink()

    monkeypatch.setattr(main_module, "_sign_in", sign_in_late)
    assert run_engine(folder, FakeSearch(), only_if_queued=True) == DONE
    assert read_state(folder.journal_path).epochs == ()
    assert run_status(folder).reason == "stopped before it began"


def test_killed_and_taken_up_again_it_does_each_epoch_once(folder: RunFolder) -> None:
    identity = launch_running(folder, "--epoch-seconds=0.2")
    wait_for(lambda: folder.last_recorded_epoch() >= 0)
    os.kill(identity.pid, signal.SIGKILL)
    assert wait_until_gone(identity, 5)
    assert run_status(folder).state == CRASHED
    wait_until_gone(launch_fake(folder), 20)
    state = read_state(folder.journal_path)
    assert run_status(folder).state == FINISHED
    assert [epoch.epoch for epoch in state.epochs] == [0, 1, 2]
    assert state.started is not None
    assert state.started.attempt == 2


def test_killed_at_any_instant_of_its_start_a_run_is_queued_or_crashed_and_goes_on(tmp_path: Path) -> None:
    rng, seen = random.Random(0), set()
    for _ in range(8):
        folder = make_run(Home(tmp_path))
        identity = launch_fake(folder, "--queued", "--epoch-seconds=30")
        time.sleep(rng.random() * 0.25)
        os.kill(identity.pid, signal.SIGKILL)
        assert wait_until_gone(identity, 5)
        state = run_status(folder).state
        seen.add(state)
        assert state in (QUEUED, CRASHED)
        folder.queue()
        wait_until_gone(launch_fake(folder, "--queued", "--epoch-seconds=0"), 20)
        assert run_status(folder).state == FINISHED
    assert seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_request_to_stop(folder: RunFolder, number: signal.Signals) -> None:
    class StopsItself(FakeSearch):
        def __call__(self, config, folder, emit, stop_requested: Callable[[], bool], data_dir) -> bool:  # type: ignore[no-untyped-def]
            os.kill(os.getpid(), number)
            assert stop_requested()
            self.epoch_seconds = 5
            return super().__call__(config, folder, emit, stop_requested, data_dir)

    assert run_engine(folder, StopsItself()) == DONE
    assert run_status(folder).reason == "asked to stop"


def test_the_process_file_names_this_very_process(folder: RunFolder) -> None:
    run_engine(folder, FakeSearch())
    identity = read_identity(folder)
    assert identity is not None
    assert identity.pid == os.getpid()

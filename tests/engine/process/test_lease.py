"""Only the engine of the newest lease may write; every older one writes into nothing, and ends."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.learn.checkpoint import save_checkpoint
from engine.process import lease as lease_module
from engine.process.engine_lock import held_lock
from engine.process.lease import FencedError, Lease, grant, newest_token, replace_with_copy
from engine.process.main import FENCED, run_engine
from engine.process.stop import wait_until_gone
from engine.record.events import Warned
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import JournalReader
from tests.engine.process.engines import launch_fake, make_run, wait_for
from tests.engine.process.test_main import _own_signals  # noqa: F401  # engines here take the signals too
from tests.fakes import FakeSearch


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return make_run(Home(tmp_path))


def leased(folder: RunFolder) -> Lease:
    lease = Lease(folder, grant(folder))
    lease.renew()
    return lease


def test_each_lease_is_made_once_and_the_newest_counts(folder: RunFolder) -> None:
    assert newest_token(folder) == 0
    assert [grant(folder) for _ in range(3)] == [1, 2, 3]
    assert newest_token(folder) == 3


def test_a_newer_lease_ends_an_older_one(folder: RunFolder) -> None:
    lease = leased(folder)
    lease.check()
    grant(folder)
    with pytest.raises(FencedError, match="given on with lease 2"):
        lease.check()
    with pytest.raises(FencedError):
        lease.renew()  # and its minder cannot bring it back


def test_a_lease_nobody_renews_is_over(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = leased(folder)
    late = time.monotonic() + lease_module.LEASE_SECONDS + 1
    monkeypatch.setattr(lease_module.time, "monotonic", lambda: late)
    with pytest.raises(FencedError, match="not renewed for 20 s"):
        lease.check()


def test_a_lease_that_was_never_renewed_here_is_none(folder: RunFolder) -> None:
    with pytest.raises(FencedError, match="never renewed"):
        Lease(folder, grant(folder)).check()


def test_a_fenced_writer_appends_nothing(folder: RunFolder) -> None:
    lease = leased(folder)
    journal = folder.open_journal(lease.check)
    journal.append(Warned("mine"))
    grant(folder)
    with pytest.raises(FencedError):
        journal.append(Warned("too late"))
    assert len(folder.journal_path.read_bytes().splitlines()) == 1


def test_a_write_begun_before_the_fence_goes_into_nothing(folder: RunFolder) -> None:
    """The orphan looked at its lease, was held up, and writes now: no look can prevent that."""
    orphan = folder.open_journal()
    orphan.append(Warned("before"))
    replace_with_copy(folder.journal_path)
    orphan.append(Warned("after"))
    assert [entry.event for entry in JournalReader(folder.journal_path).read()] == [Warned("before")]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_checkpoint_being_written_when_the_fence_comes_gets_no_name_and_takes_none(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The orphan has written its draft; its successor begins one under the same name before it goes on."""
    lease = leased(folder)
    save_checkpoint(folder.checkpoint_folder, {"epoch": 1}, lease.held)
    draft = folder.checkpoint_folder / ".draft"

    def successor_comes(descriptor: int) -> None:
        del descriptor
        grant(folder)
        draft.unlink()
        draft.write_bytes(b"the successor's")

    before = names_in(folder.checkpoint_folder)
    monkeypatch.setattr("engine.learn.checkpoint.os.fsync", successor_comes)
    with pytest.raises(FencedError):
        save_checkpoint(folder.checkpoint_folder, {"epoch": 2}, lease.held)
    assert names_in(folder.checkpoint_folder) == [".draft", *before]
    assert draft.read_bytes() == b"the successor's"


def test_a_result_comes_from_the_newest_lease_alone(folder: RunFolder) -> None:
    orphan, successor = RunFolder(folder.path), RunFolder(folder.path)
    orphan.fence = leased(folder).held
    successor.fence = leased(folder).held
    with pytest.raises(FencedError):
        orphan.write_result({"version": 1, "val_error": 0.1})
    successor.write_result({"version": 1, "val_error": 0.2})
    assert folder.read_result() == {"version": 1, "val_error": 0.2}


def test_no_lease_is_made_while_an_engine_gives_a_file_its_name(folder: RunFolder) -> None:
    lease = leased(folder)
    with ThreadPoolExecutor(1) as other:
        with lease.held():
            granted = other.submit(grant, folder)
            time.sleep(0.3)
            assert not granted.done()
            assert newest_token(folder) == 1
        assert granted.result(timeout=10) == 2


def test_an_engine_that_froze_while_it_gave_a_name_is_waited_for_only_so_long(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "FROZEN_SECONDS", 0.1)
    with leased(folder).held():
        successor = leased(folder)
        with successor.held():
            assert newest_token(folder) == successor.token == 2


def test_an_orphan_that_sleeps_with_the_lock_is_passed_over_and_ends_when_it_wakes(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.process.main.ORPHAN_SECONDS", 0.2)
    lease = leased(folder)
    orphan = launch_fake(folder, "--queued", f"--lease={lease.token}", "--epoch-seconds=0.2")
    wait_for(lambda: folder.num_starts() == 1)
    os.kill(orphan.pid, signal.SIGSTOP)
    successor = leased(folder)
    folder.requeue(0.0, "its node was lost")
    assert run_engine(folder, FakeSearch(), only_if_queued=True, token=successor.token) == 0
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    os.kill(orphan.pid, signal.SIGCONT)
    assert wait_until_gone(orphan, 10)
    del before[folder.log_path]
    assert before == {path: path.read_bytes() for path in before}
    assert "ends without another word" in folder.log_path.read_text()
    kinds = [entry.kind for entry in JournalReader(folder.journal_path).read()]
    assert kinds.count("run_requeued") == 1
    assert kinds.count("run_started") == 2
    assert kinds[-1] == "run_finished"


def test_an_engine_whose_lease_is_over_before_it_begins_does_not(folder: RunFolder) -> None:
    lease = leased(folder)
    grant(folder)
    assert run_engine(folder, FakeSearch(), only_if_queued=True, token=lease.token) == FENCED
    assert not folder.journal_path.exists()
    with held_lock(folder.lock_path):
        pass

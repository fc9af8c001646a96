"""Promise 2: a disk that is full, read-only or out of inodes is the reason told; nothing recorded is lost."""

import collections
import errno
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.plan.config import read_config
from engine.process.runs import list_runs, run_status
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import read_state
from engine.record.status import FAILED, FINISHED, QUEUED
from tests.engine.process.engines import wait_for
from tests.fakes import TINY
from tests.sameness import assert_ended_alike, told
from tests.torture.fork_server import ForkServer
from tests.torture.small_disk import remount, small_disk
from tests.torture.test_killed_at_any_instant import wait_for_exit

NUM_DISKS = 40
CONFIG = read_config({**TINY, "epochs": 5})


def run_engine_to_its_end(server: ForkServer, folder: RunFolder, marks: Path) -> None:
    """An engine process, until it is gone."""
    wait_for_exit(server.start_engine(folder.path, marks))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> RunFolder:
    """A run with all the room it wants."""
    place = tmp_path_factory.mktemp("model")
    folder = RunFolder.create(place / "run", CONFIG)
    run_engine_to_its_end(fork_server, folder, place / "marks")
    assert run_status(folder).state == FINISHED
    return folder


def fill(disk: Path, left_bytes: int) -> Path:
    """Leave so much room; the file to remove for more."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        while (free := shutil.disk_usage(disk).free) > left_bytes:
            file.write(bytes(min(2**20, free - left_bytes)))
            file.flush()
    return ballast


def assert_earlier_epochs_are_readable(folder: RunFolder, model: RunFolder) -> int:
    """Whatever the journal holds is what an undisturbed run said; how many epochs that is."""
    if not read_state(folder.journal_path).epochs:
        return 0
    epochs, expected = told(folder)[0], told(model)[0]
    assert repr(epochs) == repr(expected[: len(epochs)])
    return len(epochs)


@pytest.mark.parametrize("what", ["bytes", "inodes"])
def test_a_full_disk_is_the_reason_told_and_with_room_again_the_run_goes_on(
    tmp_path: Path,
    fork_server: ForkServer,
    model: RunFolder,
    scaled: Callable[[int, int], int],
    seed: int,
    figure: Callable[[str], None],
    what: str,
) -> None:
    seen: collections.Counter[str] = collections.Counter()
    for number in range(scaled(NUM_DISKS // 2, 4)):
        print(f'random.Random("{seed}-{what}-{number}")')
        chance = random.Random(f"{seed}-{what}-{number}")
        with small_disk(tmp_path / f"disk-{number}", "size=16m,nr_inodes=60") as disk:
            home = Home(disk / "home")
            folder = home.create_run(CONFIG)
            if what == "bytes":
                ballast = [fill(disk, chance.choice((0, 70_000, 200_000, chance.randrange(2_000_000))))]
            else:
                ballast = [disk / f"ballast-{i}" for i in range(48 - chance.randint(0, 5))]
                for path in ballast:
                    path.touch()
            run_engine_to_its_end(fork_server, folder, tmp_path / "marks")
            status = run_status(folder)
            [row] = list_runs(home)
            seen[f"{row.status.state} after {assert_earlier_epochs_are_readable(folder, model)} epochs"] += 1
            assert status.state in (FAILED, QUEUED, FINISHED)
            assert "no space left on the disk" in status.reason or status.state == FINISHED
            for path in ballast:
                path.unlink()
            if status.state != FINISHED:
                run_engine_to_its_end(fork_server, folder, tmp_path / "marks")
            assert run_status(folder).state == FINISHED
            assert_ended_alike(folder, model)
    figure(f"{seen.total()} disks short of {what}, seed {seed}: {dict(sorted(seen.items()))}")


def test_a_read_only_disk_is_the_reason_told_everything_is_shown_and_it_goes_on_when_it_can(
    tmp_path: Path, fork_server: ForkServer, model: RunFolder
) -> None:
    with small_disk(tmp_path / "disk", "size=16m") as disk:
        home = Home(disk / "home")
        folder = home.create_run(CONFIG)
        remount(disk, "ro")
        run_engine_to_its_end(fork_server, folder, tmp_path / "marks")
        status = run_status(folder)
        assert status.state == QUEUED
        assert "read-only" in status.reason
        assert [row.status for row in list_runs(home)] == [status]
        remount(disk, "rw")
        run_engine_to_its_end(fork_server, folder, tmp_path / "marks")
        assert_ended_alike(folder, model)


FAULTS = {
    errno.EDQUOT: "the disk quota is used up",
    errno.ENOSPC: "no space left on the disk",
    errno.EROFS: "the process is gone and said no last word",
    errno.EIO: "the process is gone and said no last word",
}
"""With the first two the reserve makes room for a last word; nothing can be written down on the others."""


@pytest.mark.parametrize("number", FAULTS, ids=errno.errorcode.get)
def test_a_disk_that_fails_in_the_middle_of_a_run_loses_nothing_recorded(
    tmp_path: Path,
    fork_server: ForkServer,
    model: RunFolder,
    scaled: Callable[[int, int], int],
    seed: int,
    figure: Callable[[str], None],
    number: int,
) -> None:
    seen: collections.Counter[int] = collections.Counter()
    for attempt in range(scaled(10, 2)):
        chance = random.Random(f"{seed}-{number}-{attempt}")
        folder, fault = RunFolder.create(tmp_path / f"run-{attempt}", CONFIG), tmp_path / "fault"
        pid = fork_server.start_engine(folder.path, tmp_path / f"marks-{attempt}")
        wait_for(lambda each=folder: each.last_recorded_epoch() >= 0)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.5))
        fault.write_text(str(number))
        wait_for_exit(pid)
        fault.unlink()
        status = run_status(folder)
        seen[assert_earlier_epochs_are_readable(folder, model)] += 1
        if status.state != FINISHED:
            assert FAULTS[number] in status.reason
            run_engine_to_its_end(fork_server, folder, tmp_path / f"marks-{attempt}")
        assert_ended_alike(folder, model)
    figure(f"{seen.total()} faults, seed {seed}, after so many epochs: {dict(sorted(seen.items()))}")

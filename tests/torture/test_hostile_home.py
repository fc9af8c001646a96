"""Promise 6: links, pipes and devices in a run's folder; nothing outside the home is written or removed."""

import contextlib
import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.process.runs import list_runs, remove_run, run_status
from engine.process.stop import wait_until_gone
from engine.record.folder import RunFolder
from engine.record.home import Home
from tests.engine.process.engines import launch_fake, make_run

WRITTEN = (
    "events.jsonl",
    "process.json",
    "queued.json",
    "result.json",
    "engine.log",
    "lock",
    "reserve",
    "checkpoints",
)
"""Whatever an engine, or who starts it, writes in a run's folder."""


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below, by its path."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("name", WRITTEN)
def test_an_engine_writes_through_no_link_in_its_runs_folder(tmp_path: Path, name: str, exists: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = outside / "target"
    if exists and name == "checkpoints":
        target.mkdir()
    elif exists:
        target.write_text("mine")
    before = contents(outside)
    folder = make_run(Home(tmp_path / "home"))
    path = folder.path / name
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.symlink_to(target)
    if name == "engine.log":
        with pytest.raises(OSError, match="is a link"):
            launch_fake(folder, "--epoch-seconds=0")
    else:
        assert wait_until_gone(launch_fake(folder, "--epoch-seconds=0"), 60)
    run_status(folder)
    assert contents(outside) == before
    assert target.exists() is exists


@pytest.mark.parametrize("name", [*WRITTEN, "config.toml"])
def test_a_pipe_or_a_device_holds_nobody_up(tmp_path: Path, name: str) -> None:
    for make in (os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir):
        home = Home(tmp_path / "home")
        folder = make_run(home)
        path = folder.path / name
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        make(path)
        list_runs(home)
        run_status(folder)
        if name != "engine.log":
            assert wait_until_gone(launch_fake(folder, "--epoch-seconds=0"), 60)
        if name == "lock":  # nobody can tell whether an engine is at work: it is left alone, in words
            with pytest.raises(OSError, match=r"not a regular file|is a link|Is a directory"):
                remove_run(home, folder)
        else:
            remove_run(home, folder)
            assert not folder.path.exists()


def test_rm_against_somebody_who_swaps_the_folder_for_a_link_removes_nothing_outside(
    tmp_path: Path, scaled: Callable[[int, int], int], seed: int, figure: Callable[[str], None]
) -> None:
    home, treasure, chance = Home(tmp_path / "home"), tmp_path / "treasure", random.Random(seed)
    model = make_run(home)
    shutil.copytree(model.path, treasure / "deep" / "run")
    (treasure / "deep" / "run" / "queued.json").unlink()
    before = contents(treasure)
    num_rounds, num_removed, is_over = scaled(3000, 200), 0, threading.Event()
    place = home.runs_folder / "victim"

    def swap() -> None:
        while not is_over.is_set():
            aside = home.runs_folder / f".aside-{chance.random()}"
            try:
                place.rename(aside)
                place.symlink_to(treasure / "deep" / "run")
                place.unlink()
                aside.rename(place)
            except OSError:
                continue

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(num_rounds):
            if not os.path.lexists(place):
                fresh = home.runs_folder / f".fresh-{num_removed}"
                shutil.copytree(treasure / "deep" / "run", fresh, dirs_exist_ok=True)
                with contextlib.suppress(OSError):
                    fresh.rename(place)
            try:
                remove_run(home, RunFolder(place))
                num_removed += 1
            except (ValueError, OSError):
                continue
    finally:
        is_over.set()
        thread.join()
    assert contents(treasure) == before
    figure(f"{num_rounds} removals against a swapping thread, {num_removed} of them done, seed {seed}")

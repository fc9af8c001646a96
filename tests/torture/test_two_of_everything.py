"""Promise 7: whoever starts, stops, kills and removes at once, a run has one engine and one writer."""

import collections
import contextlib
import dataclasses
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.process import runs as runs_module
from engine.process.identity import identify, read_identity
from engine.process.launch import launch_detached
from engine.process.runs import remove_run, resume_run, run_status, stop_run
from engine.process.stop import wait_until_gone
from engine.record.events import RunStarted
from engine.record.folder import RunFolder, write_json
from engine.record.home import Home
from engine.record.journal import JournalReader
from engine.record.status import CRASHED, FINISHED
from tests.engine.process.engines import make_run, wait_for

NUM_ACTORS = 4
TOTAL_SECONDS = 150
WITNESS = Path(__file__).parent / "witness_engine.py"


def launch_witness(folder: RunFolder, place: Path, *options: str) -> None:
    """An engine that tells when it is not alone."""
    arguments = [*options, "--violations", str(place / "violations"), str(folder.path)]
    launch_detached(arguments, folder.log_path, folder.path, script=WITNESS)


def act(place: Path, number: int, seed: int, seconds: float) -> None:
    """One of several who do whatever they like to the same runs, for some time."""
    home, chance = Home(place / "home"), random.Random(f"{seed}-{number}")
    runs_module.wake_scheduler = str  # type: ignore[assignment]  # does nothing: `start` is the scheduler
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run_ids = sorted(home.run_ids())
        what = chance.choice(("start", "start", "resume", "resume", "stop", "kill", "rm", "launch"))
        if what == "launch" or not run_ids:
            if len(run_ids) < 3:
                make_run(home, epochs=chance.choice((2, 8)))
            continue
        folder = home.run_folder(chance.choice(run_ids))
        try:
            if what == "start":
                launch_witness(folder, place, *chance.choice(([], ["--queued"])))
            elif what == "resume":
                resume_run(home, folder)
                launch_witness(folder, place, "--queued")
            elif what == "stop":
                stop_run(folder, grace_seconds=chance.choice((0.0, 0.5)))
            elif what == "rm":
                remove_run(home, folder)
            elif identity := read_identity(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(identity.pid, signal.SIGKILL)
        except (ValueError, OSError):
            outcome = "refused"
        else:
            outcome = "done"
        with (place / "acts").open("a") as file:
            file.write(f"{what} {outcome}\n")


def assert_one_writer(folder: RunFolder) -> None:
    """Sequence numbers and attempts go up by one, however many engines there were one after the other."""
    reader = JournalReader(folder.journal_path)
    entries = reader.read()
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    starts = [entry.event.attempt for entry in entries if isinstance(entry.event, RunStarted)]
    assert starts == list(range(1, len(starts) + 1))


def test_many_who_do_everything_at_once_never_get_two_engines_on_a_run(
    tmp_path: Path, scaled: Callable[[int, int], int], seed: int, figure: Callable[[str], None]
) -> None:
    home, seconds = Home(tmp_path / "home"), scaled(TOTAL_SECONDS, 10)
    home.prepare()
    context = multiprocessing.get_context("fork")
    actors = [context.Process(target=act, args=(tmp_path, n, seed, seconds)) for n in range(NUM_ACTORS)]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join(seconds + 60)
    for folder in home.run_folders():
        stop_run(folder, grace_seconds=5)
    wait_for(lambda: not any(run_status(folder).is_live for folder in home.run_folders()))
    assert [actor.exitcode for actor in actors] == [0] * NUM_ACTORS
    assert not (tmp_path / "violations").exists()
    for folder in home.run_folders():
        assert_one_writer(folder)
    acts = collections.Counter((tmp_path / "acts").read_text().splitlines())
    figure(f"{NUM_ACTORS} actors for {seconds} s, seed {seed}: {dict(sorted(acts.items()))}")


@pytest.mark.parametrize(
    "forged",
    [{"boot_id": "another boot"}, {"start_ticks": 1}, {"pid": 2**22 + 1}],
    ids=["rebooted", "reused pid", "no such pid"],
)
def test_a_reboot_or_a_reused_pid_makes_no_run_look_alive(tmp_path: Path, forged: dict[str, object]) -> None:
    home = Home(tmp_path / "home")
    folder = make_run(home)
    ours = identify(os.getpid())
    assert ours is not None
    identity = dataclasses.replace(ours, **forged)  # type: ignore[arg-type]
    write_json(folder.process_path, {**dataclasses.asdict(identity), "time": time.time(), "journal_bytes": 0})
    folder.queued_path.unlink()
    assert run_status(folder).state == CRASHED
    folder.queue()
    launch_witness(folder, tmp_path, "--queued", "--epoch-seconds=0")
    wait_for(lambda: run_status(folder).state == FINISHED)


@pytest.mark.parametrize("lost", ["lock", "process.json"])
def test_a_second_engine_is_refused_even_when_a_file_was_deleted_under_the_first(
    tmp_path: Path, lost: str
) -> None:
    folder = make_run(Home(tmp_path / "home"))
    launch_witness(folder, tmp_path, "--epoch-seconds=30")
    wait_for(lambda: folder.num_starts() == 1)
    identity = read_identity(folder)
    assert identity is not None
    (folder.path / lost).unlink()
    for _ in range(3):
        launch_witness(folder, tmp_path)
    wait_for(lambda: folder.log_path.read_text().count("another engine is at work") == 3)
    assert not (tmp_path / "violations").exists()
    assert folder.num_starts() == 1
    os.kill(identity.pid, signal.SIGKILL)
    assert wait_until_gone(identity, 5)

"""`ssp-tui queue`: what waits and what for, and what can be done about it."""

import importlib.util

import pytest

from engine.process.queue import queued_runs
from engine.process.queue_settings import read_settings
from engine.record.folder import RunFolder
from engine.record.status import STOPPED
from tests.ssp_tui.cli.commands import Commands

TINY_LAUNCH = ("--set", "data.num_train=64", "--set", "data.num_val=16", "--set", "data.num_test=16")


def waiting(commands: Commands, count: int) -> list[RunFolder]:
    """So many queued runs."""
    folders = [commands.make_run() for _ in range(count)]
    for folder in folders:
        folder.queue()
    return folders


def order(commands: Commands) -> list[str]:
    return [folder.run_id for folder in queued_runs(commands.home)]


def test_an_empty_queue_is_said_in_one_line(commands: Commands) -> None:
    said = commands("queue")
    assert said.code == 0
    assert said.out.startswith("0 runs waiting · 0 runs on the CPU · at a time: auto")


def test_each_waiting_run_is_shown_with_its_place_and_what_it_waits_for(commands: Commands) -> None:
    runs = waiting(commands, 3)
    commands("queue", "slots", "--cpu", "1")
    said = commands("queue").out.splitlines()
    assert [line.split()[2] for line in said[2:]] == [run.run_id for run in runs]
    assert said[2].endswith("its turn is now")
    assert said[3].endswith("1 of 1 CPU runs are at work")
    assert said[4].endswith("those before it, which wait for places")


def test_pausing_and_going_on_is_kept_where_the_scheduler_reads_it(commands: Commands) -> None:
    waiting(commands, 1)
    assert commands("queue", "pause").out.startswith("paused · 1 run waiting")
    assert read_settings(commands.home).paused
    assert not commands("queue", "continue").out.startswith("paused")
    assert not read_settings(commands.home).paused


def test_runs_are_moved_and_given_priorities(commands: Commands) -> None:
    a, b, c = (run.run_id for run in waiting(commands, 3))
    assert commands("queue", "move", c, b, "first").code == 0
    assert order(commands) == [c, b, a]
    assert commands("queue", "move", c, "2").code == 0
    assert order(commands) == [b, c, a]
    assert commands("queue", "priority", a, "7").code == 0
    assert order(commands) == [a, b, c]
    first = commands("queue", "--json").json()["waiting"][0]
    assert (first["id"], first["place"], first["priority"], first["for_cluster"]) == (a, 1, 7, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("move", "RUN", "soon"), "place 'soon' is not allowed: first, last, or a number from 1"),
        (("move", "RUN", "0"), "place '0' is not allowed"),
        (("priority", "RUN", "5000"), "priority = 5000 is not allowed: -1000 to 1000"),
        (("slots", "--gpu", "many"), "runs_per_gpu = 'many' is not allowed: a whole number, or auto"),
        (("slots", "--cpu", "4000"), "queue.cpu_runs = 4000 is not allowed: 0 to 1000"),
        (("stop",), "invalid choice: 'stop'"),
    ],
)
def test_mistakes_are_refused_in_one_line(commands: Commands, arguments: tuple[str, ...], said: str) -> None:
    [run] = waiting(commands, 1)
    answer = commands("queue", *(run.run_id if each == "RUN" else each for each in arguments))
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_broken_file_is_shown_and_holds_the_queue(commands: Commands) -> None:
    waiting(commands, 1)
    commands.home.queue_settings_path.write_text("cpu_run = 1\n")
    said = commands("queue").out
    assert "nothing new is started until this is mended" in said
    assert "did you mean cpu_runs" in said
    assert said.rstrip().endswith("the queue is paused")


def test_looking_is_allowed_to_readers_and_changing_is_not(commands: Commands) -> None:
    assert commands("--readonly", "queue").code == 0
    assert "changes nothing" in commands("--readonly", "queue", "pause").err


def test_a_launch_may_have_a_priority(commands: Commands) -> None:
    [first] = waiting(commands, 1)
    commands("launch", "demo-clean", *TINY_LAUNCH, "--priority", "3")
    assert order(commands)[-1] == first.run_id
    assert "not allowed" in commands("launch", "demo-clean", *TINY_LAUNCH, "--priority", "-2000").err


def test_without_the_extra_one_line_says_how_to_get_it(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "ray" else found(name))
    for command in ("launch", "suite launch"):
        what = "demo-clean" if command == "launch" else "paper-small"
        answer = commands(*command.split(), what, "--cluster", "ray")
        assert answer.code == 2
        assert answer.err.count("\n") == 1
        assert "pip install 'ssp-tui[cluster]'" in answer.err
    assert commands.home.run_ids() == []


@pytest.mark.parametrize("text", ["rey", "ray:", "ray:head", "ray:head:x", "ray:head:99999", "ray:[bold]:1 "])
def test_a_cluster_that_cannot_be_one_is_refused(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: object())  # as if Ray were installed
    answer = commands("launch", "demo-clean", "--cluster", text)
    assert answer.code == 2
    assert "allowed" in answer.err
    assert commands.home.run_ids() == []


def test_a_run_for_a_cluster_waits_for_it_and_comes_off_the_queue(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: object())
    assert (
        "a cluster chooses the GPU"
        in commands("launch", "demo-clean", "--cluster", "ray", "--device", "cuda:1").err
    )
    run_id = commands("launch", "demo-clean", "--cluster", "ray:head:6379").out.strip()
    [waits] = commands("queue", "--json").json()["waiting"]
    assert (waits["for_cluster"], waits["waits_for"]) == (True, "a place on the cluster")
    assert commands("stop", run_id).out == f"{run_id}: taken off the queue\n"
    assert commands("runs", "--json").json()["runs"][0]["state"] == STOPPED

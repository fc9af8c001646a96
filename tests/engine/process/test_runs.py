"""What the command line and the dashboard do to runs."""

import os
import signal
from pathlib import Path

import pytest

from engine.plan.config import read_config
from engine.plan.overrides import with_settings
from engine.process import launch_checks as checks_module
from engine.process import runs as runs_module
from engine.process.engine_lock import held_lock
from engine.process.main import run_engine
from engine.process.runs import find_run, launch_runs, list_runs, remove_run, resume_run, run_status
from engine.process.stop import wait_until_gone
from engine.record.folder import RunFolder, write_json
from engine.record.home import Home
from engine.record.status import QUEUED, STOPPED
from tests.engine.process.engines import launch_running, make_run
from tests.fakes import TINY, FakeSearch


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose queue nobody works on."""
    monkeypatch.setattr(runs_module, "wake_scheduler", lambda _: None)
    return Home(tmp_path / "home")


def stopped_run(home: Home) -> RunFolder:
    run = make_run(home)
    run.queued_path.unlink()
    return run


def test_a_run_is_found_by_its_id_or_its_only_beginning(home: Home) -> None:
    first, second = make_run(home), make_run(home, seed=70)
    assert find_run(home, first.run_id).run_id == first.run_id
    assert find_run(home, "tiny-s70").run_id == second.run_id
    with pytest.raises(ValueError, match="could be any of 2"):
        find_run(home, "tiny")
    with pytest.raises(ValueError, match="did you mean"):
        find_run(home, first.run_id + "x")


@pytest.mark.parametrize("text", ["", "..", "../home", ".", "/", "nothing"])
def test_nothing_but_a_run_is_found(home: Home, text: str) -> None:
    stopped_run(home)
    with pytest.raises(ValueError, match="no run"):
        find_run(home, text)


def test_one_wrong_configuration_keeps_all_from_being_launched(home: Home) -> None:
    good = read_config(TINY)
    bad = read_config({**TINY, "dataset": "folder:/not/there"})
    with pytest.raises(ValueError, match="not/there"):
        launch_runs(home, [good, bad])
    assert not home.path.exists()


def test_a_launched_run_is_queued(home: Home) -> None:
    folders = launch_runs(home, [read_config(TINY)] * 2)
    assert [run_status(folder).state for folder in folders] == [QUEUED, QUEUED]


def test_a_gpu_that_is_not_there_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_module, "visible_gpus", lambda: ("0",))
    launch_runs(home, [read_config({**TINY, "engine": {"device": "cuda:0"}})])
    with pytest.raises(ValueError, match=r"no such GPU \(1 found\); allowed here: auto, cpu, cuda:0"):
        launch_runs(home, [read_config({**TINY, "engine": {"device": "cuda:1"}})])


def test_a_folder_with_too_few_images_says_what_fits(home: Home, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(5):
                image.new("RGB", (8, 8)).save(tmp_path / part / name / f"{number}.png")
    table = {**TINY, "dataset": f"folder:{tmp_path}"}
    with pytest.raises(ValueError, match="holds 10 images; allowed is, for example, ") as caught:
        launch_runs(home, [read_config(table)])
    advice = str(caught.value).partition("for example, ")[2].replace("--set ", "").split()
    launch_runs(home, [read_config(with_settings(table, [*advice, "data.num_test=0"]))])
    sizes = {"num_train": 8, "num_val": 2, "num_test": 11}
    table = {**table, "child": {"layers": 3, "filters": 2, "batch_size": 2}}
    with pytest.raises(ValueError, match=r"data.num_test = 11: .* holds 10 images"):
        launch_runs(home, [read_config({**table, "data": sizes})])
    launch_runs(home, [read_config({**table, "data": {**sizes, "num_test": 0}})])


def test_a_finished_or_a_running_run_is_not_resumed(home: Home) -> None:
    run = stopped_run(home)
    run_engine(run, FakeSearch())
    with pytest.raises(ValueError, match="finished: there is nothing to resume"):
        resume_run(home, run)
    other = make_run(home)
    identity = launch_running(other, "--epoch-seconds=30")
    with pytest.raises(ValueError, match="is running: stop it first"):
        resume_run(home, other)
    os.kill(identity.pid, signal.SIGKILL)


def test_a_stopped_run_is_resumed_by_queueing_it(home: Home) -> None:
    run = stopped_run(home)
    assert run_status(run).state == STOPPED
    resume_run(home, run)
    assert run_status(run).state == QUEUED


def test_a_removed_run_leaves_nothing(home: Home) -> None:
    run, other = stopped_run(home), stopped_run(home)
    remove_run(home, run)
    assert [path.name for path in home.runs_folder.iterdir()] == [other.run_id]


def test_a_live_run_is_not_removed(home: Home) -> None:
    run = make_run(home)
    identity = launch_running(run, "--epoch-seconds=30")
    with pytest.raises(ValueError, match="is running: stop it first"):
        remove_run(home, run)
    os.kill(identity.pid, signal.SIGKILL)


def test_a_run_with_a_locked_folder_is_not_removed_even_if_its_process_file_is_lost(home: Home) -> None:
    run = stopped_run(home)
    with held_lock(run.lock_path), pytest.raises(ValueError, match="engine at work"):
        remove_run(home, run)
    assert run.config_path.exists()


def test_removing_follows_no_link(home: Home, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "config.toml").write_text("mine")
    run = stopped_run(home)
    (run.path / "link").symlink_to(treasure)
    linked = home.runs_folder / "linked"
    linked.symlink_to(treasure)
    with pytest.raises(ValueError, match="left alone"):
        remove_run(home, RunFolder(linked))
    for outside in (treasure, home.runs_folder / ".." / ".." / "treasure", home.runs_folder):
        with pytest.raises(ValueError, match="left alone"):
            remove_run(home, RunFolder(outside))
    remove_run(home, run)
    assert (treasure / "config.toml").read_text() == "mine"


def test_removing_a_name_longer_than_any_disk_allows_is_refused_in_words(home: Home) -> None:
    stopped_run(home)
    with pytest.raises(ValueError, match="left alone"):
        remove_run(home, home.run_folder("x" * 10_000))


def test_a_runs_folder_that_is_itself_a_link_out_of_the_home_is_left_alone(
    home: Home, tmp_path: Path
) -> None:
    run = stopped_run(home)
    home.runs_folder.rename(tmp_path / "away")
    home.runs_folder.symlink_to(tmp_path / "away")
    with pytest.raises(ValueError, match="left alone"):
        remove_run(home, run)
    assert run.config_path.exists()


def test_a_run_on_another_host_is_stopped_there(home: Home) -> None:
    run = stopped_run(home)
    run_engine(run, FakeSearch())
    plain = {"host": "far.example", "boot_id": "b", "pid_namespace": "n", "pid": 1, "start_ticks": 1}
    write_json(run.process_path, plain)
    with pytest.raises(ValueError, match=r"on host far\.example: stop it there"):
        runs_module.stop_run(run)


def test_the_list_follows_changes_and_ignores_what_is_no_run(home: Home) -> None:
    runs = runs_module.RunList(home)
    assert runs.rows() == []
    run = stopped_run(home)
    (home.runs_folder / "not-a-run").mkdir()
    [row] = runs.rows()
    assert (row.run_id, row.name, row.epochs, row.num_epochs_done) == (run.run_id, "tiny", 3, 0)
    run_engine(run, FakeSearch())
    [row] = runs.rows()
    assert (row.status.state, row.num_epochs_done, row.summary.test_error) == ("finished", 3, 0.5)
    assert runs.rows()[0] is row  # nothing changed: nothing was read again
    remove_run(home, run)
    assert runs.rows() == []


def test_a_list_with_little_time_fills_up_call_by_call(home: Home) -> None:
    for _ in range(3):
        stopped_run(home)
    runs = runs_module.RunList(home)
    assert runs.rows(budget_seconds=-1.0) == []
    assert len(runs.rows(budget_seconds=60.0)) == 3


def test_of_very_many_runs_that_are_over_each_is_looked_at_in_its_turn(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.process.listing.OVER_RUNS_PER_CALL", 1)
    folders = [stopped_run(home) for _ in range(3)]
    runs = runs_module.RunList(home)
    assert len(runs.rows()) == 3
    for folder in folders:
        folder.queue()
    calls = [sum(row.status.state == QUEUED for row in runs.rows()) for _ in range(4)]
    assert calls == sorted(calls)
    assert calls[-1] == 3


def test_a_run_that_dies_silently_is_noticed_though_no_file_changes(home: Home) -> None:
    runs = runs_module.RunList(home)
    run = make_run(home)
    identity = launch_running(run, "--epoch-seconds=30")
    assert [row.status.state for row in runs.rows()] == ["running"]
    os.kill(identity.pid, signal.SIGKILL)
    wait_until_gone(identity, 5)
    assert [row.status.state for row in runs.rows()] == ["crashed"]


def test_rows_are_listed_oldest_first_with_their_time_left(home: Home) -> None:
    first, second = make_run(home), make_run(home)
    os.utime(second.config_path, (1, 1))
    assert [row.run_id for row in list_runs(home)] == [second.run_id, first.run_id]
    assert all(row.eta_seconds is None for row in list_runs(home))


@pytest.mark.parametrize("num_characters", [600, 3900, 4070, 4085, 5000])
def test_a_name_no_disk_can_hold_is_refused_in_one_line_with_or_without_a_home(
    tmp_path: Path, num_characters: int
) -> None:
    home = Home(tmp_path / "home")
    for _ in range(2):
        with pytest.raises(ValueError, match="it is left alone"):
            remove_run(home, home.run_folder("x" * (num_characters - len(str(home.runs_folder)))))
        home.prepare()

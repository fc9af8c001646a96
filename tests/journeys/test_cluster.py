"""Eight runs on two real Ray nodes: one is killed, then the head, and all end as they would have here."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.process.identity import read_identity
from engine.process.lease import newest_token
from engine.process.queue_settings import change_settings
from engine.process.runs import launch_runs, read_row, run_status, stop_run, wake_scheduler
from engine.record.events import EpochFinished, RunFinished, RunRequeued, RunStarted
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import JournalReader, read_state
from engine.record.status import FINISHED, STOPPED
from ssp_tui.follower import RunFollower
from tests.engine.cluster.ray_nodes import RayNodes
from tests.journeys.far_runs import NUM_EPOCHS, far_config
from tests.journeys.test_kill_and_resume import assert_ended_alike

pytest.importorskip("ray", reason="the extra [cluster] is not installed")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NUM_RUNS = 8


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[RayNodes]:
    """A cluster of n1, the head, and n2; whatever is left of it is killed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # sockets want a short path
    nodes = RayNodes(folder)
    for key, value in nodes.environment.items():
        monkeypatch.setenv(key, value)
    try:
        nodes.start("n1", num_cpus=2, head=True)
        nodes.start("n2", num_cpus=2)
        yield nodes
    finally:
        for name in ("n2", "n1"):
            nodes.kill(name)
            for engine in nodes.engines(name):
                with contextlib.suppress(psutil.Error):
                    engine.kill()
        shutil.rmtree(folder, ignore_errors=True)


class Onlooker:
    """Looks at the runs as the dashboard does, from the machine that launched them."""

    def __init__(self, folders: list[RunFolder]) -> None:
        self.followers = [RunFollower(folder) for folder in folders]
        self.nodes: set[str] = set()
        self.num_news = 0
        self._seen: dict[str, int] = {}

    def look(self) -> None:
        """See what is new; a panel's epochs never go back by more than a retry takes back."""
        for follower in self.followers:
            snapshot = follower.read()
            if snapshot.status.is_live and snapshot.status.elsewhere:
                self.nodes.add(snapshot.status.elsewhere)
            num_events = snapshot.state.num_events
            self.num_news += num_events > self._seen.get(snapshot.run_id, 0)
            self._seen[snapshot.run_id] = num_events


def wait_until(condition: Callable[[], bool], home: Home, onlooker: Onlooker, seconds: float = 400) -> None:
    """Look on until something holds, as a person who gives a command now and then."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, story(home)
        onlooker.look()
        wake_scheduler(home)
        time.sleep(0.2)


def story(home: Home) -> str:
    """What is known when it did not happen."""
    lines = [f"{folder.run_id}: {run_status(folder)}" for folder in home.run_folders()]
    logs = [path.read_text()[-3000:] for path in home.path.glob("*.log")]
    return "\n".join(lines + logs)


def running_on(folders: list[RunFolder], node: str) -> list[RunFolder]:
    """Runs at work on a node that have finished an epoch there and are not about to end."""
    return [
        folder
        for folder in folders
        if (status := run_status(folder)).is_live
        and status.elsewhere == node
        and 1 <= len(read_state(folder.journal_path).epochs) <= NUM_EPOCHS - 10
    ]


def num_at_work(folders: list[RunFolder], node: str) -> int:
    """Runs a node is at work on."""
    statuses = [run_status(folder) for folder in folders]
    return sum(status.is_live and status.elsewhere == node for status in statuses)


@pytest.mark.parametrize("shared", ["yes", "no"])
def test_eight_runs_survive_a_node_and_the_head(tmp_path: Path, nodes: RayNodes, shared: str) -> None:
    home = Home(tmp_path / "home")
    change_settings(home, shared_home=shared, scratch=str(tmp_path / "scratch"))
    seeds = range(1, NUM_RUNS + 1)
    folders = launch_runs(home, [far_config(seed) for seed in seeds], cluster=nodes.address)
    onlooker = Onlooker(folders)
    wait_until(lambda: bool(running_on(folders, "n1") and running_on(folders, "n2")), home, onlooker)
    assert onlooker.nodes == {"n1", "n2"}
    assert all(num_at_work(folders, node) <= 2 for node in ("n1", "n2"))  # each has two CPUs

    victims = running_on(folders, "n2")
    orphans = nodes.engines("n2")
    for orphan in orphans:
        orphan.suspend()  # so that it is still there, and about to write, when its successor is at work
    nodes.kill("n2")
    news_before = onlooker.num_news
    victim, tokens = victims[0], {folder.run_id: newest_token(folder) for folder in victims}
    wait_until(
        lambda: newest_token(victim) > tokens[victim.run_id] and victim.num_starts() > 1, home, onlooker
    )
    assert onlooker.num_news > news_before
    for orphan in orphans:
        orphan.resume()
    wait_until(lambda: not any(is_alive(orphan) for orphan in orphans), home, onlooker, 60)

    wait_until(lambda: bool(running_on(folders, "n1")), home, onlooker)
    assert sum(run_status(folder).state != FINISHED for folder in folders) >= 2  # else the head is no loss
    nodes.kill("n1")
    news_before = onlooker.num_news
    nodes.start("n1", num_cpus=2, head=True)
    wait_until(lambda: all(run_status(each).state == FINISHED for each in folders), home, onlooker)
    assert onlooker.num_news > news_before
    wait_until(lambda: not home.cluster_work_path.exists(), home, onlooker, 60)

    num_requeued = [check_journal(folder) for folder in folders]
    assert num_requeued[folders.index(victim)] >= 1
    at_home = launch_runs(Home(tmp_path / "local"), [far_config(seed) for seed in seeds])
    wait_until(
        lambda: all(run_status(each).state == FINISHED for each in at_home),
        Home(tmp_path / "local"),
        Onlooker([]),
    )
    for far, near in zip(folders, at_home, strict=True):
        assert_ended_alike(far, near)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process is there and no zombie."""
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def check_journal(folder: RunFolder) -> int:
    """Whole, in order, every event once, finished once; how often the run was taken up again."""
    reader, entries = JournalReader(folder.journal_path), []
    while new := reader.read():
        entries += new
    assert all(entry.event is not None for entry in entries)
    # An engine killed in the middle of a line leaves a torn one; nobody else does.
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    events = [entry.event for entry in entries]
    starts = [event for event in events if isinstance(event, RunStarted)]
    assert [event.attempt for event in starts] == list(range(1, len(starts) + 1))
    epochs = [epoch.epoch for epoch in read_state(folder.journal_path).epochs]
    assert epochs == list(range(NUM_EPOCHS))
    assert sum(isinstance(event, EpochFinished) for event in events) >= NUM_EPOCHS
    assert sum(isinstance(event, RunFinished) for event in events) == 1
    return sum(isinstance(event, RunRequeued) for event in events)


@pytest.mark.parametrize("shared", ["yes", "no"])
def test_a_far_run_is_stopped_resumed_and_removed_like_a_near_one(
    tmp_path: Path, nodes: RayNodes, shared: str
) -> None:
    from engine.process.runs import remove_run, resume_run

    home = Home(tmp_path / "home")
    change_settings(home, shared_home=shared, scratch=str(tmp_path / "scratch"))
    [folder] = launch_runs(home, [far_config(1)], cluster=nodes.address)
    onlooker = Onlooker([folder])
    wait_until(lambda: len(read_state(folder.journal_path).epochs) > 0, home, onlooker)
    with pytest.raises(ValueError, match="stop it first"):
        remove_run(home, folder)
    assert stop_run(folder) == STOPPED
    assert read_row(folder).status.reason == "asked to stop"
    resume_run(home, folder)
    wait_until(lambda: run_status(folder).state == FINISHED, home, onlooker)
    assert folder.num_starts() == 2
    remove_run(home, folder)
    wait_until(lambda: not home.cluster_work_path.exists(), home, onlooker, 60)
    scratch_runs = tmp_path / "scratch" / "runs"
    assert not scratch_runs.exists() if shared == "yes" else list(scratch_runs.iterdir()) == []
    assert read_identity(folder) is None
    assert not folder.path.exists()

"""What becomes of runs when orders get through, nodes are lost, heads forget and people think again."""

from pathlib import Path

import pytest

from engine.cluster.coordinator import Report
from engine.cluster.minded import minded_runs
from engine.cluster.order import Order
from engine.cluster.parcel import Parcel
from engine.cluster.session import HEAD_LOST, MOST_PENDING, Session
from engine.plan.config import read_config
from engine.process.lease import newest_token
from engine.process.queue_control import move_runs, pause_queue
from engine.process.queue_settings import change_settings
from engine.process.runs import launch_runs, remove_run, resume_run, run_status, stop_run
from engine.record.events import RunRequeued, RunStopped
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import JournalReader, JournalWriter
from engine.record.requeues import num_requeues
from engine.record.status import FAILED, FINISHED, QUEUED, RUNNING, STOPPED
from tests.engine.process.engines import make_run
from tests.fakes import TINY, fake_epoch, fake_started

ADDRESS = "head.example:6379"


class FakeCluster:
    """A fake of the link to a cluster: orders lie here until a test says what becomes of them."""

    has_gpus = False

    def __init__(self, place: Path) -> None:
        self.place = place
        self.orders: dict[str, Order] = {}
        self.started: dict[str, RunFolder] = {}
        self.ended: set[str] = set()
        self.lost: dict[str, str] = {}
        self.asked_to_stop: list[str] = []

    def submit(self, order: Order) -> None:
        """Take an order, in the place of an older one for the same run."""
        self.forget(order.run_id, 0)
        self.orders[order.run_id] = order

    def start(self, run_id: str, num_epochs: int) -> RunFolder:
        """A node takes the order up, and tells of some epochs."""
        folder = RunFolder(self.place / f"{run_id}.{self.orders[run_id].token}")
        folder.checkpoint_folder.mkdir(parents=True)
        for name, data in self.orders[run_id].files.items():
            (folder.path / name).write_bytes(data)
        folder.process_path.write_text(
            '{"host": "far", "boot_id": "b", "pid_namespace": "n", "pid": 7, "start_ticks": 1,'
            f' "time": 1.0, "journal_bytes": {len(self.journal(folder))}, "node": "n2"}}'
        )
        self.started[run_id] = folder
        journal = JournalWriter(folder.journal_path)
        if self.orders[run_id].reason:
            journal.append(RunRequeued(1, self.orders[run_id].reason))
        journal.append(fake_started(attempt=folder.num_starts() + 1))
        for epoch in range(num_epochs):
            journal.append(fake_epoch(epoch))
        return folder

    @staticmethod
    def journal(folder: RunFolder) -> bytes:
        return folder.journal_path.read_bytes() if folder.journal_path.exists() else b""

    def collect(self, asked: dict[str, dict[str, int]]) -> dict[str, Report]:
        """What is known, from the bytes that are at home on."""
        return {run_id: self._report(run_id, asked[run_id]) for run_id in asked if run_id in self.orders}

    def _report(self, run_id: str, sizes: dict[str, int]) -> Report:
        parcel = Parcel()
        if run_id in self.started:
            folder, at_home = self.started[run_id], sizes["events.jsonl"]
            files = {"process.json": folder.process_path.read_bytes()} if folder.process_path.exists() else {}
            rest = self.journal(folder)[at_home:]
            parcel = Parcel({"events.jsonl": (at_home, rest)} if rest else {}, files)
        return Report(
            self.orders[run_id].token,
            run_id in self.started,
            self.lost.get(run_id, ""),
            run_id in self.ended,
            parcel,
        )

    def received(self, run_id: str, token: int, files: dict[str, bytes], checkpoints: list[str]) -> None:
        """Whole files are dropped."""
        del token, files, checkpoints
        self.started[run_id].process_path.unlink(missing_ok=True)

    def ask_to_stop(self, run_id: str) -> None:
        """Remember it."""
        self.asked_to_stop.append(run_id)

    def forget(self, run_id: str, token: int) -> None:
        """Know nothing of a run any more."""
        del token
        for known in (self.orders, self.started, self.lost):
            known.pop(run_id, None)
        self.ended.discard(run_id)

    def num_pending(self) -> int:
        """Orders nobody has taken up."""
        return len(set(self.orders) - set(self.started))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for module in ("runs", "queue_control"):
        monkeypatch.setattr(f"engine.process.{module}.wake_scheduler", lambda _: None)
    return Home(tmp_path / "home")


@pytest.fixture
def cluster(tmp_path: Path) -> FakeCluster:
    return FakeCluster(tmp_path / "nodes")


def launch(home: Home, count: int = 1) -> list[RunFolder]:
    return launch_runs(home, [read_config(TINY)] * count, cluster=ADDRESS)


def steps(home: Home, cluster: FakeCluster, count: int = 3) -> Session:
    session = Session(home, ADDRESS, cluster)
    for _ in range(count):
        session.step()
    return session


def test_few_orders_are_out_at_a_time_in_the_queues_order(home: Home, cluster: FakeCluster) -> None:
    folders = launch(home, 5)
    move_runs(home, [folders[4]], 0)
    steps(home, cluster)
    assert list(cluster.orders) == [folders[4].run_id, folders[0].run_id]
    assert len(cluster.orders) == MOST_PENDING
    assert [newest_token(folder) for folder in folders] == [1, 0, 0, 0, 1]


def test_a_paused_queue_gives_no_orders_out(home: Home, cluster: FakeCluster) -> None:
    launch(home)
    pause_queue(home, True)
    steps(home, cluster)
    assert not cluster.orders


def test_runs_of_this_machine_and_of_other_clusters_are_left_alone(home: Home, cluster: FakeCluster) -> None:
    make_run(home)
    launch_runs(home, [read_config(TINY)], cluster="other.example:1")
    assert not Session(home, ADDRESS, cluster).step()
    assert set(minded_runs(home)) == {"other.example:1"}


def test_news_come_home_and_the_run_is_seen_to_run_on_its_node(home: Home, cluster: FakeCluster) -> None:
    [folder] = launch(home)
    session = steps(home, cluster)
    far = cluster.start(folder.run_id, num_epochs=2)
    session.step()
    status = run_status(folder)
    assert (status.state, status.elsewhere) == (RUNNING, "n2")
    assert folder.journal_path.read_bytes() == far.journal_path.read_bytes()
    assert not folder.queued_path.exists()


def test_a_lost_node_sends_the_run_back_with_its_reason(home: Home, cluster: FakeCluster) -> None:
    [folder] = launch(home)
    session = steps(home, cluster)
    cluster.start(folder.run_id, num_epochs=1)
    session.step()
    cluster.lost[folder.run_id] = "its node was lost"
    for _ in range(3):
        session.step()
    order = cluster.orders[folder.run_id]
    assert (order.token, order.reason) == (2, "its node was lost")
    assert order.files["events.jsonl"] == folder.journal_path.read_bytes()
    assert run_status(folder).state == QUEUED
    cluster.start(folder.run_id, num_epochs=1)
    session.step()
    kinds = [entry.kind for entry in JournalReader(folder.journal_path).read()]
    assert kinds == ["run_started", "epoch_finished", "run_requeued", "run_started", "epoch_finished"]


def test_a_head_that_forgot_everything_costs_an_attempt_and_no_run(home: Home, cluster: FakeCluster) -> None:
    [folder] = launch(home)
    session = steps(home, cluster)
    cluster.start(folder.run_id, num_epochs=1)
    session.step()
    cluster.forget(folder.run_id, 1)
    steps(home, cluster)  # and another session, since the old one ended with its head
    assert (cluster.orders[folder.run_id].token, cluster.orders[folder.run_id].reason) == (2, HEAD_LOST)


def test_a_session_that_begins_anew_orders_nothing_twice(home: Home, cluster: FakeCluster) -> None:
    [folder] = launch(home)
    for _ in range(3):
        steps(home, cluster)
    assert newest_token(folder) == 1


def test_after_so_many_losses_the_run_has_failed(home: Home, cluster: FakeCluster) -> None:
    change_settings(home, retries=1)
    [folder] = launch(home)
    session = steps(home, cluster)
    for _ in range(2):
        cluster.start(folder.run_id, num_epochs=1)
        session.step()
        cluster.lost[folder.run_id] = "its node was lost"
        for _ in range(3):
            session.step()
    status = run_status(folder)
    assert status.state == FAILED
    assert status.reason == "its node was lost; it had gone back to the queue once"
    assert not session.step()


def test_a_stop_is_passed_on_and_a_stop_and_resume_waits_for_the_engine(
    home: Home, cluster: FakeCluster
) -> None:
    [folder] = launch(home)
    session = steps(home, cluster)
    far = cluster.start(folder.run_id, num_epochs=1)
    session.step()
    assert "asked to stop" in stop_run(folder, grace_seconds=0.1)
    session.step()
    assert cluster.asked_to_stop == [folder.run_id]
    JournalWriter(far.journal_path).append(RunStopped(1, "asked to stop"))
    session.step()
    assert run_status(folder).state == STOPPED
    resume_run(home, folder)
    session.step()
    assert cluster.orders[folder.run_id].token == 1  # its task has not ended yet
    cluster.ended.add(folder.run_id)
    for _ in range(3):
        session.step()
    assert cluster.orders[folder.run_id].token == 2
    assert run_status(folder).state == QUEUED


def test_a_stopped_run_whose_node_is_lost_is_not_taken_up_again(home: Home, cluster: FakeCluster) -> None:
    [folder] = launch(home)
    session = steps(home, cluster)
    cluster.start(folder.run_id, num_epochs=1)
    session.step()
    stop_run(folder, grace_seconds=0.1)
    cluster.lost[folder.run_id] = "its node was lost"
    for _ in range(3):
        session.step()
    status = run_status(folder)
    assert (status.state, status.reason) == (STOPPED, "asked to stop; its node was lost")


@pytest.mark.parametrize("how", ["ended", "lost"])
def test_an_engine_that_never_takes_the_run_up_is_ordered_again_so_often_and_then_the_run_has_failed(
    home: Home, cluster: FakeCluster, how: str
) -> None:
    change_settings(home, retries=2)
    [folder] = launch(home)
    session = steps(home, cluster)
    for attempt in (1, 2, 3):
        assert cluster.orders[folder.run_id].token == newest_token(folder)
        assert num_requeues(folder.journal_path) == attempt - 1
        if how == "ended":
            cluster.ended.add(folder.run_id)
        else:
            cluster.lost[folder.run_id] = "its worker ran out of memory"
        for _ in range(3):
            session.step()
    status = run_status(folder)
    assert status.state == FAILED
    assert status.reason.endswith("it had gone back to the queue 2 times")
    assert not cluster.orders


def test_a_run_removed_while_its_order_is_out_is_called_off(home: Home, cluster: FakeCluster) -> None:
    [folder] = launch(home)
    session = steps(home, cluster)
    remove_run(home, folder)
    session.step()
    assert cluster.asked_to_stop == [folder.run_id]
    assert not cluster.orders
    assert not session.step()


def test_a_run_that_nobody_can_read_has_failed(home: Home, cluster: FakeCluster) -> None:
    [folder] = launch(home)
    folder.config_path.write_text("no configuration")
    steps(home, cluster)
    assert run_status(folder).state == FAILED
    assert "config.toml" in run_status(folder).reason


def test_a_finished_run_is_minded_no_more(home: Home, cluster: FakeCluster) -> None:
    from engine.record.events import RunFinished

    [folder] = launch(home)
    session = steps(home, cluster)
    far = cluster.start(folder.run_id, num_epochs=3)
    JournalWriter(far.journal_path).append(RunFinished(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0))
    cluster.ended.add(folder.run_id)
    for _ in range(3):
        session.step()
    assert run_status(folder).state == FINISHED
    assert not session.step()
    assert not cluster.orders

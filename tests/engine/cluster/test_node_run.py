"""What a node does with an order: the same engine, its news sent home, and an end when nobody wants it."""

from functools import partial
from pathlib import Path

import pytest

from engine.cluster import node_run
from engine.cluster.node_run import Reply, run_order, sees_home
from engine.cluster.order import Order, make_order
from engine.cluster.parcel import Parcel, unpack
from engine.process.launch import launch_detached
from engine.process.lease import grant, newest_token
from engine.process.queue_settings import QueueSettings
from engine.process.runs import run_status
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import FINISHED
from tests.engine.process.engines import FAKE_ENGINE, make_run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A queued run; nodes start fake engines."""
    monkeypatch.setattr(node_run, "launch_detached", partial(launch_detached, script=FAKE_ENGINE))
    monkeypatch.setattr(node_run, "POLL_SECONDS", 0.02)
    return make_run(Home(tmp_path / "home"))


def order_for(folder: RunFolder, tmp_path: Path, shared_home: str) -> Order:
    settings = QueueSettings(shared_home=shared_home, scratch=str(tmp_path / "scratch"))
    return make_order(folder, grant(folder), settings, has_gpus=False)


class FakeHome:
    """Takes parcels in the place of coordinator and session; may be out of reach for some of them."""

    def __init__(self, folder: RunFolder, num_failures: int = 0, reply: Reply | None = None) -> None:
        self.folder, self.num_failures, self.reply = folder, num_failures, reply or Reply()

    def __call__(self, shared: bool, parcel: Parcel) -> Reply:
        """Unpack one."""
        if self.num_failures:
            self.num_failures -= 1
            raise ConnectionError
        if not shared:
            unpack(self.folder, parcel)
        return self.reply


def test_a_run_far_from_its_home_ends_there_and_leaves_nothing_on_the_node(
    folder: RunFolder, tmp_path: Path
) -> None:
    folder.open_journal().close()
    order = order_for(folder, tmp_path, "no")
    assert run_order(order, "n7", FakeHome(folder, num_failures=3)) == "ended"
    folder.queued_path.unlink()  # as a session does when an engine has signed in
    status = run_status(folder)
    assert (status.state, status.elsewhere) == (FINISHED, "n7")
    assert folder.num_starts() == 1
    assert folder.read_result() is not None
    assert "takes up" in folder.log_path.read_text()
    assert list((tmp_path / "scratch" / "runs").iterdir()) == []


def test_a_run_in_a_shared_home_is_written_in_place(folder: RunFolder, tmp_path: Path) -> None:
    order = order_for(folder, tmp_path, "auto")
    assert sees_home(order)
    assert run_order(order, "n7", FakeHome(folder)) == "ended"
    assert run_status(folder).state == FINISHED
    assert not folder.queued_path.exists()
    assert not (tmp_path / "scratch").exists()


def test_a_folder_of_the_same_name_is_not_taken_for_the_home(folder: RunFolder, tmp_path: Path) -> None:
    order = order_for(folder, tmp_path, "auto")
    (tmp_path / "home" / "cluster.mark").write_text("another home's")
    assert not sees_home(order)


def test_an_engine_nobody_wants_any_more_is_ended(folder: RunFolder, tmp_path: Path) -> None:
    order = order_for(folder, tmp_path, "no")
    said = run_order(order, "n7", FakeHome(folder, reply=Reply(is_wanted=False)))
    assert said.startswith("given up")
    assert list((tmp_path / "scratch" / "runs").iterdir()) == []


def test_an_order_whose_lease_is_over_is_not_begun(folder: RunFolder, tmp_path: Path) -> None:
    order = order_for(folder, tmp_path, "yes")
    assert grant(folder) == newest_token(folder) == 2
    assert run_order(order, "n7", FakeHome(folder)).startswith("not started: lease 1 is over")
    assert not folder.process_path.exists()


def test_an_order_says_what_it_needs(folder: RunFolder, tmp_path: Path) -> None:
    order = order_for(folder, tmp_path, "no")
    assert (order.num_cpus, order.num_gpus) == (1.0, 0.0)
    text = folder.config_path.read_text()
    folder.config_path.write_text(text.replace('device = "cpu"', 'device = "auto"'))
    for runs_per_gpu, share in ((0, 1.0), (4, 0.25)):
        asked = make_order(folder, 1, QueueSettings(runs_per_gpu=runs_per_gpu), has_gpus=True)
        assert (asked.num_cpus, asked.num_gpus) == (1.0, share)
    assert make_order(folder, 1, QueueSettings(), has_gpus=False).num_gpus == 0.0
    assert set(order.files) == {"config.toml"}

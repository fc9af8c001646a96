"""Without its token nothing gets onto a cluster, and an open one is not joined: the queue says why."""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.process.queue_view import read_queue
from engine.process.runs import launch_runs, run_status, stop_run, wake_scheduler
from engine.record.home import Home
from engine.record.status import FINISHED
from tests.engine.cluster.ray_nodes import RayNodes
from tests.engine.process.engines import wait_for
from tests.journeys.far_runs import far_config

pytest.importorskip("ray", reason="the extra [cluster] is not installed")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def nodes() -> Iterator[RayNodes]:
    """A cluster that is not started yet."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # sockets want a short path
    nodes = RayNodes(folder)
    yield nodes
    nodes.kill("n1")
    for engine in nodes.engines("n1"):
        with contextlib.suppress(psutil.Error):
            engine.kill()
    shutil.rmtree(folder, ignore_errors=True)


def wrong(place: Path) -> dict[str, str]:
    """A token that is well made and not the cluster's."""
    path = place / "wrong-token"
    path.write_text(secrets.token_hex(32))
    path.chmod(0o600)
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(path)}


def none(place: Path) -> dict[str, str]:
    """The file that should hold one is not there."""
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(place / "no-token")}


@pytest.mark.parametrize(("without", "why"), [(wrong, "refuses the token"), (none, "no token is here")])
def test_without_the_clusters_token_a_run_waits_and_the_queue_says_why_until_the_right_one_is_there(
    tmp_path: Path,
    nodes: RayNodes,
    monkeypatch: pytest.MonkeyPatch,
    without: Callable[[Path], dict[str, str]],
    why: str,
) -> None:
    nodes.start("n1", num_cpus=1, head=True)
    home, here = Home(tmp_path / "home"), without(tmp_path)
    for key, value in here.items():
        monkeypatch.setenv(key, value)
    [folder] = launch_runs(home, [far_config(1)], cluster=nodes.address)
    wait_for(lambda: why in read_queue(home).waiting[0].why, 120)
    assert not folder.journal_path.exists()
    assert not folder.lease_folder.exists()
    token = Path(here["RAY_AUTH_TOKEN_PATH"])
    token.write_text(Path(nodes.environment["RAY_AUTH_TOKEN_PATH"]).read_text())
    token.chmod(0o600)
    wait_for(lambda: run_status(folder).state == FINISHED, 240)


def test_an_open_cluster_is_not_joined_unless_a_person_says_so(
    tmp_path: Path, nodes: RayNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_path = nodes.environment["RAY_AUTH_TOKEN_PATH"]
    nodes.environment = {"RAY_AUTH_MODE": "disabled"}
    nodes.start("n1", num_cpus=1, head=True)
    home = Home(tmp_path / "home")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", token_path)
    [folder] = launch_runs(home, [far_config(1)], cluster=nodes.address)
    wait_for(lambda: "it is open" in read_queue(home).waiting[0].why, 120)
    assert not folder.lease_folder.exists()
    stop_run(folder)
    wait_for(lambda: not home.cluster_work_path.exists(), 120)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    folder.queue()
    wake_scheduler(home)
    wait_for(lambda: run_status(folder).state == FINISHED, 240)

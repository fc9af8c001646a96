"""What stands between a home and a cluster is told to whoever looks at the queue, of that cluster alone."""

from pathlib import Path

import pytest

from engine.plan.config import read_config
from engine.process.cluster_trouble import note_trouble, trouble_of
from engine.process.queue_view import read_queue
from engine.process.runs import launch_runs
from engine.record.home import Home
from tests.fakes import TINY


def test_trouble_is_told_of_the_cluster_that_has_it_until_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.process.runs.wake_scheduler", lambda _: None)
    home = Home(tmp_path)
    [first] = launch_runs(home, [read_config(TINY)], cluster="first:1")
    [other] = launch_runs(home, [read_config(TINY)], cluster="")
    note_trouble(home, "first:1", "nobody answers")
    assert (trouble_of(first), trouble_of(other)) == ("nobody answers", "")
    whys = {waiting.turn.folder.run_id: waiting.why for waiting in read_queue(home).waiting}
    assert whys == {
        first.run_id: "its cluster: nobody answers",
        other.run_id: "a place on the cluster",
    }
    note_trouble(home, "first:1", "")
    assert trouble_of(first) == ""
    assert {waiting.why for waiting in read_queue(home).waiting} == {"a place on the cluster"}

"""What a person is told when runs are stopped from a screen."""

from pathlib import Path

import pytest

from engine.process import runs
from engine.record.home import Home
from ssp_tui.requests import stop_runs
from tests.fake_journal import FakeEngine, finished_run, make_run


def told_on_stopping(home: Home, *run_ids: str) -> list[str]:
    told: list[str] = []
    stop_runs(home, run_ids, lambda text, is_bad: told.append(f"{'! ' * is_bad}{text}"))
    return told


def test_only_of_a_live_run_it_is_said_that_its_step_is_finished_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    finished_run(home, "done")
    make_run(home, "waiting").queue()
    FakeEngine(make_run(home, "live"), "clean").sign_in()
    stopped: list[str] = []
    monkeypatch.setattr(runs, "ask_to_stop", lambda _: stopped.append("asked"))
    monkeypatch.setattr(runs, "wait_until_gone", lambda *_: True)
    monkeypatch.setattr(runs, "wake_scheduler", lambda _: None)
    assert told_on_stopping(home, "done") == ["done: already finished"]
    assert told_on_stopping(home, "waiting") == ["waiting: taken off the queue"]
    assert told_on_stopping(home, "gone")[-1].startswith("! ")
    told = told_on_stopping(home, "done", "live")
    assert told[:2] == ["stopping 1 run: the step is finished first", "done: already finished"]
    assert stopped == ["asked"]

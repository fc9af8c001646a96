"""Promise 7 with real hands: two dashboards on one home that stop, resume and remove one run at once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.process.runs import run_status, stop_run, wake_scheduler
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import STOPPED
from tests.engine.process.engines import make_run, wait_for
from tests.torture.link import Link
from tests.torture.test_two_of_everything import assert_one_writer

MANY_EPOCHS = 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    """A run that goes on for hours, waiting for its real engine."""
    folder = make_run(Home(tmp_path / "home"), epochs=MANY_EPOCHS)
    yield folder
    if folder.path.exists():
        stop_run(folder, grace_seconds=5)


@pytest.fixture
def links(folder: RunFolder) -> Iterator[list[Link]]:
    """Two dashboards on it."""
    links = [Link(folder.path.parents[1], folder.run_id) for _ in range(2)]
    yield links
    for link in links:
        link.close()


def engines_of(folder: RunFolder) -> list[int]:
    """The pids of processes that are an engine on the run, or are about to be told that there is one."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if str(folder.path) in command and any(part.endswith("engine/__main__.py") for part in command):
            found.append(process.pid)
    return found


def press_at_once(links: list[Link], keys: bytes) -> None:
    """The same keys at both, as nearly at once as two hands can."""
    for link in links:
        link.press(keys)


def read_both_until(links: list[Link], condition: Callable[[], bool], seconds: float = 60) -> None:
    """Look at both screens until something holds."""

    def look() -> bool:
        for link in links:
            link.read_for(0.05)
        return condition()

    wait_for(look, seconds)


def test_two_dashboards_that_stop_resume_and_remove_a_run_at_once_get_one_engine_and_agree(
    folder: RunFolder, links: list[Link], scaled: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    wake_scheduler(Home(folder.path.parents[1]))
    num_rounds = scaled(6, 1)
    for number in range(1, num_rounds + 1):
        read_both_until(links, lambda: folder.num_starts() == number)  # noqa: B023
        read_both_until(links, lambda: all(link.shows("running") for link in links))
        assert len(engines_of(folder)) == 1
        press_at_once(links, b"s")
        read_both_until(links, lambda: run_status(folder).state == STOPPED)
        read_both_until(links, lambda: all(link.shows("stopped") for link in links))
        wait_for(lambda: not engines_of(folder))
        if number < num_rounds:
            press_at_once(links, b"r")
    assert_one_writer(folder)
    press_at_once(links, b"x")
    read_both_until(links, lambda: all(link.shows("for good") for link in links))
    press_at_once(links, b"y")
    read_both_until(links, lambda: not folder.path.exists())
    for link in links:
        link.read_for(1)
    assert [link.popen.poll() for link in links] == [None, None]
    assert list((folder.path.parent).iterdir()) == []
    figure(f"{num_rounds} stops and {num_rounds - 1} resumes by two dashboards at once, then both removed it")

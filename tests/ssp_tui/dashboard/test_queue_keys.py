"""The queue from the Runs screen: the same functions as `ssp-tui queue`, on the run under the cursor."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.process.queue import queued_runs
from engine.process.queue_control import pause_queue
from engine.process.queue_settings import read_settings
from engine.record.home import Home
from tests.fake_journal import make_run
from tests.ssp_tui.dashboard.seen import shown, text_of, until, until_shown


@pytest.fixture(autouse=True)
def _nobody_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.process.queue_control.wake_scheduler", lambda _: None)


@pytest.fixture
def queue_of_three(empty_home: Home) -> Home:
    """Three queued runs, a the first in turn; the list shows the newest, c, on top."""
    for number, name in enumerate("abc"):
        make_run(empty_home, name).requeue(1000.0 + number)
    return empty_home


def order(home: Home) -> str:
    return "".join(folder.run_id for folder in queued_runs(home))


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


async def changed(pilot: Pilot[int], key: str, is_so: Callable[[], bool]) -> None:
    """Press a key, and wait for what it does on disk."""
    await pilot.press(key)
    await until(pilot, is_so)


def test_a_waiting_run_is_moved_and_its_place_is_shown(queue_of_three: Home) -> None:
    async def body() -> None:
        async with shown(queue_of_three) as pilot:
            await until_shown(pilot, "in the queue")
            ids = order(queue_of_three)
            current = pilot.app.screen.query_one("RunList").current.run_id  # type: ignore[attr-defined]
            place = ids.index(current)
            assert f"{place + 1} of 3 in the queue" in text_of(pilot.app)  # type: ignore[arg-type]
            await changed(pilot, "U", lambda: order(queue_of_three)[0] == current)
            await until_shown(pilot, "1 of 3 in the queue")
            await changed(pilot, "d", lambda: order(queue_of_three)[1] == current)
            await changed(pilot, "u", lambda: order(queue_of_three)[0] == current)
            await changed(pilot, "minus", lambda: order(queue_of_three)[2] == current)
            await until_shown(pilot, "3 of 3 in the queue, priority -1")

    run(body())


def test_the_queue_is_paused_and_goes_on(queue_of_three: Home) -> None:
    async def body() -> None:
        async with shown(queue_of_three) as pilot:
            await changed(pilot, "p", lambda: read_settings(queue_of_three).paused)
            await until_shown(pilot, "queue paused")
            await changed(pilot, "p", lambda: not read_settings(queue_of_three).paused)

    run(body())


def test_how_many_run_at_a_time_is_asked_for_and_said(queue_of_three: Home) -> None:
    async def body() -> None:
        async with shown(queue_of_three) as pilot:
            await pilot.press("n")
            await until_shown(pilot, "gpu=auto cpu=auto")
            await pilot.press(*["backspace"] * 4, "x", "enter")
            await until_shown(pilot, "is not allowed")
            await pilot.press("backspace", "3", "enter")
            await until(pilot, lambda: read_settings(queue_of_three).cpu_runs == 3)

    run(body())


def test_a_reader_changes_nothing(queue_of_three: Home) -> None:
    async def body() -> None:
        async with shown(queue_of_three, readonly=True) as pilot:
            for key in ("p", "U", "n", "plus"):
                await pilot.press(key)
                await until_shown(pilot, "read only")
            assert order(queue_of_three) == "abc"
            assert not queue_of_three.queue_settings_path.exists()

    run(body())


def test_a_waiting_run_says_that_the_queue_is_paused_and_how_it_goes_on(queue_of_three: Home) -> None:
    async def body() -> None:
        queue_of_three.path.joinpath("keys.toml").write_text('"runs.pause" = "f5"\n')
        async with shown(queue_of_three, (200, 50), run="b") as pilot:
            await until_shown(pilot, "waits for a free place; it starts by itself")
            await pilot.press("escape")
            await until_shown(pilot, "waits for a free place")  # the preview's words
            await pilot.press("f5")
            await until_shown(pilot, "the queue is paused: f5 on Runs")
            await pilot.press("enter")
            await until_shown(pilot, "the queue is paused: f5 on Runs lets it go on")
            assert "starts by itself" not in text_of(pilot.app)  # type: ignore[arg-type]
            pause_queue(queue_of_three, False)
            await until_shown(pilot, "waits for a free place; it starts by itself")

    run(body())

"""The command palette over a run: where it stands, and what it offers."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from engine.record.home import Home
from ssp_tui.app import Dashboard
from tests.ssp_tui.dashboard.seen import rows_of, shown, text_of, until_shown

FINISHED, STOPPED = "collapsed-s3-1123-bbbb", "gaussian-s5-1123-cccc"


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_it_keeps_to_ascii_and_to_the_middle(home: Home) -> None:
    async def body() -> None:
        async with shown(home, (200, 50), run=FINISHED, ascii_only=True) as pilot:
            await pilot.press("ctrl+p")
            await until_shown(pilot, "Replay: show the epoch before")
            row = next(row for row in rows_of(pilot.app) if "Search for commands" in row)
            assert "🔎" not in row
            assert row.index("Search") > 50
            assert text_of(pilot.app).isascii()
            await pilot.press(*"shift")
            await until_shown(pilot, "No matches found")
            assert text_of(pilot.app).isascii()

    run(body())


@pytest.mark.parametrize("size", [(80, 24), (44, 12)])
def test_it_and_what_the_app_tells_keep_to_ascii_where_there_is_no_room(
    home: Home, size: tuple[int, int]
) -> None:
    async def body() -> None:
        async with shown(home, size, ascii_only=True) as pilot:
            assert isinstance(pilot.app, Dashboard)
            pilot.app.tell("something is wrong", True)
            await until_shown(pilot, "something is wrong")
            assert text_of(pilot.app).isascii()
            await pilot.press("ctrl+p")
            await until_shown(pilot, "Search for commands")
            await until_shown(pilot, "Open: watch")
            await pilot.press(*["down"] * 30)
            assert text_of(pilot.app).isascii()

    run(body())


@pytest.mark.parametrize(
    ("run_id", "readonly", "can_go_on"),
    [(FINISHED, False, False), (STOPPED, False, True), (STOPPED, True, False)],
)
def test_it_offers_only_what_can_be_done(home: Home, run_id: str, readonly: bool, can_go_on: bool) -> None:
    async def body() -> None:
        async with shown(home, (120, 50), run=run_id, readonly=readonly) as pilot:
            await pilot.press("ctrl+p")
            await until_shown(pilot, "Rewards: the policy, or each operation's marginal reward")
            await pilot.press("end")
            assert ("Resume: go on exactly where it stopped" in text_of(pilot.app)) is can_go_on
            assert "Stop: finish the step" not in text_of(pilot.app)

    run(body())

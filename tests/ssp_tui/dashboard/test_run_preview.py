"""The preview beside the list of runs, and the list's columns giving way to whole ids."""

import asyncio
from pathlib import Path

import pytest

from engine.record.home import Home
from ssp_tui.app import Dashboard
from ssp_tui.panels.run_preview import RunPreview
from ssp_tui.panels.runs_table import LONGEST_ID, Room, columns_for
from ssp_tui.screens.run import RunScreen
from ssp_tui.screens.runs import RunsScreen
from tests.fake_journal import finished_run
from tests.ssp_tui.dashboard.seen import shown, text_of, until, until_shown

COLLAPSED, CLEAN = "collapsed-s3-1123-bbbb", "clean-s7-1123-aaaa"


@pytest.fixture
def two(tmp_path: Path) -> Home:
    """A clean run and a collapsed one."""
    home = Home(tmp_path / "home")
    finished_run(home, CLEAN)
    finished_run(home, COLLAPSED, "collapsed")
    return home


@pytest.mark.parametrize("size", [(120, 40), (160, 26), (200, 50)])
def test_shows_the_run_under_the_cursor_as_the_cursor_moves(two: Home, size: tuple[int, int]) -> None:
    async def body() -> None:
        async with shown(two, size) as pilot:
            await until_shown(pilot, "COLLAPSED")
            for text in ("poison   dropout p1 x6", "12 layers", "Errors", "weights are NaN"):
                assert text in text_of(pilot.app)  # type: ignore[arg-type]
            await pilot.press("down")
            await until_shown(pilot, "LEARNING")
            assert "COLLAPSED" not in text_of(pilot.app)  # type: ignore[arg-type]

    asyncio.run(body())


def test_the_axes_are_the_shown_runs_own_whichever_was_shown_before(two: Home) -> None:
    async def seen(*keys: str) -> str:
        async with shown(two, (200, 50)) as pilot:
            await until_shown(pilot, "COLLAPSED")
            await pilot.press(*keys)
            await until_shown(pilot, "LEARNING" if len(keys) == 1 else "COLLAPSED")
            return text_of(pilot.app)  # type: ignore[arg-type]

    assert asyncio.run(seen("down", "up")) == asyncio.run(seen())


def test_the_key_puts_the_preview_away_and_brings_it_back(two: Home) -> None:
    async def body() -> None:
        async with shown(two, (120, 40)) as pilot:
            await until_shown(pilot, "COLLAPSED")
            screen = pilot.app.screen
            assert isinstance(screen, RunsScreen)
            await pilot.press("v")
            await until(pilot, lambda: not screen._followed)
            assert "COLLAPSED" not in text_of(pilot.app)  # type: ignore[arg-type]
            await pilot.press("v")
            await until_shown(pilot, "COLLAPSED")

    asyncio.run(body())


def test_a_small_terminal_reads_no_journal_for_it(two: Home) -> None:
    async def body() -> None:
        async with shown(two, (80, 24)) as pilot:
            await pilot.pause(0.3)
            assert isinstance(pilot.app.screen, RunsScreen)
            assert pilot.app.screen._followed == ()
            assert not pilot.app.screen.query_one(RunPreview).children
            await pilot.resize_terminal(120, 40)
            await until_shown(pilot, "COLLAPSED")

    asyncio.run(body())


def test_a_double_click_on_it_opens_the_run(two: Home) -> None:
    async def body() -> None:
        async with shown(two, (200, 50)) as pilot:
            await until_shown(pilot, "COLLAPSED")
            assert isinstance(pilot.app, Dashboard)
            await pilot.click("#preview-errors", times=2)
            await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))

    asyncio.run(body())


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
@pytest.mark.parametrize("run", [12, 26, 32, LONGEST_ID])
def test_ids_are_whole_from_80_cells_on_and_other_columns_give_way(width: int, run: int) -> None:
    columns = {column.name: cells for column, cells in columns_for(width, Room(run, 7))}
    assert columns["run"] >= run
    assert {"state", "epoch", "val"} <= set(columns)
    assert sum(columns.values()) + 2 * len(columns) + 3 <= width


def test_a_badge_of_nan_outlives_the_test_error_where_ids_are_long() -> None:
    columns = [column.name for column, _ in columns_for(80, Room(32, 6))]
    assert columns == ["state", "run", "epoch", "val", "nan"]


def test_a_column_that_went_comes_back_where_the_next_one_left_room_for_it() -> None:
    columns = [column.name for column, _ in columns_for(120, Room(42, 6))]
    assert columns == ["state", "run", "epoch", "val", "test", "nan", "eta", "device"]

"""A derived run is told from a search wherever it is seen, and never asked for what it does not have."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from engine.plan.derivation import derived_config
from engine.process.derive import best_found
from engine.record.folder import RunFolder
from engine.record.home import Home
from ssp_tui import messages
from tests.fake_journal import finished_run
from tests.ssp_tui.dashboard.seen import rows_of, shown, text_of, until_shown

SEARCH, DERIVED = "search-s7-1125-aaaa", "derived-search-s7-1125-bbbb"


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


@pytest.fixture
def derived_home(tmp_path: Path) -> Home:
    """A search, and a run derived of it that has ended too."""
    home = Home(tmp_path / "home")
    search = finished_run(home, SEARCH, "collapsed")
    make_derived(search, finished_run(home, DERIVED, "collapsed"))
    return home


def make_derived(search: RunFolder, folder: RunFolder) -> None:
    config = derived_config(search.read_config(), best_found(search), {}, [])
    folder.config_path.write_text(tomli_w.dumps(config.table()))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_the_list_marks_a_derived_runs_errors_as_final(derived_home: Home, size: tuple[int, int]) -> None:
    async def body() -> None:
        async with shown(derived_home, size) as pilot:
            await until_shown(pilot, "search-s7")
            rows = [row for row in rows_of(pilot.app) if "finished  " in row and "search-s7" in row]
            marked = [row for row in rows if " final " in row]
            assert len(marked) == 1
            assert "derived-search" in marked[0]
            if size[0] == 200:  # room for the preview, of the newest run first
                await until_shown(pilot, f"derived  of {SEARCH}, epoch")
                await until_shown(pilot, "of 12 layers of its one architecture, in every step")

    run(body())


def test_its_screen_says_final_and_that_there_is_no_controller(derived_home: Home) -> None:
    async def body() -> None:
        async with shown(derived_home, (200, 50), DERIVED) as pilot:
            text = text_of(pilot.app)
            assert f"Derived of {SEARCH}, epoch" in text
            assert "derived, from scratch" in text
            assert "final (from scratch)  val" in text
            assert "a derived run has no controller" in text
            for of_a_search in (
                "op entropy",
                "baseline",
                "advantage",
                "uniform",
                "best first",
                "floor",
                "Rewards",
            ):
                assert of_a_search not in text
        async with shown(derived_home, (200, 50), SEARCH) as pilot:
            text = text_of(pilot.app)
            assert "final" not in text
            assert "from scratch" not in text
            assert "op entropy" in text

    run(body())


def test_it_is_not_composed_into_another_run(derived_home: Home) -> None:
    async def body() -> None:
        async with shown(derived_home, (120, 40), DERIVED) as pilot:
            config = derived_home.run_folder(DERIVED).read_config()
            pilot.app.screen.post_message(messages.ComposeRequested(config))
            await until_shown(pilot, "a derived run is not composed")

    run(body())

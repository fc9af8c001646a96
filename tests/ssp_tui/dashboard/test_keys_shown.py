"""Every key a screen names is the one that works there now, and `?` tells all of them."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from engine.record.home import Home
from ssp_tui.app import Dashboard
from ssp_tui.screens.help import HelpScreen
from ssp_tui.theme import ANSI
from tests.ssp_tui.dashboard.seen import shown, text_of, until, until_shown

COLLAPSED = "collapsed-s3-1123-bbbb"

REBOUND = """
"app.compose" = "f6"
"app.presets" = "f7"
"compose.copy" = "Y"
"compose.paste" = "V"
"compose.toggle" = "x"
"presets.launch" = "L"
"runs.filter" = "f"
"runs.clear" = "z"
"runs.compare" = "C"
"compare.choose" = "R"
"choose.mark" = "M"
"question.yes" = "J"
"list.down" = "J"
"""


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


@pytest.fixture
def rebound_home(empty_home: Home) -> Home:
    empty_home.path.mkdir(exist_ok=True)
    (empty_home.path / "keys.toml").write_text(REBOUND)
    return empty_home


def test_hints_name_the_keys_as_they_are_bound_now(rebound_home: Home) -> None:
    async def body() -> None:
        async with shown(rebound_home) as pilot:
            await until_shown(pilot, "f6  composes a search space")
            await until_shown(pilot, "f7  launches one of the paper's experiments")
            await pilot.press("f6")
            await until_shown(pilot, "Y copies  V pastes")
            await pilot.press("down", "down", "down")
            await until_shown(pilot, "x takes it in or out")
            await pilot.press("escape", "f7")
            await until_shown(pilot, "L launches, e opens it in Compose")
            await pilot.press("4")
            await until_shown(pilot, "where space marks some and C brings them here")
            await until_shown(pilot, "R      chooses runs here")
            await pilot.press("R")
            await until_shown(pilot, "There are no runs yet: f6 composes one, f7 has the paper's.")
            await until_shown(pilot, "M marks")

    run(body())


def test_who_can_only_read_is_not_told_what_launches(home: Home) -> None:
    async def body() -> None:
        async with shown(home, readonly=True) as pilot:
            await pilot.press("3")
            await until_shown(pilot, "e opens it in Compose")
            assert "launches" not in text_of(pilot.app)  # type: ignore[arg-type]

    run(body())


def test_movement_in_a_list_is_rebindable_and_on_the_help_page(home: Home) -> None:
    (home.path / "keys.toml").write_text('"list.down" = "N"\n')

    async def body() -> None:
        async with shown(home, (120, 50)) as pilot:
            table = pilot.app.screen.query_one("RunList")
            await pilot.press("N")
            await until(pilot, lambda: table.cursor == 1)  # type: ignore[attr-defined]
            await pilot.press("down")
            await pilot.pause()
            assert table.cursor == 1  # type: ignore[attr-defined]
            await pilot.press("question_mark")
            assert isinstance(pilot.app.screen, HelpScreen)
            await until_shown(pilot, "Here")
            page = list(pilot.app.screen.query_one("HelpPage")._page)  # type: ignore[attr-defined]
            rows = ["".join(text for text, _ in line).split() for line in page]
            assert ["N", "a", "row", "down", "list.down"] in rows
            assert ["home", "g", "to", "the", "first", "row", "list.first"] in rows

    run(body())


@pytest.mark.parametrize(
    ("opened_by", "told"),
    [
        (("enter",), "the next kind of value that broke"),
        (("x",), "leave everything as it is"),
        (("l",), "a page down"),
        (("4", "enter"), "mark this run"),
    ],
)
def test_help_opens_over_windows_too(home: Home, opened_by: tuple[str, ...], told: str) -> None:
    async def body() -> None:
        async with shown(home, (120, 50), run=COLLAPSED) as pilot:
            await pilot.press(*opened_by)
            await pilot.pause(0.05)
            await pilot.press("question_mark")
            await until_shown(pilot, told)
            for row in text_of(pilot.app).splitlines():  # type: ignore[arg-type]
                assert "lleave" not in row
            await pilot.press("escape")
            assert not isinstance(pilot.app.screen, HelpScreen)

    run(body())


@pytest.mark.parametrize("has_runs", [False, True])
@pytest.mark.parametrize(
    ("key", "mode"), [("2", "compose"), ("3", "presets"), ("1", "runs"), ("4", "compare")]
)
def test_the_keys_of_screens_work_in_the_choice_of_runs(
    tmp_path: Path, home: Home, has_runs: bool, key: str, mode: str
) -> None:
    async def body() -> None:
        async with shown(home if has_runs else Home(tmp_path / "none")) as pilot:
            assert isinstance(pilot.app, Dashboard)
            await pilot.press("4", "enter")
            await until_shown(pilot, "Which runs?")
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.current_mode == mode)
            await pilot.press("4")
            await pilot.pause()
            assert "Which runs?" not in text_of(pilot.app)
            assert len(pilot.app.screen_stack) == 1

    run(body())


def test_one_can_leave_from_the_choice_of_runs(empty_home: Home) -> None:
    async def body() -> None:
        async with shown(empty_home) as pilot:
            await pilot.press("4", "enter")
            await until_shown(pilot, "Which runs?")
            await pilot.press("q")
            await until(pilot, lambda: pilot.app._exit)

    run(body())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (44, 12)])
@pytest.mark.parametrize("keys", [(), ("left",)])
def test_the_way_back_is_named_however_many_keys_there_are(
    home: Home, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async def body() -> None:
        async with shown(home, size, run=COLLAPSED) as pilot:
            await pilot.press(*keys)
            await pilot.pause(0.05)
            assert "esc Back" in text_of(pilot.app).splitlines()[-1]  # type: ignore[arg-type]

    run(body())


def test_a_number_field_takes_the_keys_of_screens_and_the_bar_says_so(empty_home: Home) -> None:
    async def body() -> None:
        async with shown(empty_home) as pilot:
            await pilot.press("2")
            await until_shown(pilot, "1 Runs  2 Compose  3 Presets  4 Compare")
            while pilot.app.screen.model.cursor != "poison.0":  # type: ignore[attr-defined]
                await pilot.press("down")
            await until_shown(pilot, "· Runs  · Compose  · Presets  · Compare")
            await pilot.press("up", "up")
            await until_shown(pilot, "1 Runs  2 Compose  3 Presets  4 Compare")

    run(body())


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("NO_COLOR", "1", "NO_COLOR is set"),
        ("TEXTUAL_COLOR_SYSTEM", "standard", "the terminal has 16 colours"),
    ],
)
def test_where_there_is_one_theme_only_its_key_says_so(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)

    async def body() -> None:
        async with shown(empty_home) as pilot:
            if name != "NO_COLOR":
                pilot.app.theme = ANSI
            await pilot.press("f2")
            await until_shown(pilot, told)

    run(body())

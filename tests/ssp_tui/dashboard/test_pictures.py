"""Whole screens as text, compared with pictures kept in goldens/; SSP_TUI_NEW_GOLDENS=1 draws them anew."""

import asyncio
import os
from pathlib import Path

import pytest

from engine.record.home import Home
from ssp_tui.app import Dashboard
from ssp_tui.screens.runs import RunsScreen
from tests.ssp_tui.dashboard.seen import shown, text_of, until_shown

GOLDENS = Path(__file__).parent / "goldens"
COLLAPSED, CLEAN = "collapsed-s3-1123-bbbb", "clean-s7-1123-aaaa"

PICTURES = [
    (name, size, run, keys)
    for name, run, keys in (
        ("runs", None, ()),
        ("run-collapsed", COLLAPSED, ()),
        ("run-replayed", CLEAN, ("left", "left", "down")),
        ("first-event", COLLAPSED, ("enter",)),
        ("help", COLLAPSED, ("question_mark",)),
    )
    for size in ((80, 24), (120, 40), (200, 50))
]


@pytest.mark.parametrize(
    ("name", "size", "run", "keys"),
    PICTURES,
    ids=[f"{name}-{size[0]}x{size[1]}" for name, size, _, _ in PICTURES],
)
def test_looks_as_in_its_picture(
    home: Home, name: str, size: tuple[int, int], run: str | None, keys: tuple[str, ...]
) -> None:
    async def body() -> str:
        async with shown(home, size, run) as pilot:
            assert isinstance(pilot.app, Dashboard)
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await pilot.pause(0.05)
            if isinstance(pilot.app.screen, RunsScreen) and size[0] >= 120:
                await until_shown(pilot, "waits for a free place")
            return text_of(pilot.app) + "\n"

    names = sorted(folder.run_id for folder in home.run_folders())
    for number, run_id in enumerate(names):
        os.utime(home.run_folder(run_id).config_path, (1.7e9 + 60 * number, 1.7e9 + 60 * number))
    drawn = asyncio.run(body())
    path = GOLDENS / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("SSP_TUI_NEW_GOLDENS"):
        path.write_text(drawn)
    assert drawn == path.read_text()

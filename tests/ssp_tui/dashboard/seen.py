"""What a running app shows, as text; and waiting for it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from textual.message import Message
from textual.pilot import Pilot

from engine.record.home import Home
from ssp_tui import messages
from ssp_tui.app import Dashboard
from ssp_tui.screens.run import RunScreen

PATIENCE_SECONDS = 10.0


def rows_of(app: Dashboard) -> list[str]:
    """The screen's rows as they are on the terminal, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips]


def text_of(app: Dashboard) -> str:
    """The same as one text."""
    return "\n".join(rows_of(app))


async def until(pilot: Pilot[int], is_true: Callable[[], bool]) -> None:
    """Wait for something the reading thread brings about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError("never came:\n" + text_of(pilot.app))  # type: ignore[arg-type]
        await asyncio.sleep(0.02)
        await pilot.pause()


async def until_shown(pilot: Pilot[int], text: str) -> None:
    """Wait for a text on the screen."""
    app = pilot.app
    assert isinstance(app, Dashboard)
    await until(pilot, lambda: text in text_of(app))


async def until_gone(pilot: Pilot[int], text: str) -> None:
    """Wait for a text to leave the screen."""
    app = pilot.app
    assert isinstance(app, Dashboard)
    await until(pilot, lambda: text not in text_of(app))


@contextlib.asynccontextmanager
async def shown(
    home: Home | Path,
    size: tuple[int, int] = (120, 40),
    run: str | None = None,
    ascii_only: bool = False,
    readonly: bool = False,
) -> AsyncIterator[Pilot[int]]:
    """A dashboard that has listed its runs, and read the one it was opened on."""
    place = home.path if isinstance(home, Home) else home
    app = Dashboard(place, run, readonly, ascii_only)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.has_listed)
        if run is not None:
            await until(pilot, lambda: isinstance(app.screen, RunScreen) and is_whole(app.screen))
        await pilot.pause()
        yield pilot


def is_whole(screen: RunScreen) -> bool:
    """Whether a run's screen has read the run, and the hazard of its space if it can be known."""
    view = screen.view
    if view is None:
        return False
    return view.config is None or view.config.derived is not None or view.hazard is not None


def spied(post: Callable[[Message], bool], asked: list[messages._AboutRuns]) -> Callable[[Message], bool]:
    """A `post_message` that keeps what a screen asks for and passes everything else on."""

    def posted(message: Message) -> bool:
        if isinstance(message, messages._AboutRuns):
            asked.append(message)
            return True
        return post(message)

    return posted

"""A dashboard under test: what it shows as text, what it asks for, and waiting."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from ssp_tui import messages
from ssp_tui.app import Dashboard
from ssp_tui.screens.base import BaseScreen

PATIENCE_SECONDS = 10.0


class Listener(Dashboard):
    """Writes down what is asked for instead of doing it, and what it tells the person."""

    def __init__(self, home: Path, ascii_only: bool = False) -> None:
        super().__init__(home, ascii_only=ascii_only)
        self.asked: list[
            messages.LaunchRequested | messages.OpenRequested | messages.LaunchSuiteRequested
        ] = []
        self.told: list[str] = []

    def on_launch_requested(self, message: messages.LaunchRequested) -> None:
        message.prevent_default()  # Textual calls the dashboard's own handler too
        self.asked.append(message)

    def on_launch_suite_requested(self, message: messages.LaunchSuiteRequested) -> None:
        message.prevent_default()
        self.asked.append(message)

    def on_open_requested(self, message: messages.OpenRequested) -> None:
        message.prevent_default()
        self.asked.append(message)

    def tell(self, text: str, is_bad: bool = False) -> None:
        super().tell(text, is_bad)
        self.told.append(text)


class Shown:
    """A dashboard on one of its screens."""

    def __init__(self, app: Listener, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> BaseScreen:
        assert isinstance(self.app.screen, BaseScreen)
        return self.app.screen

    @property
    def rows(self) -> list[str]:
        """What is on the terminal, without the blanks at the rows' ends."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def row_with(self, text: str) -> str:
        return next(row for row in self.rows if text in row)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def until(self, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_true():
            assert time.monotonic() < deadline, "never came:\n" + self.text
            await asyncio.sleep(0.02)
            await self.pilot.pause()

    async def until_shown(self, text: str) -> None:
        await self.until(lambda: text in self.text)


@contextlib.asynccontextmanager
async def showing(
    home: Path, mode: str, size: tuple[int, int] = (120, 40), ascii_only: bool = False
) -> AsyncIterator[Shown]:
    """The dashboard of a home on one of its four screens."""
    app = Listener(home, ascii_only)
    async with app.run_test(size=size) as pilot:
        shown = Shown(app, pilot)
        await shown.until(lambda: app.has_listed)
        await shown.press({"compose": "2", "presets": "3", "compare": "4"}[mode])
        yield shown


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run an async test body."""
    asyncio.run(test)

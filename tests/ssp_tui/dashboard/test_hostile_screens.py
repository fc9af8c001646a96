"""Every screen, dialog, toast and palette with hostile texts from every place they can come from."""

import asyncio
import dataclasses
import importlib
import json
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import Screen

from engine.record.events import RunFailed, Warned
from engine.record.home import Home
from ssp_tui import messages, screens
from ssp_tui.app import Dashboard
from ssp_tui.screens.choose_runs import ChooseRunsScreen
from ssp_tui.screens.compare import CompareScreen
from ssp_tui.screens.compose import ComposeScreen
from ssp_tui.screens.configuration import ConfigurationScreen
from ssp_tui.screens.first_event import FirstEventScreen
from ssp_tui.screens.help import HelpScreen
from ssp_tui.screens.log import LogScreen
from ssp_tui.screens.presets import PresetsScreen
from ssp_tui.screens.prompt import Prompt
from ssp_tui.screens.question import Question
from ssp_tui.screens.run import RunScreen
from ssp_tui.screens.runs import RunsScreen
from tests.fake_journal import STREAMS, FakeEngine, make_run
from tests.fakes import fake_break
from tests.hostile import HOSTILE
from tests.ssp_tui.dashboard.seen import shown, text_of, until

ATTACKS = {
    "markup": f"{HOSTILE.open_markup} {HOSTILE.action_markup} [INFO]",
    "terminal": f"a{HOSTILE.window_title}{HOSTILE.clear_screen}{HOSTILE.eight_bit_colour}b\x07\x08",
}


def plain(text: str) -> str:
    """What a folder may be called: no path in it."""
    return text.replace("/", "|").replace("\x00", "")


def hostile_home(path: Path, attack: str) -> Home:
    """Two runs and two presets whose every text is the attack."""
    home = Home(path / plain(attack))
    for number in range(2):
        engine = FakeEngine(make_run(home, f"{number}{plain(attack)}", title=attack), "collapsed")
        config = engine.folder.config_path.read_text().replace(
            'name = "collapsed"', f"name = {json.dumps(attack)}"
        )
        engine.folder.config_path.write_text(config)
        engine.sign_in(pid_is_alive=False)
        engine.emit_epochs(2)
        broke = dataclasses.replace(
            fake_break("loss", epoch=1), operation=attack, part=attack, direction=attack
        )
        for event in (broke, Warned(attack), RunFailed(attack, attack)):
            engine.emit(event)
        engine.folder.log_path.write_bytes(attack.encode() + b"\n")
    home.presets_folder.mkdir(parents=True)
    text = (STREAMS / "clean" / "config.toml").read_text()
    (home.presets_folder / f"{plain(attack)}.toml").write_text(text)
    (home.presets_folder / f"broken{plain(attack)}.toml").write_text(f"{json.dumps(attack)} = 1\n")
    return home


def all_screens() -> set[type[Screen[Any]]]:
    """Every screen there is."""
    found: set[type[Screen[Any]]] = set()
    for module in pkgutil.iter_modules(screens.__path__):
        loaded = importlib.import_module(f"ssp_tui.screens.{module.name}")
        found |= {
            each
            for each in vars(loaded).values()
            if isinstance(each, type) and issubclass(each, Screen) and each.__module__ == loaded.__name__
        }
    return {each for each in found if each.__name__ != "BaseScreen"}


class Visit:
    """Goes from screen to screen and looks at each."""

    def __init__(self, pilot: Pilot[int]) -> None:
        assert isinstance(pilot.app, Dashboard)
        self.app, self.pilot = pilot.app, pilot
        self.seen: set[type[Screen[Any]]] = set()

    async def look(self, kind: type[Screen[Any]], *keys: str) -> None:
        """Press the keys, wait for the screen, and find nothing on it that a terminal or a person obeys."""
        for key in keys:
            await self.pilot.press(key)
        await until(self.pilot, lambda: isinstance(self.app.screen, kind))
        await self.pilot.pause()
        self.seen.add(kind)
        for strip in self.app.screen._compositor.render_strips():
            assert strip.text.isprintable()
            for segment in strip:
                assert not segment.control
                assert "@click" not in (segment.style.meta if segment.style else {})
        assert self.app.is_running


@asynccontextmanager
async def visiting(home: Home, size: tuple[int, int], ascii_only: bool) -> AsyncIterator[Visit]:
    async with shown(home, size, ascii_only=ascii_only) as pilot:
        yield Visit(pilot)


@pytest.mark.parametrize(
    ("attack", "size", "ascii_only"), [("markup", (120, 40), False), ("terminal", (80, 24), True)]
)
def test_no_screen_obeys_what_others_wrote(
    tmp_path: Path, attack: str, size: tuple[int, int], ascii_only: bool
) -> None:
    text = ATTACKS[attack]
    home = hostile_home(tmp_path, text)

    async def body() -> None:
        async with visiting(home, size, ascii_only) as visit:
            app = visit.app
            await visit.look(RunsScreen)
            if attack == "markup":
                assert "[@click=app.quit]" in text_of(app)
            await visit.look(RunsScreen, "slash", *"[=", "enter", "escape")
            await visit.look(Question, "x")
            await visit.look(RunsScreen, "n")
            await visit.look(RunScreen, "enter")
            await until(visit.pilot, lambda: "failed" in text_of(app))
            for _ in range(5):
                await visit.look(RunScreen, "tab")
            await visit.look(FirstEventScreen, "enter")
            await visit.look(FirstEventScreen, "right", "right")
            await visit.look(RunScreen, "escape")
            await visit.look(HelpScreen, "question_mark")
            await visit.look(RunScreen, "escape")
            await visit.look(LogScreen, "l")
            await visit.look(CommandPalette, "escape", "ctrl+p", *"open")
            await visit.look(RunScreen, "escape")
            await visit.look(ComposeScreen, "e")
            await visit.look(Prompt, "v")
            await visit.pilot.press(*"--x", "enter")
            app.screen.focused.post_message(events.Paste(text))  # type: ignore[union-attr]
            await visit.look(Prompt, "enter")
            await visit.look(PresetsScreen, "escape", "3")
            await visit.look(PresetsScreen, "end")
            await visit.look(PresetsScreen, "up")
            await visit.look(ConfigurationScreen, "enter")
            await visit.look(PresetsScreen, "escape")
            app.post_message(messages.CompareRequested(*(each.run_id for each in home.run_folders())))
            await visit.look(CompareScreen)
            await until(visit.pilot, lambda: "2 runs" in text_of(app))
            await visit.look(ChooseRunsScreen, "enter")
            await visit.look(CompareScreen, "escape")
            app.tell(text)
            await visit.look(CompareScreen)
            assert visit.seen - {CommandPalette} == all_screens()

    asyncio.run(body())

"""The Log screen: the engine's log and the journal in words, at once or in turn."""

import asyncio
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.record.events import Progressed
from engine.record.home import Home
from ssp_tui.app import Dashboard
from ssp_tui.charts.rows import cells_of
from ssp_tui.event_list import EventList
from ssp_tui.panels.log_lines import LogLines, rows_of
from tests.fake_journal import FakeEngine, finished_run, make_run
from tests.fakes import fake_epoch, fake_started
from tests.ssp_tui.dashboard.seen import rows_of as rows_on
from tests.ssp_tui.dashboard.seen import shown, text_of, until_shown


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A collapsed run with a log."""
    home = Home(tmp_path / "home")
    finished_run(home, "collapsed", "collapsed").log_path.write_text("engine 7 takes it up\nfinished\n")
    return home


@pytest.mark.parametrize("size", [(120, 40), (200, 50)])
def test_the_log_and_the_events_are_seen_at_once_where_there_is_room(
    home: Home, size: tuple[int, int]
) -> None:
    async def body() -> None:
        async with shown(home, size) as pilot:
            await pilot.press("l")
            await until_shown(pilot, "engine 7 takes it up")
            await until_shown(pilot, "epoch 4: val 90.00 %")
            assert isinstance(pilot.app, Dashboard)
            assert any("first gradient not finite" in row for row in rows_on(pilot.app))

    asyncio.run(body())


def test_a_small_terminal_shows_them_in_turn(home: Home) -> None:
    async def body() -> None:
        async with shown(home, (80, 24)) as pilot:
            await pilot.press("l")
            await until_shown(pilot, "engine 7 takes it up")
            assert isinstance(pilot.app, Dashboard)
            assert "Events of" not in text_of(pilot.app)
            await pilot.press("tab")
            await until_shown(pilot, "epoch 4: val 90.00 %")
            assert "engine 7" not in text_of(pilot.app)
            await pilot.press("home")
            await until_shown(pilot, "begins with epoch 0")
            await pilot.press("tab")
            await until_shown(pilot, "engine 7 takes it up")

    asyncio.run(body())


def lit_titles(app: Dashboard) -> list[str]:
    """Which of the two titles are drawn as the one that keys act on: without colours, underlined."""
    lit = [
        segment.text.split()[0]
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if segment.style is not None and segment.style.underline and " of collapsed" in segment.text
    ]
    return sorted(lit)


def test_the_text_that_keys_act_on_is_the_lit_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await pilot.press("l")
            await until_shown(pilot, "engine 7 takes it up")
            for key, lit in (("f", "Log"), ("tab", "Events"), ("f", "Events"), ("tab", "Log"), ("f", "Log")):
                await pilot.press(key)
                assert lit_titles(app) == [lit], key
            await pilot.click("#events")
            assert lit_titles(app) == ["Events"]
            assert "following" not in text_of(app).split("Events of")[1].split("\n")[0]
            await pilot.press("f")
            assert "following" in text_of(app).split("Events of")[1].split("\n")[0]

    monkeypatch.setenv("NO_COLOR", "1")
    asyncio.run(body())


@given(st.text(st.sampled_from("ab  探é"), max_size=60), st.integers(1, 30))
def test_a_wide_line_goes_on_in_further_rows_and_loses_nothing_but_blanks(text: str, width: int) -> None:
    rows = rows_of(text, width)
    assert "".join("".join(rows).split()) == "".join(text.split())
    assert all(len(cells_of(row)) <= max(width, 2) for row in rows)
    assert all(row.startswith("    ") for row in rows[1:] if width >= 12)


def first_line_on(app: Dashboard) -> str:
    """The number of the first line in sight, as the log's title tells it."""
    found = re.search(r"Log of .* (\d+)-\d+ of \d+", text_of(app))
    assert found
    return found[1]


def test_lines_wider_than_the_screen_can_be_read_to_their_end(home: Home) -> None:
    async def body() -> None:
        path = home.run_folder("collapsed").log_path
        words = " ".join(f"word{number:02}" for number in range(30))
        path.write_text("".join(f"line {number} {words} end{number}\n" for number in range(9)))
        async with shown(home, (80, 24)) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await pilot.press("l")
            await until_shown(pilot, "end8")
            assert "    word" in text_of(app)
            assert "of 9 · following" in text_of(app)
            await pilot.press("home")
            assert [row for row in rows_on(app) if "end0" in row]
            assert "1-7 of 9 · f follows the end" in text_of(app)
            await pilot.press("down")
            path.write_text(path.read_text() + "one more\n")
            await until_shown(pilot, "1-8 of 10 · f follows the end")
            await pilot.press(*["pagedown"] * 2)
            await until_shown(pilot, "one more")
            assert "following" in text_of(app)
            for _ in range(4):
                await pilot.press("up")
            first = first_line_on(app)
            for size in ((60, 24), (110, 24), (80, 24)):
                await pilot.resize_terminal(*size)
                assert first_line_on(app) == first
            assert "f follows the end" in text_of(app)
            await pilot.press("end")
            await pilot.resize_terminal(50, 20)
            assert "one more" in text_of(app)

    asyncio.run(body())


def test_events_follow_the_journal_and_keep_the_newest_progress_only(tmp_path: Path) -> None:
    engine = FakeEngine(make_run(Home(tmp_path), "live"), "clean")
    events = EventList(engine.folder.journal_path)
    engine.emit(fake_started())
    for step in range(3):
        engine.emit(Progressed(0, "child", step, 9, 2.0, 1.0))
    assert events.has_grown()
    events.read()
    assert [line[10:].split(",")[0] for line in events.lines()] == [
        "begins with epoch 0 on a fake CPU", "epoch 0",
    ]  # fmt: skip
    assert not events.has_grown()
    engine.emit(fake_epoch(0))
    assert events.has_grown()
    events.read()
    assert [line[10:25] for line in events.lines()] == ["begins with epo", "epoch 0: val 50"]


def test_a_journal_that_was_replaced_is_told_anew(tmp_path: Path) -> None:
    first = FakeEngine(make_run(Home(tmp_path), "one"), "clean")
    first.emit(fake_started())
    first.emit(fake_epoch(0))
    events = EventList(first.folder.journal_path)
    events.read()
    second = FakeEngine(make_run(Home(tmp_path), "two"), "clean")
    second.emit(fake_started(attempt=3))
    second.folder.journal_path.replace(first.folder.journal_path)
    events.read()
    assert [line[10:] for line in events.lines()] == ["begins with epoch 0 on a fake CPU, attempt 3"]


def test_rows_of_a_text_that_grows_or_changes_are_those_of_the_text_alone() -> None:
    async def body() -> None:
        grown, new = LogLines("one"), LogLines("two")
        for texts in (["a " * 9, "b"], ["a " * 9, "b", "c " * 9], ["a " * 9], ["z"], ["z", "é " * 9], []):
            grown.texts, new.texts = texts, texts
            grown._lay(10)
            new._laid, new._rows = [], []
            new._lay(10)
            assert grown._rows == new._rows
            assert {place for _, place in grown._rows} == set(range(len(texts)))

    asyncio.run(body())

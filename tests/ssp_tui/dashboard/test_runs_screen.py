"""The Runs screen: literal rows, and what its keys ask for."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from engine.record.home import Home
from ssp_tui import messages
from ssp_tui.app import Dashboard
from ssp_tui.panels.filter_line import FilterLine
from ssp_tui.panels.runs_table import SORTABLE
from ssp_tui.screens.question import Question
from ssp_tui.screens.runs import RunsScreen
from tests.fake_journal import finished_run, make_run
from tests.hostile import HOSTILE
from tests.ssp_tui.dashboard.seen import rows_of, shown, spied, text_of, until, until_shown


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def row_with(app: Dashboard, text: str) -> str:
    return next(row for row in rows_of(app) if text in row)


def test_shows_every_state_with_its_glyph_word_and_figures(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            assert row_with(app, "collapsed-s3").split() == [
                "✓", "finished", "collapsed-s3-1123-bbbb", "5/5", "90.00", "%", "90.00", "%", "█████",
                "×100%", "cpu",
            ]  # fmt: skip
            assert row_with(app, "waiting-s4").split() == [
                "○",
                "queued",
                "waiting-s4-1123-ffff",
                "0/8",
                "-",
                "-",
            ]
            for state in ("► running", "◔ stalled", "■ stopped", "✗ failed", "† crashed"):
                assert state in text_of(app)

    run(body())


def test_newest_first_and_sortable_by_every_column(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            screen = app.screen
            assert isinstance(screen, RunsScreen)
            while screen.sort[0] != "test":
                await pilot.press("o")
            text = text_of(app)
            assert text.index("clean-s7") < text.index("big-s1") < text.index("collapsed-s3")
            await pilot.press("O")
            text = text_of(app)
            assert text.index("collapsed-s3") < text.index("big-s1") < text.index("clean-s7")

    run(body())


def test_filters_as_the_command_line_does_and_says_what_is_no_filter(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await pilot.press("slash", *"state=failed")
            assert "big-s1" in text_of(app)
            assert "clean-s7" not in text_of(app)
            await pilot.press("enter")
            assert "filter: state=failed" in text_of(app)
            await pilot.press("escape")
            assert "clean-s7" in text_of(app)
            await pilot.press("slash", *"nothing-is-called-so", "enter")
            assert "No run passes the filter" in text_of(app)

    run(body())


def test_what_is_no_filter_leaves_the_last_result_marks_the_box_and_says_why(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await pilot.press("slash", *"clean-s7 stat=x")
            box = app.screen.query_one(FilterLine)
            assert box.has_class("--wrong")
            assert row_with(app, "! 'stat=x'").endswith("device, seed, derived")
            assert "1 run · still by the filter clean-s7" in text_of(app)
            app.runs = (*app.runs,)  # a run that goes on meanwhile does not wipe the words away
            app.screen.runs_changed()  # type: ignore[attr-defined]
            assert "did you mean state?" in text_of(app)
            await pilot.press("enter")
            assert app.screen.query(FilterLine)
            await pilot.press(*["backspace"] * 7, "enter")
            assert not app.screen.query(FilterLine)
            assert "no such key" not in text_of(app)
            assert "filter: clean-s7" in text_of(app)
            await pilot.press("slash", *" stat=", "escape")
            assert "waiting-s4" in text_of(app)

    run(body())


def test_a_term_being_typed_empties_no_list(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            everything = len(app.runs)
            table = app.screen.query_one("RunList")
            await pilot.press("slash")
            for character in "dataset=":
                await pilot.press(character)
                assert len(table.items) > 0  # type: ignore[attr-defined]
            assert len(table.items) == everything  # type: ignore[attr-defined]
            assert app.screen.query_one(FilterLine).has_class("--wrong")
            await pilot.press("ctrl+u", *"clean-s7 ")
            for character in "state=finishe":
                await pilot.press(character)
                assert len(table.items) == 1  # type: ignore[attr-defined]
            assert "still by the filter clean-s7" in text_of(app)
            await pilot.press("d")
            assert "filter: clean-s7 state=finished" in text_of(app)
            await pilot.press("backspace")
            assert "still by the filter clean-s7 state=finished" in text_of(app)

    run(body())


def test_tells_why_a_run_ended_under_the_list(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await pilot.press("slash", *"big-s1", "enter")
            assert "failed: out of GPU memory; a smaller child.batch_size" in text_of(app)

    run(body())


def test_keys_ask_for_the_marked_runs(home: Home) -> None:
    async def body() -> None:
        asked: list[messages._AboutRuns] = []
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            for name in ("on_stop_requested", "on_resume_requested", "on_compare_requested"):
                setattr(app, name, asked.append)
            app.screen.post_message = spied(app.screen.post_message, asked)  # type: ignore[method-assign,assignment]
            await pilot.press("home", "space", "space")
            await pilot.press("s", "r", "c")
            kinds = [type(message) for message in asked]
            wanted = [messages.StopRequested, messages.ResumeRequested, messages.CompareRequested]
            assert kinds == wanted
            assert {message.run_ids for message in asked} == {("silent-s8-1123-hhhh", "live-s6-1123-gggg")}

    run(body())


def test_removing_asks_first_and_leaves_a_live_run_alone(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await pilot.press("slash", *"clean-s7", "enter", "x")
            await until(pilot, lambda: isinstance(app.screen, Question))
            assert "Delete 1 run for good?" in text_of(app)
            await pilot.press("n")
            assert home.run_folder("clean-s7-1123-aaaa").path.is_dir()
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, Question))
            await pilot.press("y")
            await until(pilot, lambda: not home.run_folder("clean-s7-1123-aaaa").path.exists())
            await pilot.press("escape", "slash", *"live-s6", "enter", "x")
            await until(pilot, lambda: isinstance(app.screen, Question))
            await pilot.press("y")
            await until_shown(pilot, "stop it first")
            assert home.run_folder("live-s6-1123-gggg").path.is_dir()

    run(body())


def test_read_only_changes_nothing(home: Home) -> None:
    async def body() -> None:
        async with shown(home, readonly=True) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await pilot.press("x")
            await until_shown(pilot, "read only")
            assert not isinstance(app.screen, Question)

    run(body())


def test_read_only_says_so_at_80_cells_and_offers_no_key_that_changes_anything(home: Home) -> None:
    async def body() -> None:
        async with shown(home, (80, 24), readonly=True) as pilot:
            assert rows_of(pilot.app)[0].endswith("read only")
            assert "Open" in rows_of(pilot.app)[-1]
            for label in ("Stop", "Remove", "Pause"):
                assert label not in rows_of(pilot.app)[-1]

    run(body())


def test_an_empty_home_says_which_keys_help(empty_home: Home) -> None:
    async def body() -> None:
        async with shown(empty_home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            await until_shown(pilot, "yet.")
            for help_text in ("2   composes", "3   launches", "ssp-tui demo"):
                assert help_text in text_of(app)
            await pilot.press("enter", "space", "s", "c", "o", "down", "pagedown", "end")

    run(body())


def test_hostile_names_break_nothing_and_send_no_control_byte(empty_home: Home) -> None:
    async def body() -> None:
        for number, attack in enumerate(HOSTILE):
            folder = make_run(empty_home, f"{number:02}", title=attack.encode(errors="replace").decode())
            log = attack.encode(errors="surrogateescape") + b"\n"
            folder.log_path.write_bytes(log)
        usable = [a for a in HOSTILE if a and "/" not in a and len(a.encode(errors="surrogateescape")) < 200]
        for attack in usable:
            path = empty_home.runs_folder / ("h" + attack)
            path.mkdir(exist_ok=True)
            (path / "config.toml").write_text('name = "x"\n')
        for size in ((120, 40), (80, 24), (30, 8)):
            async with shown(empty_home, size) as pilot:
                app = pilot.app
                assert isinstance(app, Dashboard)
                for _ in range(len(HOSTILE) + len(usable)):
                    assert text_of(app).replace("\n", "").isprintable()
                    await pilot.press("space")  # marks it and goes on
                await pilot.press("x")
                await pilot.pause()
                assert text_of(app).replace("\n", "").isprintable()
                assert app.is_running

    run(body())


def test_a_run_that_appears_is_listed_and_the_cursor_stays_on_its_run(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            app = pilot.app
            assert isinstance(app, Dashboard)
            screen = app.screen
            assert isinstance(screen, RunsScreen)
            await pilot.press("down", "down")
            before = screen._current()
            finished_run(home, "another-s1-1123-zzzz")
            await until_shown(pilot, "another-s1-1123-zzzz")
            after = screen._current()
            assert before is not None
            assert after is not None
            assert before.run_id == after.run_id

    run(body())


def test_what_changes_in_the_list_below_an_open_run_repaints_nothing_of_it(home: Home) -> None:
    async def body() -> None:
        async with shown(home) as pilot:
            below = pilot.app.screen
            await pilot.press("enter")
            await until(pilot, lambda: pilot.app.screen is not below)
            await pilot.pause(0.3)
            whole: list[object] = []
            upper = pilot.app.screen
            upper.refresh = lambda *regions, **_: whole.extend(regions)  # type: ignore[method-assign]
            below._compositor._dirty_regions.add(below.size.region)
            below._compositor_refresh()
            assert whole == []

    run(body())


def test_an_order_that_no_column_shows_is_said_in_words(home: Home) -> None:
    async def body() -> None:
        async with shown(home, (80, 24)) as pilot:
            app, seen = pilot.app, set()
            assert isinstance(app, Dashboard)
            assert " · by " not in text_of(app)
            for _ in SORTABLE:
                await pilot.press("o")
                await pilot.pause()
                assert isinstance(app.screen, RunsScreen)
                sort, is_reversed = app.screen.sort
                if (sort, is_reversed) != ("created", True):
                    assert ("▴" in rows_of(app)[1]) != (f"by {sort}, ascending" in text_of(app))
                seen.add(sort)
            assert seen == set(SORTABLE)

    run(body())

"""The Run screen: what it shows of a live, a collapsed and a failed run, its replay, and every size."""

import asyncio
import dataclasses
import random
import re
from collections.abc import Coroutine
from typing import Any

import pytest

from engine.record.events import EpochFinished, Event, Progressed, RunFailed, Warned
from engine.record.home import Home
from engine.record.measures import RewardMeasures
from ssp_tui import messages
from ssp_tui.app import Dashboard
from ssp_tui.panels.board import Board
from ssp_tui.panels.panel import Panel
from ssp_tui.panels.places import PANELS
from ssp_tui.screens.first_event import FirstEventScreen
from ssp_tui.screens.run import RunScreen
from ssp_tui.screens.runs import RunsScreen
from tests.fake_journal import FakeEngine, ended_run, make_run, stream_events
from tests.fakes import fake_break
from tests.hostile import HOSTILE
from tests.ssp_tui.dashboard.seen import rows_of, shown, spied, text_of, until, until_gone, until_shown

COLLAPSED, CLEAN, FAILED, LIVE = (
    "collapsed-s3-1123-bbbb",
    "clean-s7-1123-aaaa",
    "big-s1-1123-dddd",
    "live-s6-1123-gggg",
)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def app_of(pilot: Any) -> Dashboard:
    assert isinstance(pilot.app, Dashboard)
    return pilot.app


def screen_of(pilot: Any) -> RunScreen:
    screen = pilot.app.screen
    assert isinstance(screen, RunScreen)
    return screen


def test_a_collapsed_run_says_so_and_every_panel_is_in_sight(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run=COLLAPSED) as pilot:
            text = text_of(app_of(pilot))
            assert "COLLAPSED  since epoch 0, step 8: every weight is NaN, test error exactly 90.00 %" in text
            for panel in pilot.app.screen.query(Panel):
                assert f" {panel.TITLE} " in text
            assert "val 90.00 %  test 90.00 %" in text
            assert "× 100% of weights NaN" in text
            assert "× NaN gradient since step 8, layer 2 conv3x3 d50" in text
            assert "candidates all equal: a dead child" in text
            assert "1 of 10, best first  28.1 %" in text
            assert "┃ k = 7 gradient hijack  ✖ 9 of 12 poisoned" in text
            assert "paper 60.34 %" in text

    run(body())


def test_a_failed_run_tells_why_without_a_file_being_opened(home: Home) -> None:
    async def body() -> None:
        for size in ((120, 40), (80, 24), (40, 10)):
            async with shown(home, size, FAILED) as pilot:
                text = text_of(app_of(pilot))
                assert "✗ failed" in text
                assert "failed: out of GPU memory" in text
                if size[1] >= 24:
                    assert "CUDA out of memory (forward, line 61 of child.py)" in text

    run(body())


def test_a_run_that_failed_before_its_first_epoch_waits_for_nothing(empty_home: Home) -> None:
    async def body() -> None:
        ended_run(
            empty_home, "refused", "clean", 0, RunFailed("dataset: gone", "OSError: gone"), started=False
        )
        async with shown(empty_home, run="refused") as pilot:
            text = text_of(app_of(pilot))
            assert "failed: dataset: gone" in text
            assert "no epoch was finished" in text
            assert "its engine ended" in text
            assert "waiting" not in text
            assert "taken" not in text

    run(body())


REASON = "dataset: /data/somebody/images/train/cat/0003.jpg is not a readable image (OSError)"


def test_the_reason_of_a_failure_takes_the_place_of_empty_charts_where_there_are_few_rows(
    empty_home: Home,
) -> None:
    async def body() -> None:
        failed = RunFailed(REASON, "ValueError: it is not (open_image, line 30 of image_file.py)")
        ended_run(empty_home, "refused", "clean", 0, failed, started=False)
        for size in ((120, 40), (80, 24), (40, 10), (30, 8)):
            async with shown(empty_home, size, run="refused") as pilot:
                text = text_of(app_of(pilot))
                assert f"failed:{REASON}".replace(" ", "") in "".join(text.split()), text
                assert "✗ failed   " in text
                assert "TOO EARLY" not in text
        async with shown(empty_home, (20, 5), run="refused") as pilot:
            words = "".join(text_of(app_of(pilot)).split())
            assert "failed:dataset:/data/somebody/image" in words
            assert "…?Help" in words

    run(body())


def test_left_and_right_replay_every_epoch_in_every_panel(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run=CLEAN) as pilot:
            app = app_of(pilot)
            assert "val 40.31 %  test 39.06 %" in text_of(app)
            await pilot.press("left")
            assert "REPLAY epoch 6" in text_of(app)
            assert "val 37.19 %  test 32.81 %" in text_of(app)
            await pilot.press("home")
            assert "REPLAY epoch 0" in text_of(app)
            assert "val 66.88 %  test 67.19 %" in text_of(app)
            assert "LEARNING: validation error 66.88 %" in text_of(app)
            await pilot.press("left")
            assert "REPLAY epoch 0" in text_of(app)
            await pilot.press("right", "right")
            assert "REPLAY epoch 2" in text_of(app)
            await pilot.press("escape")
            assert "REPLAY" not in text_of(app)
            assert isinstance(app.screen, RunScreen)
            await pilot.press("escape")
            assert isinstance(app.screen, RunsScreen)

    run(body())


def test_up_and_down_step_through_the_architectures_best_first(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run=CLEAN) as pilot:
            view = screen_of(pilot).view
            assert view is not None
            accuracies = [each.accuracy for each in view.candidates]
            assert accuracies == sorted(accuracies, reverse=True)
            assert view.candidates[0] is (view.latest and view.latest.best)
            await pilot.press(*["down"] * 12)
            assert "10 of 10, best first" in text_of(app_of(pilot))
            await pilot.press("up")
            assert "9 of 10, best first" in text_of(app_of(pilot))

    run(body())


def test_enter_opens_the_first_event_layer_by_layer(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run=COLLAPSED) as pilot:
            app = app_of(pilot)
            await pilot.press("enter")
            assert isinstance(app.screen, FirstEventScreen)
            text = text_of(app)
            assert "× First NaN gradient   1 of 2 kinds" in text
            assert "began in layer 2 conv3x3 d50" in text
            assert "backward   module layers.1.norm" in text
            assert "stem ××" in text
            assert "5 ∞∞" in text
            assert "2.2e18" in text
            await pilot.press("right")
            assert "2 of 2 kinds" in text_of(app)
            await pilot.press("escape")
            assert isinstance(app.screen, RunScreen)

    run(body())


def test_the_first_event_says_that_more_lies_below_and_a_turn_begins_at_the_top(home: Home) -> None:
    async def body() -> None:
        async with shown(home, (80, 24), run=COLLAPSED) as pilot:
            app = app_of(pilot)
            await pilot.press("enter")
            more = re.search(r"▾ (\d+) rows more", text_of(app))
            assert more
            await pilot.press("down")
            assert f"▾ {int(more[1]) - 1} rows more" in text_of(app)
            await pilot.press("pagedown")
            assert "more" not in text_of(app)
            assert "passes to every layer below." in text_of(app)
            await pilot.press("right")
            assert "2 of 2 kinds" in text_of(app)
            await pilot.press("pagedown", "left")
            assert "1 of 2 kinds" in text_of(app)
        async with shown(home, (80, 60), run=COLLAPSED) as pilot:
            await pilot.press("enter")
            assert "passes to every layer below." in text_of(app_of(pilot))
            assert "more" not in text_of(app_of(pilot)).split("First NaN gradient")[1]

    run(body())


@pytest.mark.parametrize(
    ("kinds", "label"),
    [
        (("null_step", "gradient"), "enter First null step "),
        (("gradient", "null_step"), "enter First NaN "),
        ((), ""),
    ],
)
def test_the_key_bar_names_what_enter_opens(empty_home: Home, kinds: tuple[str, ...], label: str) -> None:
    async def body() -> None:
        engine = FakeEngine(make_run(empty_home, "one"), "clean")
        engine.emit_epochs(1)
        async with shown(empty_home, (200, 50), run="one") as pilot:
            assert "enter" not in rows_of(app_of(pilot))[-1]
            for kind in kinds:
                engine.emit(fake_break(kind, epoch=1))
            if label:
                await until(pilot, lambda: label in rows_of(app_of(pilot))[-1])

    run(body())


def test_the_numerics_panel_says_of_how_many_steps_its_median_is(home: Home) -> None:
    async def body() -> None:
        label = "norm, median of 63 steps"
        for size, text in (((120, 40), label), ((200, 50), f"gradient {label}")):
            async with shown(home, size, run=CLEAN) as pilot:
                assert text in text_of(app_of(pilot))

    run(body())


def test_a_healthy_run_has_no_first_event(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run=CLEAN) as pilot:
            assert "enter First" not in text_of(app_of(pilot))
            await pilot.press("enter")
            await until_shown(pilot, "every number has been finite so far")

    run(body())


def test_progress_and_epochs_arrive_as_they_are_written(empty_home: Home) -> None:
    async def body() -> None:
        engine = FakeEngine(make_run(empty_home, "live"), "clean")
        engine.sign_in()
        async with shown(empty_home, run="live") as pilot:
            app = app_of(pilot)
            assert "waiting for the first epoch" in text_of(app)
            engine.emit_next()
            engine.emit(Progressed(0, "child", 12, 63, 2.3, 320.0))
            await until_shown(pilot, "child 12/63   loss 2.30   10 steps/s   ETA unknown")
            engine.emit(Progressed(0, "controller", 4, 10, 0.4, 320.0))
            await until_shown(pilot, "controller 4/10   2 steps/s   ETA unknown")
            engine.emit(Progressed(0, "evaluation", 512, 640, None, 320.0))
            await until_shown(pilot, "evaluation 512/640   320 images/s   ETA unknown")
            engine.emit_epochs(1)
            await until_shown(pilot, "val 66.88 %")
            engine.emit_epochs(1)
            await until_shown(pilot, "val 67.50 %")
            engine.emit(Warned("[/ the disk is \x1b[31mnearly full"))
            await until_shown(pilot, "warning: [/ the disk is nearly full")

    run(body())


def test_a_replay_stays_where_it_is_while_the_run_goes_on(empty_home: Home) -> None:
    async def body() -> None:
        engine = FakeEngine(make_run(empty_home, "live"), "clean")
        engine.sign_in()
        engine.emit_epochs(2)
        async with shown(empty_home, run="live") as pilot:
            await pilot.press("home")
            engine.emit_epochs(2)
            screen = screen_of(pilot)
            await until(pilot, lambda: screen.view is not None and len(screen.view.whole.state.epochs) == 4)
            assert "REPLAY epoch 0" in text_of(app_of(pilot))
            await pilot.press("end")
            await until_shown(pilot, "val 45.94 %")

    run(body())


def test_one_panel_with_tabs_at_80_by_24(home: Home) -> None:
    async def body() -> None:
        async with shown(home, (80, 24), COLLAPSED) as pilot:
            app = app_of(pilot)
            for panel in pilot.app.screen.query(Panel):
                await until_shown(pilot, f" {panel.TITLE} ─")
                await pilot.press("tab")
            await until_shown(pilot, "Errors◂")
            await pilot.press("shift+tab")
            await until_shown(pilot, "Device◂")
            assert app.is_running

    run(body())


def test_any_panel_can_be_maximised(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run=COLLAPSED) as pilot:
            app = app_of(pilot)
            for _ in PANELS:
                await pilot.press("m")
                await until(pilot, lambda: len(_titles(app)) == 1)
                await pilot.press("m", "tab")
                await until(pilot, lambda: len(_titles(app)) == 6)
            await pilot.press("m", "escape")
            assert not app.screen.query_one(Board).is_maximised

    run(body())


def _titles(app: Dashboard) -> list[str]:
    text = text_of(app)
    return [panel.TITLE for panel in app.screen.query(Panel) if f"─ {panel.TITLE} ─" in text]


def test_keys_ask_to_stop_resume_and_remove(home: Home) -> None:
    async def body() -> None:
        asked: list[Any] = []
        async with shown(home, run=LIVE) as pilot:
            screen = screen_of(pilot)
            screen.post_message = spied(screen.post_message, asked)  # type: ignore[method-assign,assignment]
            await pilot.press("s", "r", "x", "l")
            wanted = [
                messages.StopRequested,
                messages.ResumeRequested,
                messages.RemoveRequested,
                messages.LogRequested,
            ]
            assert [type(each) for each in asked] == wanted
            assert {each.run_ids for each in asked} == {(LIVE,)}

    run(body())


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (5, 2), (1, 1), (300, 90), (119, 29), (160, 34)])
def test_no_size_is_refused(home: Home, size: tuple[int, int]) -> None:
    async def body() -> None:
        for run_id in (COLLAPSED, FAILED):
            async with shown(home, size, run_id) as pilot:
                await pilot.press(
                    "tab", "m", "left", "t", "w", "enter", "escape", "question_mark", "down", "escape"
                )
                assert len(rows_of(app_of(pilot))) == size[1]

    run(body())


@pytest.mark.parametrize("num_resizes", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_random_resizes_during_a_live_run(empty_home: Home, num_resizes: int) -> None:
    async def body() -> None:
        engine = FakeEngine(make_run(empty_home, "live", "collapsed"), "collapsed")
        engine.sign_in()
        chance = random.Random(1)
        async with shown(empty_home, run="live") as pilot:
            for step in range(num_resizes):
                engine.emit_next()
                if step % 10 == 0:
                    await pilot.press(chance.choice(["tab", "m", "left", "end", "down", "t", "w"]))
                await pilot.resize_terminal(chance.randint(1, 220), chance.randint(1, 70))
            await pilot.resize_terminal(120, 40)
            await pilot.press("end")
            engine.emit_epochs(1)
            await until_shown(pilot, "COLLAPSED")

    run(body())


def test_hostile_texts_of_a_run_break_nothing(empty_home: Home) -> None:
    async def body() -> None:
        for number, attack in enumerate(HOSTILE):
            title = attack.encode(errors="replace").decode()[:100]
            engine = FakeEngine(make_run(empty_home, f"{number:02}", title=title), "collapsed")
            engine.emit_epochs(1)
            engine.emit(Warned(attack.encode(errors="replace").decode()))
            engine.folder.log_path.write_bytes(attack.encode(errors="surrogateescape") + b"\n")
        async with shown(empty_home) as pilot:
            app = app_of(pilot)
            for number in range(len(HOSTILE)):
                app.post_message(messages.OpenRequested(f"{number:02}"))
                await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.view is not None)
                for key in ("enter", "escape", "l", "escape"):
                    assert text_of(app).replace("\n", "").isprintable()
                    await pilot.press(key)
                await pilot.press("escape")
                await until(pilot, lambda: isinstance(app.screen, RunsScreen))

    run(body())


def test_a_run_that_is_gone_or_unreadable_says_so(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run="never-was") as pilot:
            await until_shown(pilot, "this run's folder is gone; esc goes back to the runs")
        home.run_folder(CLEAN).config_path.write_text('epochs = "many"\n')
        async with shown(home, run=CLEAN) as pilot:
            await until_shown(pilot, "epochs = 'many' must be a whole number")
            await pilot.press("e", "left", "down", "m")

    run(body())


def test_a_run_whose_folder_is_moved_away_shows_what_was_last_known(empty_home: Home) -> None:
    async def body() -> None:
        engine = FakeEngine(make_run(empty_home, "live"), "clean")
        engine.sign_in()
        engine.emit_epochs(2)
        waiting = make_run(empty_home, "waiting")
        waiting.queue()
        for run_id, label in (("live", "s Stop"), ("waiting", "")):
            path, away = empty_home.run_folder(run_id).path, empty_home.path / f"{run_id}-away"
            async with shown(empty_home, (200, 50), run=run_id) as pilot:
                app = app_of(pilot)
                assert label in rows_of(app)[-1]
                path.rename(away)
                await until_shown(pilot, "this run's folder is gone; esc goes back to the runs")
                text, keys = text_of(app), rows_of(app)[-1]
                assert text.count("its folder is gone") >= 1
                for false in ("stopped", "taken this run up", "free place", "TOO EARLY: configuration"):
                    assert false not in text
                assert "Stop" not in keys
                assert "Resume" not in keys
                if run_id == "live":
                    assert "► running" in text
                    assert "val 67.50 %" in text
                    assert "epoch 2/8" in text
                await pilot.press("l")
                await until_shown(pilot, "This run's folder is gone.")
                assert "free place" not in text_of(app)
                await pilot.press("escape")
                away.rename(path)
                await until_gone(pilot, "folder is gone")

    run(body())


def test_a_run_that_never_was_has_no_state(empty_home: Home) -> None:
    async def body() -> None:
        for size in ((120, 40), (40, 10)):
            async with shown(empty_home, size, run="never-was") as pilot:
                await until_shown(pilot, "no such run   never-was")
                text = text_of(app_of(pilot))
                assert "this run's folder is gone" in text
                for false in ("stopped", "epoch 0/", "unreadable"):
                    assert false not in text

    run(body())


def test_no_colour_and_ascii_keep_every_meaning(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        async with shown(home, run=COLLAPSED, ascii_only=True) as pilot:
            app = app_of(pilot)
            text = text_of(app)
            assert text.isascii()
            assert "x dropout p1" in text
            assert "N 100% of weights NaN" in text
            colours = {
                segment.style.color
                for strip in app.screen._compositor.render_strips()
                for segment in strip
                if segment.style is not None and segment.style.color is not None
            }
            assert all(color.is_default for color in colours), colours

    monkeypatch.setenv("NO_COLOR", "1")
    run(body())


REWARDS = RewardMeasures(60, 0.4, 0.6, (2.0,) * 6, (100.0,) * 6, (2.0, 1.0, 0.0, 0.5, -0.5, -3.0))
"""Of six slots the first is worth two points a layer, the last costs three."""


def with_rewards(event: Event, rewards: RewardMeasures) -> Event:
    """An epoch that says what the controller's samples came to, as today's engine does."""
    if not isinstance(event, EpochFinished):
        return event
    return dataclasses.replace(event, controller=dataclasses.replace(event.controller, rewards=rewards))


def test_w_shows_what_a_layer_of_each_operation_is_worth_up_to_the_shown_epoch(empty_home: Home) -> None:
    async def body() -> None:
        engine = FakeEngine(make_run(empty_home, "one"), "clean")
        events = [event for event in stream_events("clean") if not isinstance(event, Progressed)]
        for event in events:
            engine.emit(with_rewards(event, REWARDS))
        for size in ((120, 40), (80, 24), (200, 50)):
            async with shown(empty_home, size, run="one") as pilot:
                app = app_of(pilot)
                assert "marginal reward" not in text_of(app)
                await pilot.press("w")
                text = text_of(app)
                assert re.search(r"● conv3x3 .*●.* \+2.00 ±0.34", text)
                assert re.search(r"● maxpool3x3 .*●.* -3.00 ±0.33", text)
                assert "480 samples of 8 epochs; ± standard error, bars 95 %" in text
                assert "marginal reward, points of accuracy a layer" in text
                await pilot.press("home")
                assert re.search(r"● conv3x3 .*●.* \+2.00 ±0.98", text_of(app))
                await pilot.press("w", "end")
                assert "marginal reward" not in text_of(app)
                await pilot.press("tab", "w")
                assert "marginal reward" in text_of(app)

    run(body())


def test_a_journal_from_before_rewards_were_recorded_says_so(home: Home) -> None:
    async def body() -> None:
        async with shown(home, run=CLEAN) as pilot:
            await pilot.press("w")
            assert "no marginal rewards: this journal does not say" in text_of(app_of(pilot))

    run(body())

"""The Presets screen: the paper's table, results filling in, launching one or several."""

from pathlib import Path

import pytest

from engine.plan.presets import load_presets, resolve_config
from engine.plan.suite_plan import make_plan
from engine.plan.suites import PAPER_SMALL
from engine.process.suite import read_suite
from engine.record.home import Home
from ssp_tui import messages, requests
from ssp_tui.cli.suite import parse_suite_launch
from ssp_tui.screens.presets import PresetsScreen
from tests.hostile import HOSTILE
from tests.ssp_tui.screens.recorded import record_run
from tests.ssp_tui.screens.showing import Shown, run, showing
from tests.suite_runs import record_members


def launched(shown: Shown) -> list[tuple[str, int]]:
    (message,) = shown.app.asked
    assert isinstance(message, messages.LaunchRequested)
    return [(config.name, config.seed) for config in message.configs]


def test_the_papers_table_is_there_before_anything_ran(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            assert shown.row_with("36(P3) ").rstrip("┃│").split() == [
                "3b", "✖", "36(P3)", "48.67", "%", "-", "51.88", "%", "-", "-", "-"
            ]  # fmt: skip
            assert shown.row_with("original").split()[:3] == ["original", "●", "none"]
            for title in ("Table 1: ENAS on CIFAR-10", "Table 2: one shot", "Section 4.1: CIFAR-100"):
                assert title in shown.text
            assert "no finished run here" in shown.text

    run(body())


def test_results_of_full_runs_fill_in_with_mean_spread_and_difference(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for seed, error in ((1, 0.44), (2, 0.46), (3, 0.48)):
        record_run(home, "3b", seed, (0.9, error))
    record_run(home, "3b", 4, (0.9, 0.1), settings=["child.filters=8"])
    record_run(home, "original", 1, (0.9, 0.5), is_finished=False)

    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.until_shown("46.00 %")
            assert shown.row_with("36(P3) ").rstrip("┃│").split() == [
                "3b", "✖", "36(P3)", "48.67", "%", "±2.00", "46.00", "%", "51.88", "%", "±2.00", "48.00", "%",
                "-3.88", "3",
            ]  # fmt: skip
            assert shown.row_with("original").rstrip("┃│").split()[-2:] == ["-", "-"]

    run(body())


def test_every_column_is_read_whole_at_80_columns(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets", (80, 24)) as shown:
            assert shown.rows[1].split() == [
                "PRESET",
                "POISON",
                "PAPER",
                "TEST",
                "OURS",
                "TEST",
                "POINTS",
                "RUNS",
            ]
            await shown.press("end", "up")
            assert shown.row_with("50(P2 + P5)").rstrip(" ┃│").endswith("-")

    run(body())


def test_one_preset_is_launched_with_some_seeds(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.press("down", "l")
            await shown.until_shown("Launch 1 preset: how many seeds each?")
            await shown.press("backspace", "0", "enter")
            await shown.until_shown("a whole number, 1 to 1000")
            await shown.press("backspace", "2", "enter")
            await shown.until(lambda: bool(shown.app.asked))
            assert launched(shown) == [("1a", 69), ("1a", 70)]

    run(body())


def test_marked_presets_are_launched_together(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.press("space", "down", "space", "l", "enter")
            await shown.until(lambda: bool(shown.app.asked))
            assert launched(shown) == [("original", 69), ("1b", 69)]

    run(body())


def test_the_whole_paper_is_marked_by_one_key(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.press("a", "l")
            await shown.until_shown("Launch 25 presets")
            await shown.press("escape", "escape")
            assert isinstance(shown.screen, PresetsScreen)
            assert not shown.screen.table.marks

    run(body())


def test_enter_shows_the_resolved_configuration(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets", (120, 60)) as shown:
            await shown.press("down", "enter")
            await shown.until_shown("as config.toml holds it")
            for text in ('name = "1a"', "[child]", "filters = 36", 'clip_rule = "clamped"', "copies = 6"):
                assert text in shown.text
            await shown.press("e")
            await shown.until_shown("ssp-tui launch 1a")

    run(body())


def test_ones_own_presets_are_listed_and_broken_ones_say_why(tmp_path: Path) -> None:
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "mine.toml").write_text('extends = "demo-clean"\nname = "mine"\n')
    (folder / "broken.toml").write_text("epochs = 0\n")
    (folder / f"{HOSTILE.style_markup.replace('/', '')}.toml").write_text("\x1b[2J")

    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.press("end")
            await shown.until_shown("Your own")
            assert shown.row_with("mine").split()[:3] == ["mine", "●", "none"]
            assert "epochs = 0 is not allowed" in shown.row_with("broken")
            assert "[bold red]x" in shown.text
            assert all(row.isprintable() for row in shown.rows)
            await shown.press("up", "up", "up", "l", "escape", "e", "enter")

    run(body())


@pytest.mark.parametrize(
    ("size", "ascii_only"),
    [((200, 50), False), ((40, 10), False), ((20, 5), False), ((1, 1), False), ((80, 24), True)],
)
def test_no_size_is_refused(tmp_path: Path, size: tuple[int, int], ascii_only: bool) -> None:
    record_run(Home(tmp_path), "3b")
    record_run(Home(tmp_path), "3b", 2, (0.9, 0.7))

    async def body() -> None:
        async with showing(tmp_path, "presets", size, ascii_only) as shown:
            await shown.press("end", "home", "space", "enter", "pagedown", "escape")
            await shown.pilot.pause()
            if ascii_only:
                assert all(row.isascii() for row in shown.rows[1:-1])

    run(body())


def test_a_reduced_suites_runs_are_shown_as_reduced_and_not_as_the_papers(tmp_path: Path) -> None:
    home = Home(tmp_path)
    members = make_plan(PAPER_SMALL, only=("2b", "3b"), variants=()).members()
    record_members(home, members[:1])
    home.create_run(members[1].config)

    async def body() -> None:
        async with showing(tmp_path, "presets", (120, 80)) as shown:
            await shown.until_shown("►1")
            group = next(
                i for i, row in enumerate(shown.rows) if "Suite paper-small: the paper reduced" in row
            )
            full, reduced = shown.rows[:group], shown.rows[group:]
            [paper] = [row.split() for row in full if row.split()[:1] == ["2b"]]
            [small] = [row.split() for row in reduced if row.split()[:1] == ["2b"]]
            assert paper[-1] == "-"  # no run of the paper's own experiment
            assert paper[3:5] == small[3:5] == ["73.64", "%"]  # the paper's figure stands beside both
            assert small[5] != "-"
            assert small[-2:] == ["-", "1"]  # one run, no difference in points
            assert any(row.split()[:1] == ["3b"] and row.endswith("►1 -") for row in reduced)
            await shown.press(*["down"] * (25 + 8 + 6))
            await shown.until_shown("reduced from Table 1, 2b: 36(P2)")
            await shown.until_shown("1 finished run reduced as the suite says here")

    run(body())


def test_a_run_of_a_presets_name_with_other_settings_is_told_apart(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create_run(resolve_config("original", {}, ["epochs=3"]))
    home.create_run(resolve_config("1a", {}, []))

    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.until_shown("1 run with other settings not counted")
            assert shown.row_with("original").rstrip("┃│").split()[-1] == "-"
            assert shown.row_with(" 6(P1) ").rstrip("┃│ ").endswith("►1 -")

    run(body())


def test_a_seed_that_ran_twice_counts_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for seed, error in ((1, 0.4), (1, 0.4), (2, 0.6)):
        record_run(home, "3b", seed, (error,))

    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.until_shown("50.00 %")
            assert shown.row_with("36(P3) ").rstrip("┃│").split()[-1] == "2"

    run(body())


def test_a_suite_is_launched_by_the_words_of_the_command(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.press("u")
            await shown.until_shown("Launch which suite?")
            await shown.press(*" --only 9x", "enter")
            await shown.until_shown("no such experiment")
            await shown.press(*["backspace"] * 2, *"2d", "enter")
            await shown.until(lambda: bool(shown.app.asked))
            [message] = shown.app.asked
            assert isinstance(message, messages.LaunchSuiteRequested)
            assert message.launch.name == "paper-small"
            wanted = make_plan(PAPER_SMALL, only=("2d",))
            assert message.launch.plan == wanted

    run(body())


@pytest.mark.parametrize(
    "text", ["", "'", "--help", "paper --follow", "paper --home x", "papr", "paper --json"]
)
def test_words_that_launch_no_suite_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_suite_launch(text)
    assert str(refusal.value).isprintable()


def test_a_suite_launched_from_the_dashboard_is_the_commands_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.process.runs.wake_scheduler", lambda _: None)
    home, told = Home(tmp_path), []
    launch = parse_suite_launch("paper-small --only 2d --with none")
    assert requests.launch_missing(home, launch, lambda text, bad: told.append((text, bad)))
    assert told == [("paper-small: 1 run, 1 queued", False)]
    assert read_suite(home, "paper-small") == launch.plan
    other = parse_suite_launch("paper-small --seed 3")
    assert not requests.launch_missing(home, other, lambda text, bad: told.append((text, bad)))
    assert told[-1][1]
    assert "--name NAME" in told[-1][0]


def test_every_shipped_preset_has_a_row(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets", (120, 60)) as shown:
            for name in load_presets():
                assert any(row.split()[:1] == [name] for row in shown.rows), name

    run(body())

"""The Compare screen: chosen runs over each other, their differences and figures."""

from pathlib import Path

import pytest

from engine.record.home import Home
from ssp_tui import messages
from ssp_tui.compare.comparison import CurvesPanel, FiguresPanel
from ssp_tui.screens.compare import CompareScreen
from tests.hostile import HOSTILE
from tests.ssp_tui.screens.recorded import record_run
from tests.ssp_tui.screens.showing import Shown, run, showing


def fall(end: float, num_epochs: int = 60) -> list[float]:
    return [end + (0.9 - end) * 0.95**epoch for epoch in range(num_epochs)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three seeds of one experiment, a clean run, and one that collapsed."""
    home = Home(tmp_path)
    for seed in (1, 2, 3):
        record_run(home, "3b", seed, fall(0.4 + 0.02 * seed))
    record_run(home, "original", 1, fall(0.2))
    record_run(home, "one-shot-2", 1, [0.8] * 20 + [0.9] * 40, nan_from=20)
    return home


def compare_all(shown: Shown, home: Home) -> None:
    ids = sorted(folder.run_id for folder in home.run_folders())
    shown.app.post_message(messages.CompareRequested(*ids))


def test_nothing_chosen_says_which_keys_help(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compare") as shown:
            for text in (
                "No runs are chosen.",
                "enter  chooses runs here",
                "space marks some and c brings them",
            ):
                assert text in shown.text
            await shown.press("enter")
            await shown.until_shown("There are no runs yet: 2 composes one")
            await shown.press("escape")

    run(body())


def test_runs_are_laid_over_each_other(home: Home) -> None:
    async def body() -> None:
        async with showing(home.path, "compare") as shown:
            compare_all(shown, home)
            await shown.until_shown("5 runs in 3 groups")
            for text in ("Validation error", "3b x3", "paper 48.67 % A", "× NaN", "36(P3)"):
                assert text in shown.text
            assert shown.row_with("learning 3/3").split()[1:4] == ["A", "3b", "x3"]
            assert "one-shot-2" in shown.row_with("collapsed")

    run(body())


@pytest.mark.parametrize("size", [(120, 40), (200, 50)])
def test_tables_take_no_more_rows_than_they_fill(home: Home, size: tuple[int, int]) -> None:
    async def body() -> None:
        async with showing(home.path, "compare", size) as shown:
            compare_all(shown, home)
            await shown.until_shown("5 runs in 3 groups")
            await shown.until(lambda: shown.app.screen.query_one(FiguresPanel).size.height > 0)
            figures = shown.app.screen.query_one(FiguresPanel)
            curves = shown.app.screen.query_one(CurvesPanel)
            assert figures.size.height <= 9
            assert curves.size.height >= 0.55 * size[1]

    run(body())


def test_a_repeated_seed_is_left_out_and_said_to_be(home: Home) -> None:
    record_run(home, "3b", 2, fall(0.5))

    async def body() -> None:
        async with showing(home.path, "compare") as shown:
            compare_all(shown, home)
            await shown.until_shown("5 runs in 3 groups · 1 repeat of a seed left out")
            assert "3b x3" in shown.text

    run(body())


def test_runs_are_chosen_here(home: Home) -> None:
    async def body() -> None:
        async with showing(home.path, "compare") as shown:
            await shown.press("enter")
            await shown.until_shown("Which runs?")
            await shown.press("space", "space", "enter")
            await shown.until_shown("2 runs in")
            assert isinstance(shown.screen, CompareScreen)
            assert len(shown.screen.run_ids) == 2

    run(body())


def test_other_errors_and_raw_values(home: Home) -> None:
    async def body() -> None:
        async with showing(home.path, "compare") as shown:
            compare_all(shown, home)
            await shown.until_shown("5 runs in 3 groups")
            await shown.press("right")
            await shown.until_shown("paper 51.88 % A")
            await shown.press("v")
            await shown.until_shown("as measured")
            await shown.press("left", "left")
            await shown.until_shown("Test error, poison inert")

    run(body())


def test_a_part_can_be_maximised(home: Home) -> None:
    async def body() -> None:
        async with showing(home.path, "compare", (80, 24)) as shown:
            compare_all(shown, home)
            await shown.until_shown("Figures")
            assert "What differs" not in shown.text
            await shown.press("m", "m", "m")
            await shown.until_shown("What differs")
            assert "Figures" not in shown.text
            await shown.press("down", "escape")
            await shown.until_shown("Figures")

    run(body())


def test_a_running_run_grows(home: Home) -> None:
    from engine.plan.presets import resolve_config
    from tests.fakes import fake_epoch, fake_started

    folder = home.create_run(resolve_config("2b", {}, []))
    journal = folder.open_journal()
    journal.append(fake_started())
    journal.append(fake_epoch(0, 0.8, 0.8))

    async def body() -> None:
        async with showing(home.path, "compare") as shown:
            shown.app.post_message(messages.CompareRequested(folder.run_id))
            await shown.until_shown(" 1/300")
            journal.append(fake_epoch(1, 0.7, 0.7))
            await shown.until_shown(" 2/300")

    run(body())
    journal.close()


@pytest.mark.parametrize(
    ("size", "ascii_only"),
    [((200, 50), False), ((40, 10), False), ((20, 5), False), ((1, 1), False), ((80, 24), True)],
)
def test_no_size_is_refused(home: Home, size: tuple[int, int], ascii_only: bool) -> None:
    async def body() -> None:
        async with showing(home.path, "compare", size, ascii_only) as shown:
            compare_all(shown, home)
            screen = shown.app
            await shown.until(
                lambda: isinstance(screen.screen, CompareScreen) and bool(screen.screen.comparison.runs)
            )
            await shown.press("right", "v", "m", "down")
            if ascii_only:
                assert all(row.isascii() for row in shown.rows[1:-1])

    run(body())


def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for index, text in enumerate((HOSTILE.action_markup, HOSTILE.wide, HOSTILE.open_markup)):
        record_run(
            home, "demo-clean", index, settings=[f"name={text[:90]}", f"child.filters={2 + 2 * index}"]
        )

    async def body() -> None:
        async with showing(home.path, "compare") as shown:
            compare_all(shown, home)
            await shown.until_shown("3 runs in 3 groups")
            assert HOSTILE.action_markup in shown.text
            assert all(row.isprintable() for row in shown.rows)

    run(body())


def test_a_run_that_is_gone_leaves_the_comparison(home: Home) -> None:
    async def body() -> None:
        async with showing(home.path, "compare") as shown:
            shown.app.post_message(messages.CompareRequested("never-was-1123-xxxx"))
            await shown.until(lambda: isinstance(shown.app.screen, CompareScreen))
            await shown.pilot.pause()
            assert "Traceback" not in shown.text

    run(body())

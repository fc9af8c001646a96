"""The Compose screen by keys: picking, typing, refusals, the command, saving, launching."""

import dataclasses
from pathlib import Path

import pytest
from textual import events

from engine.plan.config import RunConfig
from engine.plan.operations import Conv, Dropout
from engine.plan.presets import load_presets
from engine.plan.space import make_space
from ssp_tui import messages
from ssp_tui.compose.figures_panel import DraftFiguresPanel
from ssp_tui.compose.lines import LABEL_WIDTH
from ssp_tui.screens.compose import ComposeScreen
from tests.hostile import HOSTILE
from tests.ssp_tui.screens.showing import Shown, run, showing


def form_of(shown: Shown) -> ComposeScreen:
    assert isinstance(shown.screen, ComposeScreen)
    return shown.screen


def launched(shown: Shown) -> tuple[RunConfig, ...]:
    (message,) = shown.app.asked
    assert isinstance(message, messages.LaunchRequested)
    return message.configs


def test_the_journey_to_one_shot_by_keys_alone(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("o")
            await shown.until_shown("N = 78 outputs")
            await shown.until_shown("NaN per step     2.")
            words = shown.row_with("stretched").replace("┃", " ").split()
            assert words[:8] == ["[✖]", "stretched", "conv", "36", "kernel", "3", "dilation", "50"]
            assert words[8:10] == ["46.15", "%"]
            await shown.press("l")
            (config,) = launched(shown)
            assert config.space == make_space("enas6", ((Dropout(1.0), 36), (Conv(3, dilation=50), 36)))
            assert (config.dataset, config.name) == ("synthetic", "composed")

    run(body())


def test_36_p3_shows_the_anchors(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("d")
            await shown.until_shown("null steps       15.")
            for text in ("2.38 %  1/42, each of 6", "85.71 %  36/42", "10.29 of 12", "2.76  even by a"):
                assert text in shown.text
            assert "ssp-tui launch small-original --base enas6" in shown.text
            assert "--poison 'dropout(p=1) x36'" in shown.text

    run(body())


def test_everything_is_in_sight_at_120x40(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            for text in ("Search space", "Poison", "Run ", "Child and data", "classes", "Launch", "Command"):
                assert text in shown.text

    run(body())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_the_launch_its_time_and_its_end_are_always_in_sight(tmp_path: Path, size: tuple[int, int]) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose", size) as shown:
            await shown.press("o", *["pagedown"] * 2)
            await shown.until_shown("l Launch  8 epochs on synthetic · about ")
            if size[0] > 80:
                await shown.until_shown("11.08 of 12 layers poisoned · first NaN about step 4")
            await shown.press("end", *["pagedown"] * 3, "up", *["up"] * 20)
            assert "l Launch  8 epochs on synthetic" in shown.text

    run(body())


def test_the_launch_bar_says_that_nothing_can_be_launched_yet(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            shown.screen.form.go("epochs")  # type: ignore[attr-defined]
            await shown.press("0")
            await shown.until_shown("l Launch  not yet")

    run(body())


def test_read_only_the_launch_bar_names_no_key(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            shown.app.readonly = True
            shown.screen.form.go("epochs")  # type: ignore[attr-defined]
            await shown.press("3")
            await shown.until_shown("read only: launches nothing  3 epochs on synthetic")
            assert "l Launch" not in shown.text

    run(body())


def test_80x24_scrolls_to_every_field_and_keeps_the_figures(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose", (80, 24)) as shown:
            assert "poisoned layers" in shown.text
            assert "Child and data" not in shown.text
            await shown.press(*["pagedown"] * 4)
            assert "▸ launch" in shown.text
            assert "poisoned layers" in shown.text
            await shown.press("enter")
            assert len(launched(shown)) == 1

    run(body())


def test_digits_type_over_and_escape_takes_back(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            form_of(shown).form.go("epochs")
            await shown.press("1", "2")
            assert "[12_]" in shown.row_with("epochs")
            await shown.press("escape")
            assert "‹8›" in shown.row_with("▸")
            await shown.press("3", "enter", "l")
            assert launched(shown)[0].epochs == 3

    run(body())


def test_what_is_not_allowed_is_said_and_not_launched(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            form_of(shown).form.go("child.filters")
            await shown.press("7", "enter")
            assert "!7" in shown.row_with("filters C")
            assert "an even number, 2 to 1024 (" in shown.rows[-3]
            assert "This cannot be launched yet" in shown.text
            await shown.press("up", "up", "l")
            assert shown.app.asked == []
            assert form_of(shown).model.cursor == "child.filters"

    run(body())


def test_seeds_make_several_runs(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            form_of(shown).form.go("num_seeds")
            await shown.press("right", "right", "l")
            assert [config.seed for config in launched(shown)] == [69, 70, 71]

    run(body())


def test_tab_goes_through_the_fields_of_a_row(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            form = form_of(shown).form
            form.go("poison.3")
            seen = []
            for _ in range(3):
                await shown.press("tab")
                seen.append(form.model.cursor)
            await shown.press("shift+tab")
            assert [*seen, form.model.cursor] == [
                "poison.3.kernel",
                "poison.3.dilation",
                "poison.4",
                "poison.3.dilation",
            ]

    run(body())


@pytest.mark.parametrize(
    ("size", "ascii_only"),
    [((200, 50), False), ((40, 10), False), ((20, 5), False), ((1, 1), False), ((80, 24), True)],
)
def test_no_size_is_refused(tmp_path: Path, size: tuple[int, int], ascii_only: bool) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose", size, ascii_only) as shown:
            await shown.press("o", "down", "right", "tab", "pagedown", "5", "enter")
            if ascii_only:
                assert all(row.isascii() for row in shown.rows[1:-1])

    run(body())


@pytest.mark.parametrize("hostile", ["action_markup", "clear_screen", "wide", "combining_stack"])
def test_hostile_names_are_harmless(tmp_path: Path, hostile: str) -> None:
    async def body() -> None:
        text = getattr(HOSTILE, hostile)
        async with showing(tmp_path, "compose") as shown:
            config = dataclasses.replace(load_presets()["demo-clean"].config, name=text[:90], title=text)
            form_of(shown).load(config)
            form_of(shown).form.go("name")
            await shown.press("enter")
            form_of(shown).form.post_message(events.Paste("".join(HOSTILE)))
            await shown.press("a")
            assert all(row.isprintable() for row in shown.rows)
            assert isinstance(shown.screen, ComposeScreen)

    run(body())


def test_nothing_here_imports_torch() -> None:
    import subprocess
    import sys

    code = (
        "import sys, ssp_tui.screens.compose, ssp_tui.screens.presets, ssp_tui.screens.compare; "
        "sys.exit(bool({'torch', 'numpy', 'engine.net', 'engine.learn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_a_field_is_and_what_is_wrong_are_read_whole_at_80_columns(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose", (80, 24)) as shown:
            assert "enas6: what the experiments ran on; paper5: what the text lists" in shown.text
            await shown.press("down", *["down"] * 8, "0")
            said = " ".join(" ".join(row.split()) for row in shown.rows[-4:-2])
            assert said.endswith("not allowed: a whole number, 1 to 10,000 (copies, the instance factor)"), (
                said
            )
            await shown.press("escape")
            await shown.press(*["down"] * 7)
            assert "folder:PATH with train/CLASS/* and" in shown.text

    run(body())


@pytest.mark.parametrize(("size", "has_bar"), [((80, 24), True), ((200, 60), False)])
def test_a_scroll_bar_tells_that_the_form_goes_on_below(
    tmp_path: Path, size: tuple[int, int], has_bar: bool
) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose", size) as shown:
            await shown.until_shown("N = 6 outputs")
            assert any("┃" in row for row in shown.rows) is has_bar
            if has_bar:
                thumb = [y for y, row in enumerate(shown.rows) if "┃" in row]
                await shown.press(*["pagedown"] * 6)
                assert [y for y, row in enumerate(shown.rows) if "┃" in row] > thumb

    run(body())


def test_a_time_of_minutes_is_whole_at_80x24(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose", (80, 24)) as shown:
            await shown.press("o")
            await shown.until_shown("N = 78 outputs")
            panel = shown.screen.query_one(DraftFiguresPanel)
            assert panel.content_size.width >= LABEL_WIDTH + len("about 10 min 18 s")

    run(body())

"""The line one is asked on: its words are whole, and what was wrong is not said of what is typed since."""

from pathlib import Path

import pytest

from ssp_tui.screens.prompt import Prompt
from tests.ssp_tui.screens.showing import run, showing

WRONG = (
    "'?' is not allowed: letters, digits, . _ and -, at most 60, a letter or digit first, and no other name"
)


def refuse(text: str) -> str:
    raise ValueError(WRONG.replace("?", text))


@pytest.mark.parametrize("width", [80, 40, 28])
def test_words_stay_whole_at_any_width(tmp_path: Path, width: int) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets", (width, 24)) as shown:
            await shown.app.push_screen(Prompt("Under which name is it kept?", "any hint", refuse))
            await shown.press("x", "enter")
            await shown.until_shown("! 'x' is")
            words = " ".join(shown.text.split()).split()
            assert set(f"! {WRONG}".replace("?", "x").split()) <= set(words)

    run(body())


def test_a_change_takes_back_what_was_wrong(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            await shown.app.push_screen(Prompt("Under which name is it kept?", "any hint", refuse))
            await shown.press("x", "enter")
            await shown.until_shown("! 'x' is not allowed")
            await shown.press("y")
            await shown.until_shown("any hint")
            assert "not allowed" not in shown.text

    run(body())

"""The Compose screen beside its form: commands in and out, saving, the palette, rebound keys, help."""

from pathlib import Path

from textual import events
from textual.widgets import Input

from engine.plan.config import RunConfig
from engine.plan.presets import load_presets, resolve_config
from ssp_tui import messages
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


def test_a_pasted_command_becomes_the_form(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            form_of(shown).form.post_message(events.Paste("ssp-tui launch one-shot-2 --seeds 2\n"))
            await shown.until_shown("ssp-tui launch one-shot-2 --seeds 2")
            await shown.press("l")
            assert launched(shown)[0] == load_presets()["one-shot-2"].config

    run(body())


def test_a_typed_command_is_taken_or_refused_in_its_box(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("v")
            await shown.press(*"ssp-tui launch 3x", "enter")
            await shown.until_shown("! no preset or file '3x'")
            await shown.press("backspace", "b", "enter")
            await shown.until_shown("ssp-tui launch 3b")
            assert form_of(shown).model.reading.config == resolve_config("3b", {}, [])

    run(body())


def test_a_paste_into_the_box_is_one_clean_line(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("v")
            line = shown.app.screen.query_one(Input)
            line.post_message(events.Paste("".join(HOSTILE)))
            await shown.pilot.pause()
            assert all(row.isprintable() for row in shown.rows)
            line.value = ""
            line.post_message(events.Paste("ssp-tui launch 3b \\\n  --seed 7\n"))
            await shown.press("enter")
            await shown.until_shown("ssp-tui launch 3b --seed 7")

    run(body())


def test_copying_puts_the_command_into_the_clipboard(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("d", "y")
            assert shown.app.clipboard == (
                "ssp-tui launch small-original --base enas6 --poison 'dropout(p=1) x36'"
            )

    run(body())


def test_a_saved_preset_is_on_the_presets_screen(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("o", "s")
            await shown.press(*"mine", "enter")
            await shown.until(lambda: (tmp_path / "presets" / "mine.toml").exists())
            assert shown.app.told == ["saved as mine"]
            await shown.press("3", "end")
            await shown.until_shown("72(P3+)")
            assert "mine" in shown.row_with("72(P3+)")

    run(body())


def test_the_palette_does_what_the_forms_keys_do(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("ctrl+p")
            await shown.press(*"one shot", "enter")
            await shown.until_shown("N = 78 outputs")

    run(body())


def test_keys_can_be_rebound(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('"compose.pick_p3" = "D"\n')

    async def body() -> None:
        async with showing(tmp_path, "compose") as shown:
            await shown.press("d")
            assert "N = 6 outputs" in shown.text
            await shown.press("D")
            assert "N = 42 outputs" in shown.text

    run(body())


def test_help_names_every_key_of_the_form(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "compose", (120, 60)) as shown:
            await shown.press("question_mark")
            await shown.until_shown("poison with P3: dropout")

    run(body())


def test_a_request_from_elsewhere_fills_the_form(tmp_path: Path) -> None:
    async def body() -> None:
        async with showing(tmp_path, "presets") as shown:
            shown.app.post_message(messages.ComposeRequested(load_presets()["4c"].config))
            await shown.until_shown("ssp-tui launch 4c")

    run(body())

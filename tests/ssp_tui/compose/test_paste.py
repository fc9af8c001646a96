"""Commands out of the form and into it."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.config import RunConfig
from engine.plan.presets import load_preset, resolve_config
from engine.record.home import Home
from ssp_tui.compose.draft import draft_of, first_draft
from ssp_tui.compose.editing import picked
from ssp_tui.compose.figures import figures_of
from ssp_tui.compose.paste import looks_like_command, read_command
from ssp_tui.compose.reading import read_draft
from ssp_tui.compose.saving import save_preset
from tests.config_strategies import configs
from tests.hostile import HOSTILE


@given(config=configs(), num_seeds=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_the_command_shown_brings_the_form_back(config: RunConfig, num_seeds: int) -> None:
    command = figures_of(config, num_seeds).command
    assert read_command(command) == (config, num_seeds)
    assert read_draft(draft_of(*read_command(command))).configs == tuple(
        dataclasses.replace(config, seed=config.seed + i) for i in range(num_seeds)
    )


@pytest.mark.parametrize(
    "text",
    [
        "ssp-tui launch 3b --seed 7",
        "$ ssp-tui launch 3b --seed 7\n",
        "  ssp-tui  launch \\\n  3b \\\n  --seed 7",
        "launch 3b --seed 7",
        "ssp-tui launch 3b --seed 7 --follow --json --home /elsewhere",
    ],
)
def test_a_command_may_be_pasted_as_shells_show_it(text: str) -> None:
    assert read_command(text) == (resolve_config("3b", {"seed": 7}, []), 1)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "begins with `ssp-tui launch`"),
        ("ls -la", "begins with `ssp-tui launch`"),
        ("ssp-tui runs", "begins with `ssp-tui launch`"),
        ("ssp-tui launch", "name a preset or a file"),
        ("ssp-tui launch 3x", "no preset or file '3x'"),
        ("ssp-tui launch 3b --poison 'dropout", "cut off or misquoted"),
        ("ssp-tui launch 3b --poison dropuot", "did you mean dropout?"),
        ("ssp-tui launch 3b --set child.filters=7", "an even number"),
        ("ssp-tui launch 3b --wrong", "unrecognized arguments: --wrong"),
        ("ssp-tui launch --help", "launches nothing"),
        ("ssp-tui launch " + "x" * 30_000, "is refused"),
    ],
)
def test_anything_else_is_refused_in_one_line(text: str, refusal: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_command(text)
    assert refusal in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("hostile", HOSTILE._fields)
def test_hostile_pastes_are_refused_or_read(hostile: str) -> None:
    with pytest.raises(ValueError):
        read_command(f"ssp-tui launch {getattr(HOSTILE, hostile)} --epochs x")


def test_what_looks_like_a_command() -> None:
    assert looks_like_command(" $ ssp-tui launch 3b")
    assert not looks_like_command("36")


def test_a_saved_preset_launches_the_same(tmp_path: Path) -> None:
    config = read_draft(picked(first_draft(), "P3+")).config
    assert config is not None
    path = save_preset(Home(tmp_path), config, "mine")
    assert path == tmp_path / "presets" / "mine.toml"
    assert load_preset(path).config == dataclasses.replace(config, name="mine")
    assert resolve_config(str(path), {}, []) == dataclasses.replace(config, name="mine")


def test_a_saved_preset_is_launched_by_its_name(tmp_path: Path) -> None:
    config = read_draft(picked(first_draft(), "P1")).config
    assert config is not None
    save_preset(Home(tmp_path), config, "mine")
    wanted = dataclasses.replace(config, name="mine", seed=3)
    assert read_command("ssp-tui launch mine --seed 3", tmp_path) == (wanted, 1)
    assert read_command(f"ssp-tui launch mine --seed 3 --home {tmp_path}") == (wanted, 1)
    with pytest.raises(ValueError, match="no preset or file 'mine'"):
        read_command("ssp-tui launch mine", tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("", "letters, digits"),
        ("../evil", "letters, digits"),
        ("[/", "letters, digits"),
        (".hidden", "letters, digits"),
        ("x" * 61, "at most 60"),
        ("original", "comes with the program"),
        ("taken", "already a preset taken"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str, refusal: str) -> None:
    config = read_draft(first_draft()).config
    assert config is not None
    save_preset(Home(tmp_path), config, "taken")
    with pytest.raises(ValueError, match=refusal):
        save_preset(Home(tmp_path), config, name)
    assert [path.name for path in (tmp_path / "presets").iterdir()] == ["taken.toml"]

"""Keys and their rebinding: what a keys.toml may say, and what it is told when it may not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp_tui import keys
from ssp_tui.keymap import ACTIONS, SCREENS, _is_known, _names, _refuse_shared, key_now, read_keymap


def test_no_key_is_bound_twice_on_one_screen_and_all_pass_tmux() -> None:
    _refuse_shared({})
    for screen in SCREENS:
        bound = [name for key in screen for name in key.keys.split(",")]
        assert len(bound) == len(set(bound))
        assert all(_is_known(name) for name in bound)
        assert not any("ctrl+b" in name or "super" in name or "alt" in name for name in bound)
    assert len({id(key) for screen in SCREENS for key in screen}) == len(ACTIONS)


def test_keys_toml_rebinds(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    assert read_keymap(path) == {}
    path.write_text('"runs.stop" = "S, f5"\n"app.help" = "?"\n')
    keymap = read_keymap(path)
    assert keymap == {"runs.stop": "S,f5", "app.help": "question_mark"}
    assert keys.shown_keys(ACTIONS["runs.stop"], keymap, most=2) == "S f5"
    assert (key_now("runs.stop", keymap), key_now("runs.resume", keymap)) == ("S", "r")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"runs.stopp" = "S"', "did you mean runs.stop?"),
        ('"runs.stop" = 3', "must be a key"),
        ('"runs.stop" = ""', "must be a key"),
        ('"runs.stop" = "S,,f5"', "must be a key"),
        ('"runs.stop" = "ctrl+b"', "tmux"),
        ("nonsense", "cannot be read"),
        ('"runs.stop" = "r"', "runs.stop: r is the key of runs.resume on the same screen; allowed: any"),
        ('"runs.stop" = "k"', "k is the key of list.up"),
        ('"app.quit" = "l"', "app.quit: l is the key of runs.log"),
        ('"presets.suite" = "?"', "presets.suite: question_mark is the key of app.help"),
        ('"runs.stop" = "z"\n"runs.resume" = "z"', "z is the key of"),
        ('"runs.stop" = "nosuchkey"', "runs.stop: no key nosuchkey; allowed: a character such as S or ?"),
        ('"runs.stop" = "control+s"', "no key control+s"),
        ('"runs.stop" = "ctrl+"', "no key ctrl+"),
    ],
)
def test_what_cannot_be_a_key_is_refused_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"^keys\.toml: ") as refusal:
        read_keymap(path)
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_two_actions_may_change_keys_and_other_screens_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('"runs.stop" = "r"\n"runs.resume" = "s"\n"runs.log" = "t"\n')
    assert read_keymap(path)["runs.stop"] == "r"


@given(st.text(max_size=12))
def test_a_single_character_that_is_no_comma_is_a_key_and_nothing_crashes(text: str) -> None:
    _is_known(text)
    if len(text) == 1 and text != "," and text.isprintable() and text.strip():
        assert all(map(_is_known, _names(text)))

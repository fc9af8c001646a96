"""Nothing a terminal could obey passes the cleaning boundary."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.cleaning import clean
from tests.hostile import HOSTILE

anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
"""Every code point, lone surrogates included."""
escapes = st.lists(
    st.sampled_from(["\x1b", "[", "]", "31m", "\x9b", "\x9d", "0;x", "\x07", "\\", "P", "a", "\u0301"])
).map("".join)


def is_harmless(text: str) -> bool:
    """Whether no character controls, reorders or hides anything."""
    return all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"} for c in text)


@given(anything | escapes)
def test_no_control_character_survives(text: str) -> None:
    assert is_harmless(clean(text))


@given(anything | escapes, st.integers(0, 30))
def test_cleaning_twice_changes_nothing(text: str, max_length: int) -> None:
    once = clean(text, max_length)
    assert len(once) <= max_length
    assert clean(once, max_length) == once


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200))
def test_plain_text_passes_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("name", HOSTILE._fields)
def test_hostile_texts_come_out_harmless(name: str) -> None:
    text = clean(getattr(HOSTILE, name))
    assert is_harmless(text)
    assert len(text) <= 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HOSTILE.open_markup, "[/"),
        (HOSTILE.action_markup, "[@click=app.quit]x[/]"),
        (HOSTILE.window_title, ""),
        (HOSTILE.unfinished_title, "a"),
        (HOSTILE.colour, ""),
        (HOSTILE.eight_bit_colour, ""),
        (HOSTILE.clear_screen, "ab"),
        (HOSTILE.device_control, "a"),
        (HOSTILE.new_lines, "a b  c d"),
        (HOSTILE.carriage_return, "good bad"),
        (HOSTILE.right_to_left_override, "agnp.exe"),
        (HOSTILE.zero_width, "ab"),
        (HOSTILE.lone_surrogate, "a\ufffdb"),
        (HOSTILE.combining_stack, "a\u0301\u0301"),
        (HOSTILE.emoji, "👩💻❤"),
        ("日本語 Ünïcode", "日本語 Ünïcode"),
    ],
)
def test_what_remains(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_long_text_ends_with_an_ellipsis() -> None:
    assert clean(HOSTILE.endless) == "x" * 199 + "…"
    assert clean("abcdef", max_length=4) == "abc…"
    assert clean("abcd", max_length=4) == "abcd"
    assert clean("abcd", max_length=0) == ""

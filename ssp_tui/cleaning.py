"""The one boundary through which text from files, people and processes reaches the screen."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

_ESCAPE_SEQUENCES = re.compile(
    r"""
    (?: \x1b[\]PX^_] | [\x90\x98\x9d-\x9f] )    # OSC, DCS, SOS, PM, APC ...
        [^\x07\x1b\x9c\r\n]*                     # ... their payload ...
        (?: \x07 | \x9c | \x1b\\ )?              # ... and its end, if it came
    | (?: \x1b\[ | \x9b ) [0-?]* [\ -/]* [@-~]?  # CSI: colours, cursor, modes
    | \x1b [\ -/]* [0-~]?                        # every other escape
    """,
    re.VERBOSE,
)
_MOST_MARKS = 2
"""Combining marks kept on one character; a stack of them runs into the rows above."""
_REMOVED = {"Cc", "Cf"}
_UNKNOWABLE = {"Cs", "Cn", "Co"}
_SPACES = {"Zs", "Zl", "Zp"}
_MARKS = {"Mn", "Me"}
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Fillers and variation selectors: no control characters, but nothing to see either."""


def clean(text: str, max_length: int = 200) -> str:
    """The text without anything a terminal could obey, on one line, at most `max_length` characters.

    Escape sequences go with their payload; controls, bidi overrides, zero-width and other format
    characters go; line ends and tabs become a space; lone surrogates, unassigned and private
    characters become U+FFFD. Markup stays as it is written: hand it to widgets as Text or Content only.
    """
    if not (text.isascii() and text.isprintable()):
        visible = _visible_characters(_ESCAPE_SEQUENCES.sub("", text))
        text = "".join(islice(visible, max_length + 1))
    if len(text) <= max_length:
        return text
    return text[: max(0, max_length - 1)] + "…"[:max_length]


def _visible_characters(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character in "\t\n\r\v\f\x85" or category in _SPACES:
            character = " "
        elif category in _REMOVED or _INVISIBLE.match(character):
            continue
        elif category in _UNKNOWABLE:
            character = "\ufffd"
        marks = marks + 1 if category in _MARKS else 0
        if marks <= _MOST_MARKS:
            yield character

"""Short names of a space's slots, for the heads of narrow columns."""

import re

from ssp_tui.cleaning import clean

_SHORT = (
    (re.compile(r"^sepconv(\d+)x\d+"), r"sep\1", r"sp\1", r"s\1"),
    (re.compile(r"^conv\d+x\d+ d(\d+)"), r"str\1", r"str", r"st"),
    (re.compile(r"^conv(\d+)x\d+"), r"conv\1", r"cv\1", r"c\1"),
    (re.compile(r"^avgpool(\d+)x\d+"), r"avg\1", r"av\1", r"a\1"),
    (re.compile(r"^maxpool(\d+)x\d+"), r"max\1", r"mx\1", r"m\1"),
    (re.compile(r"^dropout p([\d.e-]+)"), r"drop\1", r"dr\1", r"dr"),
    (re.compile(r"^gaussian s([\d.e-]+)"), r"gauss\1", r"gs\1", r"gs"),
    (re.compile(r"^identity"), r"ident", r"id"),
    (re.compile(r"^tconv(\d+)x\d+"), r"tcv\1", r"tc\1", r"t\1"),
)
_NUMBER = re.compile(r"\d[\d.]*(?:e[+-]?\d+)?")
_LONGEST = 24
"""Letters of a name that no form is known for."""


def forms(label: str) -> tuple[str, ...]:
    """An operation's label and ever shorter forms of it: sepconv3x3, sep3, sp3, s3."""
    whole = clean(label, _LONGEST)
    for pattern, *texts in _SHORT:
        if pattern.match(whole):
            return (whole, *(pattern.sub(text, whole) for text in texts))
    return (whole,)


def short(label: str, room: int) -> str:
    """The longest form in at most `room` letters; where none fits, what fits of the shortest."""
    known = forms(label)
    fitting = [form for form in known if len(form) <= room]
    return fitting[0] if fitting else _cut(known[-1], max(1, room))


def _cut(text: str, room: int) -> str:
    """The first letters of a text, without a number that would be cut in two: s10 is not s1."""
    for number in _NUMBER.finditer(text):
        if 0 < number.start() < room < number.end():
            return text[: number.start()]
    return text[:room]

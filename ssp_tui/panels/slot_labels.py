"""Short names of a space's slots, for the heads of narrow columns."""

import re

from engine.plan.space import Space
from ssp_tui.cleaning import clean

_SHORT = (
    (re.compile(r"^sepconv(\d+)x\d+"), r"sep\1"),
    (re.compile(r"^conv(\d+)x\d+ d(\d+)"), r"str\2"),
    (re.compile(r"^conv(\d+)x\d+"), r"conv\1"),
    (re.compile(r"^avgpool(\d+)x\d+"), r"avg\1"),
    (re.compile(r"^maxpool(\d+)x\d+"), r"max\1"),
    (re.compile(r"^dropout p"), r"drop"),
    (re.compile(r"^gaussian s"), r"gaus"),
    (re.compile(r"^identity"), r"iden"),
    (re.compile(r"^tconv(\d+)x\d+"), r"tcv\1"),
)


def slot_labels(space: Space) -> tuple[str, ...]:
    """One label a slot, about five letters."""
    return tuple(short(slot.operation.label) for slot in space.slots)


def short(label: str) -> str:
    """An operation's label in about five letters: sepconv3x3 is sep3, conv3x3 d50 is str50."""
    for pattern, text in _SHORT:
        found, num = pattern.subn(text, label)
        if num:
            return clean(found, 8)
    return clean(label, 6)

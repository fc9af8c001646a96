"""Short names of a space's slots, for the heads of narrow columns."""

import re

from engine.plan.space import Space
from ssp_tui.cleaning import clean

_SHORT = (
    (re.compile(r"^sepconv(\d+)x\d+"), r"sep\1", r"sp\1"),
    (re.compile(r"^conv\d+x\d+ d(\d+)"), r"str\1", r"str"),
    (re.compile(r"^conv(\d+)x\d+"), r"conv\1", r"cv\1"),
    (re.compile(r"^avgpool(\d+)x\d+"), r"avg\1", r"av\1"),
    (re.compile(r"^maxpool(\d+)x\d+"), r"max\1", r"mx\1"),
    (re.compile(r"^dropout p"), r"drop ", r"dr"),
    (re.compile(r"^gaussian s"), r"gauss", r"gs"),
    (re.compile(r"^identity"), r"ident", r"id"),
    (re.compile(r"^tconv(\d+)x\d+"), r"tcv\1", r"tc\1"),
)

_MARK = 3
"""Cells of a column that the label does not get: its mark and the gaps."""


def slot_labels(space: Space, column_width: int) -> tuple[str, ...]:
    """One label a slot, as long as a column lets it be."""
    room = column_width - _MARK
    return tuple(short(slot.operation.label, room) for slot in space.slots)


def short(label: str, room: int) -> str:
    """An operation's label in at most about `room` letters: sepconv3x3, sep3 or sp3."""
    if len(label) <= room:
        return clean(label, room)
    for pattern, *texts in _SHORT:
        if pattern.match(label):
            forms = [pattern.sub(text, label).replace(" ", "") for text in texts]
            fitting = [form for form in forms if len(form) <= room]
            return clean((fitting or [forms[-1][: max(1, room)]])[0], 12)
    return clean(label, max(1, room))

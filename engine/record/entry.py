"""One line of a journal, read back."""

import dataclasses
import json
from typing import Any, NoReturn

from engine.record.encoding import from_plain
from engine.record.events import EVENT_KINDS, SCHEMA_VERSION, Event

MAX_TIME = 1e12
"""No clock shows more seconds; a line that does is broken, and dates made of the rest are safe."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """An event with its place in the journal."""

    seq: int
    time: float
    """Wall time of writing, seconds since the epoch."""
    kind: str
    event: Event | None
    """None for a kind, or a form of one, that only a newer version knows."""
    raw: str
    """The line as it was written: outside text, to be cleaned before it is shown."""


def read_entry(line: bytes) -> Entry:
    """Read one line; ValueError when it is not an event line of any version."""
    plain = parse_line(line)
    event = _read_event(plain["event"], plain["v"], plain)
    return Entry(plain["seq"], float(plain["time"]), plain["event"], event, line.decode().rstrip("\n"))


def parse_line(line: bytes) -> dict[str, Any]:
    """An event line's JSON object, its own fields unread; ValueError when it is anything else."""
    try:
        plain = _DECODER.decode(line.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(plain, dict):
        raise ValueError("not an object")
    if any(type(plain.get(key)) is not kind for key, kind in (("seq", int), ("event", str), ("v", int))):
        raise ValueError("not an event line")
    time = plain.get("time")
    if not isinstance(time, int | float) or not abs(time) < MAX_TIME:
        raise ValueError("the time is not one")
    return plain


def _read_event(kind: str, version: int, plain: dict[str, Any]) -> Event | None:
    if kind not in EVENT_KINDS:
        return None
    try:
        event: Event = from_plain(EVENT_KINDS[kind], plain)
    except ValueError:
        if version > SCHEMA_VERSION:
            return None
        raise
    return event


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)

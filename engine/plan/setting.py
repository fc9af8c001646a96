"""One setting of a configuration section: its default, unit and allowed range, and how a value is refused."""

import dataclasses
import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True)
class Allowed:
    """What a setting accepts; `describe()` is the text a refusal shows."""

    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    even: bool = False
    exclusive_low: bool = False

    def describe(self) -> str:
        """Say in words what is allowed."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        low, high = _number(self.low), _number(self.high)
        opening = "above" if self.exclusive_low else "at least"
        if low and high:
            text = f"{opening} {low}, at most {high}" if self.exclusive_low else f"{low} to {high}"
        else:
            text = f"{opening} {low}" if low else f"at most {high}" if high else "any number"
        text = f"an even number, {text}" if self.even else text
        return f"{text} ({self.unit})" if self.unit else text

    def admits(self, value: Any) -> bool:
        """Tell whether a value of the right type lies in the allowed range."""
        if self.choices:
            return value in self.choices
        if isinstance(value, str | bool):
            return True
        if isinstance(value, float) and not math.isfinite(value):
            return False
        above = self.low is None or (value > self.low if self.exclusive_low else value >= self.low)
        below = self.high is None or value <= self.high
        return above and below and not (self.even and value % 2)


def setting(default: Any, **allowed: Any) -> Any:
    """Declare a dataclass field with its default and what it allows."""
    return dataclasses.field(default=default, metadata={"allowed": Allowed(**allowed)})


def read_section(section_type: type, table: Any, where: str) -> Any:
    """Build a section from a TOML table, refusing unknown keys, wrong types and values out of range.

    `where` names the section in the refusal ("child"); ValueError says what, where and what is allowed.
    """
    return section_type(**checked_values(section_type, table, where))


def checked_values(section_type: type, table: Any, where: str) -> dict[str, Any]:
    """The table's values, each checked against the section's field of that name."""
    if not isinstance(table, Mapping):
        raise ValueError(f"[{where}] must be a table, not {type(table).__name__}")
    fields = {field.name: field for field in dataclasses.fields(section_type)}
    refuse_unknown(table, fields, where)
    return {key: check_value(value, fields[key], f"{where}.{key}") for key, value in table.items()}


def check_value(value: Any, field: dataclasses.Field[Any], where: str) -> Any:
    """Return the value as the field's type; ValueError if its type or range is wrong."""
    allowed: Allowed = field.metadata["allowed"]
    kind = type(field.default)
    if kind is float and type(value) is int and abs(value) <= 10**300:
        value = float(value)
    if type(value) is not kind:
        what = "" if kind is bool else f": {allowed.describe()}"
        raise ValueError(f"{where} = {shown(value)} must be {_TYPE_NAMES[kind]}{what}")
    if not allowed.admits(value):
        hint = nearest(value, allowed.choices) if isinstance(value, str) else ""
        raise ValueError(f"{where} = {shown(value)} is not allowed: {allowed.describe()}{hint}")
    return value


def refuse_unknown(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse the first key that is not known, naming the nearest one that is."""
    known = list(known)
    for key in table:
        if key not in known:
            prefix = f"{where}." if where else ""
            raise ValueError(
                f"unknown key {prefix}{named(key)}{nearest(key, known)}; allowed: {', '.join(known)}"
            )


def nearest(word: str, known: Collection[str]) -> str:
    """' (did you mean X?)' for the closest known word, or nothing."""
    matches = difflib.get_close_matches(word[:100], list(known), n=1)
    return f" (did you mean {matches[0]}?)" if matches else ""


def shown(value: Any) -> str:
    """A refused value as it is quoted back: one short printable line, whatever it is."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and abs(value) >= 10**20:
        return "a huge number"
    text = repr(value[:100]) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def named(key: str) -> str:
    """A key as a refusal names it: as it is when it looks like one, else quoted."""
    return key if key.isascii() and key.isidentifier() and len(key) <= 60 else shown(key)


def expanded(text: str, where: str) -> Path:
    """A path with ~ replaced; ValueError when there is no such user."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{where} = {shown(text)}: {error}") from None


_TYPE_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"

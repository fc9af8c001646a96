"""Settings given on a command line as `section.key=value`, laid over a configuration table."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from engine.plan.config import SECTIONS, TOP_FIELDS
from engine.plan.protocol import Switches
from engine.plan.setting import check_value, named, nearest, shown
from engine.plan.space_text import exact_number

_WORDS = {"true": True, "on": True, "false": False, "off": False}


def parse_setting(text: str) -> tuple[tuple[str, ...], Any]:
    """Read `section.key=value` (or `epochs=3`) into a path and a typed value; ValueError when it is wrong."""
    path_text, equals, value_text = text.partition("=")
    path = tuple(path_text.strip().split("."))
    if not equals or not all(path) or len(path) > 2:
        raise ValueError(f"--set {shown(text)} must read section.key=value, such as child.filters=8")
    if len(path) == 1:
        if path[0] not in TOP_FIELDS:
            raise ValueError(
                f"--set {named(path[0])}: no such setting{nearest(path[0], TOP_FIELDS)}; "
                f"allowed: {', '.join(TOP_FIELDS)}"
            )
        return path, _as_type(value_text.strip(), TOP_FIELDS[path[0]], path[0])
    fields = _section_fields(path[0])
    if path[1] not in fields:
        raise ValueError(
            f"--set {'.'.join(map(named, path))}: no such setting{nearest(path[1], fields)}; "
            f"allowed: {', '.join(fields)}"
        )
    return path, _as_type(value_text.strip(), fields[path[1]], ".".join(path))


def with_settings(table: Mapping[str, Any], settings: list[str]) -> dict[str, Any]:
    """The table with each `section.key=value` laid over it."""
    result = dict(table)
    for text in settings:
        path, value = parse_setting(text)
        if len(path) == 1:
            result[path[0]] = value
        else:
            below = result.get(path[0], {})
            if not isinstance(below, Mapping):
                raise ValueError(f"[{path[0]}] must be a table, not {shown(below)}")
            result[path[0]] = {**below, path[1]: value}
    return result


def setting_text(value: str | bool | float) -> str:
    """A setting's value as `parse_setting` reads it back: true, 0.05, text."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else exact_number(value)


def _section_fields(section: str) -> dict[str, dataclasses.Field[Any]]:
    kinds: dict[str, type] = {**SECTIONS, "switches": Switches}
    if section not in kinds:
        raise ValueError(
            f"--set {named(section)}.…: no such section{nearest(section, kinds)}; allowed: {', '.join(kinds)}"
        )
    return {field.name: field for field in dataclasses.fields(kinds[section])}


def _as_type(text: str, field: dataclasses.Field[Any], where: str) -> Any:
    value: Any = text
    if isinstance(field.default, bool):
        return check_value(_WORDS.get(text.lower(), text), field, where)
    for kind in (int, float):
        if isinstance(field.default, kind):
            try:
                value = kind(text) if len(text) < 30 else text
                break
            except ValueError:
                continue
    return check_value(value, field, where)

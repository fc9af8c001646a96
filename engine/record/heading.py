"""The settings above config.toml's first section, read far quicker than the whole configuration."""

import re
import tomllib
from pathlib import Path
from typing import Any

from engine.plan.opening import read_regular

HEAD_BYTES = 4096
"""A heading that was written by a launch is shorter."""

MAX_BYTES = 10**7
"""A longer configuration is none."""

_PLAIN = re.compile(r'([A-Za-z0-9_-]+) = (?:"([^"\\\x00-\x1f\x7f]*)"|(0|[1-9][0-9]{0,17}))')


def read_heading(path: str | Path) -> dict[str, Any]:
    """The heading of the configuration at `path`; empty when it is missing or not TOML."""
    try:
        heading, section, _ = read_regular(path, HEAD_BYTES).partition(b"\n[")
        plain = _read_plain(heading.decode()) if section else None
        return _parse(read_regular(path, MAX_BYTES)) if plain is None else plain
    except (OSError, ValueError, RecursionError):
        return {}


def _read_plain(heading: str) -> dict[str, Any] | None:
    """Lines of nothing but plain text and whole numbers, which need no TOML parser; else None."""
    settings: dict[str, Any] = {}
    lines = heading.strip("\n").split("\n")
    for line in lines:
        setting = _PLAIN.fullmatch(line)
        if not setting:
            return None
        key, text, number = setting.groups()
        settings[key] = text if number is None else int(number)
    return settings if len(settings) == len(lines) else None


def _parse(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode().replace("\r\n", "\n").partition("\n[")[0])

"""What commands print: aligned tables for people, versioned JSON for programs.

Tables, fields and lines are cleaned here, whoever wrote what stands in them: no terminal obeys a run's name.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from engine.record.encoding import to_plain
from ssp_tui.cleaning import clean

JSON_VERSION = 1

MAX_LENGTH = 4000
"""Characters of one cell, value or line."""


def print_json(**fields: Any) -> None:
    """One JSON object with its version first; numbers JSON has no word for are text ("NaN")."""
    print(json.dumps({"version": JSON_VERSION, **to_plain(fields)}, indent=1, allow_nan=False), flush=True)


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int] | set[int] = frozenset()
) -> None:
    """A table with columns as wide as they must be; columns numbered in `right` are flush right."""
    cleaned = [[clean(cell, MAX_LENGTH) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cleaned, strict=True)]
    for row in cleaned:
        cells = [
            text.rjust(width) if i in right else text.ljust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def print_fields(fields: Sequence[tuple[str, str]]) -> None:
    """Names and values below each other."""
    width = max(len(name) for name, _ in fields)
    for name, value in fields:
        print(f"{name.ljust(width)}  {clean(value, MAX_LENGTH)}".rstrip())


def print_now(text: str) -> None:
    """A line of progress, at once also into a file or a pipe."""
    print(clean(text, MAX_LENGTH), flush=True)


def tell(text: str) -> None:
    """A remark beside the command's output."""
    print(clean(text, MAX_LENGTH), file=sys.stderr, flush=True)

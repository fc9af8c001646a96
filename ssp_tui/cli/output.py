"""What commands print: aligned tables for people, versioned JSON for programs."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from engine.record.encoding import to_plain

JSON_VERSION = 1


def print_json(**fields: Any) -> None:
    """One JSON object with its version first; numbers JSON has no word for are text ("NaN")."""
    print(json.dumps({"version": JSON_VERSION, **to_plain(fields)}, indent=1, allow_nan=False), flush=True)


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int] | set[int] = frozenset()
) -> None:
    """A table with columns as wide as they must be; columns numbered in `right` are flush right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [
            text.rjust(width) if i in right else text.ljust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def print_fields(fields: Sequence[tuple[str, str]]) -> None:
    """Names and values below each other."""
    width = max(len(name) for name, _ in fields)
    for name, value in fields:
        print(f"{name.ljust(width)}  {value}".rstrip())


def print_now(text: str) -> None:
    """A line of progress, at once also into a file or a pipe."""
    print(text, flush=True)


def tell(text: str) -> None:
    """A remark beside the command's output."""
    print(text, file=sys.stderr, flush=True)

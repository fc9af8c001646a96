"""What a whole run of the torture came to: one row a test, kept as JSON and as a Markdown table."""

import dataclasses
import datetime
import json
import os
import platform
import re
import time
from pathlib import Path

import pytest
import torch

HEADING = ("promise", "test", "outcome", "seconds", "figure")


@dataclasses.dataclass
class Row:
    """One test."""

    promise: str
    """The first promise that its module's docstring names."""
    test: str
    outcome: str = ""
    seconds: float = 0.0
    figure: str = ""


class Figures:
    """Rows in the order in which the tests ended, and under what circumstances they were run."""

    def __init__(self, seed: int, scale: float) -> None:
        """Begin a run."""
        self._begun, self._rows = time.monotonic(), dict[str, Row]()
        self.circumstances = {
            "command": f"TORTURE_SEED={seed} TORTURE_SCALE={scale:g} make torture",
            "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
            "cores": len(os.sched_getaffinity(0)),
            "load at the start": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
            "torch": torch.__version__,
        }

    def row(self, item: pytest.Item) -> Row:
        """The row of a test."""
        docstring = (item.module.__doc__ or "") if isinstance(item, pytest.Function) else ""
        promise = re.search(r"Promise (\d)", docstring)
        return self._rows.setdefault(item.nodeid, Row(promise[1] if promise else "", item.name))

    def rows(self) -> list[Row]:
        """By promise."""
        return sorted(self._rows.values(), key=lambda row: row.promise)

    def write(self, folder: Path) -> None:
        """Write `figures.json` and `figures.md`."""
        folder.mkdir(parents=True, exist_ok=True)
        circumstances = {
            **self.circumstances,
            "load at the end": round(os.getloadavg()[0], 1),
            "seconds": round(time.monotonic() - self._begun),
        }
        rows = [dataclasses.asdict(row) for row in self.rows()]
        (folder / "figures.json").write_text(json.dumps({**circumstances, "rows": rows}, indent=1) + "\n")
        lines = [", ".join(f"{name}: {value}" for name, value in circumstances.items()), ""]
        lines += [_line(HEADING), _line(("---",) * len(HEADING))]
        lines += [_line([row[name] for name in HEADING]) for row in rows]
        (folder / "figures.md").write_text("\n".join(lines) + "\n")


def _line(cells: list[str] | tuple[str, ...]) -> str:
    texts = [f"{cell:.0f}" if isinstance(cell, float) else cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(texts)} |"

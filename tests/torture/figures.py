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

FIGURE, PROMISE = "figure", "promise"
"""Properties of a test, which travel with its reports from whichever process ran it."""

HEADING = ("promise", "test", "outcome", "seconds", "figure")


@dataclasses.dataclass
class Row:
    """One test."""

    promise: str
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

    def take(self, report: pytest.TestReport) -> None:
        """A test was set up, called or torn down; what others use too is set up in the first one's time."""
        said = dict(report.user_properties)
        test = report.nodeid.rpartition("::")[2]
        row = self._rows.setdefault(report.nodeid, Row(str(said.get(PROMISE, "")), test))
        row.seconds += report.duration
        row.figure = str(said.get(FIGURE, ""))
        row.outcome = report.outcome if report.outcome != "passed" else row.outcome or report.outcome

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


def promise_of(docstring: str) -> str:
    """The number of the first promise that a module's docstring names; empty without."""
    found = re.search(r"Promise (\d)", docstring)
    return found[1] if found else ""


def _line(cells: list[str] | tuple[str, ...]) -> str:
    texts = [f"{cell:.0f}" if isinstance(cell, float) else cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(texts)} |"

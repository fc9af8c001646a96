"""Measures how an engine's time and memory grow: with outputs, layers, filters, and runs on one GPU.

    python -m benchmarks.engine_scaling [--quick] [--only outputs|layers|filters|runs ...] [--json FILE]

Every figure is taken in a process of its own. The outputs change the controller alone, so the child's steps
are done under the same architectures whatever N is. The controller phase is measured without its children:
sampling, validation batches, rewards, gradient and update. Runs side by side begin at the same moment; on a
CPU, whose cores they share, that says how they are measured and not how fast they are.
"""

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.speed.member import READY, Member

BASE = Member(filters=8, batch_size=128, num_outputs=6, layers=12, num_steps=6)
OUTPUTS = (6, 12, 36, 306, 3006)
LAYERS = (6, 12, 18, 24)
FILTERS = (8, 16, 36, 64, 96)
RUNS_PER_GPU = (1, 2, 4, 8)
ALONE = ("outputs", "layers", "filters")
"""The series in which an engine has the device for itself. On a CPU runs side by side share its cores."""
COLUMNS = ("controller_ms_per_sample", "child_step_ms", "images_per_second", "peak_mib")


def main(arguments: list[str] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Measure each series, print it as a table, and write the JSON file when one is named."""
    options = _parser().parse_args(arguments)
    base = dataclasses.replace(BASE, device=options.device)
    if options.quick:
        base = dataclasses.replace(base, filters=4, batch_size=8, layers=3, num_steps=2)
    series = _series(base, options.quick)
    chosen = options.only or (series if options.device.startswith("cuda") else ALONE)
    measured = {name: _measured(name, series[name], options.repeats) for name in chosen}
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1))
    return measured


def _series(base: Member, quick: bool) -> dict[str, list[tuple[int, list[Member]]]]:
    """Name of a series -> (its number, the members that run at the same time)."""

    def one(field: str, values: tuple[int, ...]) -> list[tuple[int, list[Member]]]:
        chosen = values[::2][:2] if quick else values
        return [(value, [dataclasses.replace(base, **{field: value})]) for value in chosen]

    series = {
        "outputs": one("num_outputs", OUTPUTS),
        "layers": one("layers", LAYERS),
        "filters": one("filters", FILTERS),
    }
    if base.device.startswith("cuda") and not quick:
        base = dataclasses.replace(base, filters=36, batch_size=128, num_steps=100)
    counts = RUNS_PER_GPU[:2] if quick else RUNS_PER_GPU
    series["runs"] = [(count, [base] * count) for count in counts]
    return series


def _measured(name: str, points: list[tuple[int, list[Member]]], repeats: int) -> list[dict[str, Any]]:
    """Medians over repeats that go through all points in turn."""
    print(f"\n{name:>10s}" + "".join(f"{column:>26s}" for column in COLUMNS))
    found: dict[int, list[dict[str, float]]] = {value: [] for value, _ in points}
    for _ in range(repeats):
        for value, members in points:
            found[value].append(_at_once(members))
    rows = []
    for value, results in found.items():
        row = {column: statistics.median(each[column] for each in results) for column in COLUMNS}
        rows.append({name: value, **row})
        print(f"{value:10d}" + "".join(f"{row[column]:26.2f}" for column in COLUMNS))
    return rows


def _at_once(members: list[Member]) -> dict[str, float]:
    """Run the members side by side from the moment all are ready; times are means, the rest are sums."""
    started = [_started(each) for each in members]
    for process in started:
        assert process.stdout
        if process.stdout.readline().strip() != READY:
            raise SystemExit("a measurement ended before it began")
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    results = []
    for process in started:
        output, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"a measurement ended with code {process.returncode}")
        results.append(json.loads(output.splitlines()[-1]))
    means = {column: statistics.mean(each[column] for each in results) for column in COLUMNS[:2]}
    return means | {column: sum(each[column] for each in results) for column in COLUMNS[2:]}


def _started(member: Member) -> "subprocess.Popen[str]":
    """A member in a process of its own, which says when it is ready and waits to be told to go."""
    command = [sys.executable, "-m", "benchmarks.speed.member", json.dumps(dataclasses.asdict(member))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine_scaling", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny children and two points a series")
    parser.add_argument("--only", action="append", choices=("outputs", "layers", "filters", "runs"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    main()

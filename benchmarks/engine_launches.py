"""Counts what an epoch starts on a GPU, in operations, without one: child steps, sampled children, tests.

    python -m benchmarks.engine_launches [--outputs 6 12 306] [--layers 12] [--json FILE]

The engine is told to compute as on a GPU, and its operations that touch memory are counted as they are
dispatched, forward and backward; an operation is one kernel or a few. Sizes do not matter, so children are
tiny.
"""

import argparse
import dataclasses
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch

from benchmarks.speed.case import PAPER_CANDIDATES, PAPER_SAMPLES, PAPER_UPDATES, Case
from benchmarks.speed.launches import Counted, in_the_form_for_gpus, num_operations
from engine.learn.child_phase import ChildPhase
from engine.learn.evaluation import errors_on
from engine.learn.reporter import Reporter
from engine.learn.scoring import scores
from engine.learn.search_state import SearchState, new_search
from engine.plan.architecture import Architecture

NUM_STEPS = 12
NUM_SHOWN = 8
LAUNCH_SECONDS = 5e-6
"""A kernel's start, as usually taken."""

PAPER_CASE = Case(36, 128, 6)


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Count for every number of outputs, print it, and write the JSON file when one is named."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    with in_the_form_for_gpus():
        found = [counted(outputs, options.layers) for outputs in options.outputs]
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    return found


def counted(num_outputs: int, layers: int) -> dict[str, Any]:
    """Operations of every part of an epoch, means over sampled architectures."""
    case = Case(4, 4, num_outputs, layers=layers, num_steps=NUM_STEPS, num_repeats=1)
    search = new_search(case.config(), torch.device("cpu"), Path("no-data-needed"))
    phase = ChildPhase.begin(search, 0)
    steps = _child_steps(phase)
    architectures = phase.architectures[:PAPER_SAMPLES]
    search.child.eval()
    report = {
        "outputs": num_outputs,
        "child_step": steps.total() / NUM_STEPS,
        "child_step_by_name": {name: count / NUM_STEPS for name, count in steps.most_common()},
        "update_one_by_one": num_operations(lambda: _score(search, architectures, "off")),
        "update_together": num_operations(lambda: _score(search, architectures, "on")),
        "test_batch": num_operations(lambda: _test(search, architectures[0])) / case.num_steps,
    }
    _print(report)
    return report


def _child_steps(phase: ChildPhase) -> Counter[str]:
    """NUM_STEPS steps, counted after the first and before the watch looks; no progress is due."""
    phase.watch.interval = NUM_STEPS + 2
    reporter = Reporter(lambda _: None, clock=lambda: 0.0)
    reporter.progress_is_due()
    counted = Counted()
    seen: list[Counter[str]] = []

    def is_last() -> bool:
        seen.append(counted.by_name.copy())
        return len(seen) > NUM_STEPS

    with counted:
        phase.run(reporter, is_last)
    return seen[-1] - seen[0]


def _score(search: SearchState, architectures: list[Architecture], population: str) -> None:
    config = search.config
    search.config = dataclasses.replace(
        config, engine=dataclasses.replace(config.engine, population=population)
    )
    scores(search, architectures)


def _test(search: SearchState, architecture: Architecture) -> None:
    errors_on(search, search.test, architecture, False, lambda _: None)


def _print(report: dict[str, Any]) -> None:
    one, together = report["update_one_by_one"], report["update_together"]
    print(
        f"\nN = {report['outputs']}: operations of a child step {report['child_step']:.0f}, mostly", end=" "
    )
    shown = itertools.islice(report["child_step_by_name"].items(), NUM_SHOWN)
    print(", ".join(f"{name.removeprefix('aten::')} {count:.0f}" for name, count in shown))
    fewer = f"{one / together:.1f} times fewer"
    print(f"{PAPER_SAMPLES} architectures one by one {one}, together {together} ({fewer})")
    print(f"a test batch, both errors {report['test_batch']:.0f}")
    for name, update in (("one by one", one), ("together", together)):
        total = _epoch(report, update)
        seconds = f"{total * LAUNCH_SECONDS:.2f} s at {1e6 * LAUNCH_SECONDS:.0f} us each"
        print(f"an epoch of the paper, {name}: {total / 1e3:.0f} thousand, {seconds}")


def _epoch(report: dict[str, Any], update: int) -> float:
    """Operations of an epoch of the paper; candidates come at a sample's share of an update."""
    counts = PAPER_CASE.epoch_counts
    return float(
        counts["child_step"] * report["child_step"]
        + (PAPER_UPDATES + PAPER_CANDIDATES / PAPER_SAMPLES) * update
        + counts["test_batch"] * report["test_batch"]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine_launches", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, nargs="+", default=[6, 12, 306])
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    main()

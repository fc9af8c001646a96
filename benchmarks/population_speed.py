"""Measures scoring an update's 20 architectures one by one against all in one pass, by turns.

    python -m benchmarks.population_speed [--device cuda:0] [--case 36,128 ...] [--repeats 5] [--samples 20]

What `engine.population = "auto"` chooses on a device should be what is faster here.
"""

import argparse
import dataclasses
from pathlib import Path

import torch

from benchmarks.speed.case import PAPER_SAMPLES, Case
from benchmarks.speed.timing import Ratio, Spent, ratio, spent_on
from engine.learn.device import open_device
from engine.learn.scoring import scores
from engine.learn.search_state import SearchState, new_search
from engine.net.controller import UniformPolicy

CASES = ((8, 64), (36, 128))


def main(arguments: list[str] | None = None) -> list[Ratio]:
    """Print each case's ratios: seconds one by one over seconds together; those of the clock as values."""
    options = _parser().parse_args(arguments)
    return [_measured(Case(*case, 6, device=options.device), options) for case in options.case or CASES]


def _measured(case: Case, options: argparse.Namespace) -> Ratio:
    config = case.config()
    search = new_search(config, open_device(config.engine), Path("no-data-needed"))
    search.child.eval()
    spent: dict[str, list[Spent]] = {"off": [], "on": []}
    for repeat in range(options.repeats + 1):
        for population, found in spent.items():
            one = _spent(search, population, options.samples, repeat)
            if repeat:  # the first warms up
                found.append(one)
    wall, cpu = (
        ratio([getattr(s, clock) for s in spent["off"]], [getattr(s, clock) for s in spent["on"]])
        for clock in ("wall_seconds", "cpu_seconds")
    )
    best = ", ".join(f"{name} {min(s.cpu_seconds for s in found):.2f} s" for name, found in spent.items())
    print(f"({case.filters}, {case.batch_size}), one by one over together: {wall} by the clock", end="; ")
    print(f"{cpu} of CPU time")
    print(f"    {options.samples} architectures, least CPU time: {best}")
    return wall


def _spent(search: SearchState, population: str, num: int, seed: int) -> Spent:
    engine = dataclasses.replace(search.config.engine, population=population)
    search.config = dataclasses.replace(search.config, engine=engine)
    generator = torch.Generator().manual_seed(seed)
    architectures = UniformPolicy(12, 6)(num, generator).decisions.architectures()
    return spent_on(lambda: scores(search, architectures), search.device)


def _case(text: str) -> tuple[int, int]:
    filters, batch_size = map(int, text.split(","))
    return filters, batch_size


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="population_speed", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--case", action="append", type=_case, metavar="FILTERS,BATCH")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--samples", type=int, default=PAPER_SAMPLES)
    return parser


if __name__ == "__main__":
    main()

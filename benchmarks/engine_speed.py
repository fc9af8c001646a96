"""Measures the engine against the published form, by turns and in one process, and prints ratios.

    python -m benchmarks.engine_speed [--quick] [--case 36,128,6 ...] [--repeats 5] [--steps 3] [--json FILE]

A whole epoch is composed: of every part (child step, controller sample, candidate, test batch) a few are run
in each repeat, under the same architectures on both sides, and multiplied by the paper's counts (45,000
training images, 50 x 20 samples, 10 candidates, the whole validation and test set with both errors). The
published form computes under the C library's own allocator settings, the engine under those it makes itself.
"""

import argparse
import dataclasses
import json
import os
import platform
import statistics
from pathlib import Path
from typing import Any

import torch

from benchmarks.speed.case import Case
from benchmarks.speed.comparison import (
    COMPOSED,
    ENGINE,
    LOADER,
    MENDED,
    ONCE,
    PARTS,
    PUBLISHED,
    Comparison,
    Timings,
)
from benchmarks.speed.launches import num_kernels, num_operations
from benchmarks.speed.timing import Ratio, Spent, ratio

PAPER_SIZES = ((36, 128), (8, 64))
OUTPUTS = (6, 12, 306)
CLOCKS = ("wall_seconds", "cpu_seconds")


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Measure every case, print it, and write the JSON file when one is named."""
    options = _parser().parse_args(arguments)
    reports = [measured(case) for case in _cases(options)]
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(options.device), "cases": reports}, indent=1))
    return reports


def measured(case: Case) -> dict[str, Any]:
    """One case as printed and written."""
    comparison, load_before = Comparison(case), os.getloadavg()
    timings = comparison.run()
    timings.compose(case.epoch_counts)
    report = {
        **dataclasses.asdict(case),
        "epoch_counts": case.epoch_counts,
        "parts": {part: _seconds(forms) for part, forms in timings.by_part.items()},
        "loader_seconds": _median(timings.by_part["controller_sample"][LOADER], "wall_seconds"),
        "ratios": _ratios(timings),
        "epoch_seconds": {
            form: _median(spent, "wall_seconds") for form, spent in timings.by_part["epoch"].items()
        },
        "images_per_second": _images_per_second(timings, case),
        "peak_bytes": timings.peak_bytes,
        "child_step_launches": _launches(comparison),
        "load_averages": {"before": load_before, "after": os.getloadavg()},
    }
    comparison.close()
    _print(case, report)
    return report


def _seconds(forms: dict[str, list[Spent]]) -> dict[str, dict[str, float]]:
    """Median seconds of one unit, by form and clock."""
    return {form: {clock: _median(spent, clock) for clock in CLOCKS} for form, spent in forms.items()}


def _median(spent: list[Spent], clock: str) -> float:
    return statistics.median(getattr(each, clock) for each in spent)


def _ratios(timings: Timings) -> dict[str, dict[str, dict[str, Any]]]:
    """Slower form, then part, evaluation or epoch, then clock -> ratio with its spread."""
    return {
        form: {
            name: {clock: dataclasses.asdict(_paired(forms[form], forms[ENGINE], clock)) for clock in CLOCKS}
            for name, forms in timings.by_part.items()
        }
        for form in (PUBLISHED, MENDED, ONCE)
    }


def _paired(slow: list[Spent], fast: list[Spent], clock: str) -> Ratio:
    return ratio([getattr(each, clock) for each in slow], [getattr(each, clock) for each in fast])


def _images_per_second(timings: Timings, case: Case) -> dict[str, float]:
    """Training images per second of the child phase."""
    steps = timings.by_part["child_step"]
    return {form: case.batch_size / _median(steps[form], "wall_seconds") for form in (ENGINE, PUBLISHED)}


def _launches(comparison: Comparison) -> dict[str, dict[str, int | None]]:
    """Operations of one child step on any device, and kernels on a GPU."""
    architecture = comparison.child_phase.architectures[0]
    works = {
        ENGINE: comparison.one_child_step,
        PUBLISHED: lambda: comparison.published.child_step(architecture),
    }
    return {
        form: {"operations": num_operations(work), "kernels": num_kernels(work)}
        for form, work in works.items()
    }


def machine(device: str) -> dict[str, Any]:
    """What the figures were taken on."""
    return {
        "device": torch.cuda.get_device_name() if device.startswith("cuda") else _processor(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "CPU")


def _print(case: Case, report: dict[str, Any]) -> None:
    print(f"\n{case.label}; {case.num_repeats} repeats of {case.num_steps} steps")
    print(f"{'one':20s}{'engine':>12s}{'published':>12s}   ratio by the clock      ratio of CPU time")
    for part in (*PARTS, *COMPOSED):
        ours, theirs = (report["parts"][part][form]["wall_seconds"] for form in (ENGINE, PUBLISHED))
        wall, cpu = (Ratio(**report["ratios"][PUBLISHED][part][clock]) for clock in CLOCKS)
        print(f"{part:20s}{ours:11.3f}s{theirs:11.3f}s   {wall!s:22s}  {cpu}")
    for form in (MENDED, ONCE):
        wall, cpu = (Ratio(**report["ratios"][form]["epoch"][clock]) for clock in CLOCKS)
        print(f"epoch, against {form:29s}   {wall!s:22s}  {cpu}")
    rates, peaks = report["images_per_second"], report["peak_bytes"]
    print(f"loader rebuilt: {1000 * report['loader_seconds']:.0f} ms; training images a second:", end=" ")
    print(f"{rates[ENGINE]:.0f} engine, {rates[PUBLISHED]:.0f} published", end="; ")
    print(f"peak memory: {peaks[ENGINE] / 2**20:.0f} and {peaks[PUBLISHED] / 2**20:.0f} MiB")
    load = (" ".join(f"{each:.1f}" for each in report["load_averages"][when]) for when in ("before", "after"))
    print("load averages: {} before, {} after".format(*load))
    launches = report["child_step_launches"]
    for what in ("operations", "kernels"):
        if launches[ENGINE][what] is not None:
            ours, theirs = launches[ENGINE][what], launches[PUBLISHED][what]
            print(f"{what} of a child step: {ours} engine, {theirs} published")


def _cases(options: argparse.Namespace) -> list[Case]:
    if options.quick:
        return [
            Case(
                4,
                8,
                12,
                layers=3,
                num_steps=2,
                num_repeats=2,
                device=options.device,
                population=options.population,
            )
        ]
    sizes = options.case or [(*size, outputs) for size in PAPER_SIZES for outputs in OUTPUTS]
    return [
        Case(
            filters,
            batch_size,
            outputs,
            num_steps=options.steps,
            num_repeats=options.repeats,
            device=options.device,
            precision=options.precision,
            population=options.population,
        )
        for filters, batch_size, outputs in sizes
    ]


def _case(text: str) -> tuple[int, int, int]:
    filters, batch_size, outputs = map(int, text.split(","))
    return filters, batch_size, outputs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine_speed", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one tiny case, to see that it works")
    parser.add_argument("--case", action="append", type=_case, metavar="FILTERS,BATCH,N")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3, help="of every part in one repeat")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=("float32", "tf32"))
    parser.add_argument("--population", default="auto", choices=("auto", "on", "off"))
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    main()

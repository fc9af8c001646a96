"""Runs whole epochs of presets at full size on one device, times their phases, and says where the time goes.

    python -m benchmarks.engine_epoch --device cuda:0 [--precision tf32] [--population off] [--trace DIR]

The first epoch warms up, the second is timed; then some child steps and one controller update are profiled:
kernels by the device's time, how many there are, and what share of the time the device was at work. Images
are the embedded ones at CIFAR's counts: their pixels do not matter to the time.
"""

import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.engine_speed import machine
from benchmarks.speed.timing import spent_on
from engine.learn.child_phase import ChildPhase
from engine.learn.controller_phase import ControllerPhase
from engine.learn.device import open_device, peak_memory_bytes
from engine.learn.evaluation import evaluate
from engine.learn.reporter import Reporter
from engine.learn.search_state import SearchState, new_search
from engine.plan.presets import resolve_config

PRESETS = ("original", "3d", "5c", "one-shot-2")
TARGET_SECONDS = 2.5
NUM_PROFILED, NUM_SHOWN = 20, 12
QUICK = [
    "child.layers=3", "child.filters=4", "child.batch_size=8", "controller.updates=2",
    "data.num_train=32", "data.num_val=32", "data.num_test=32",
]  # fmt: skip


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Measure each preset, print it, and write the JSON file when one is named."""
    options = _parser().parse_args(arguments)
    reports = [_measured(preset, options) for preset in options.preset]
    if options.json:
        found = {"machine": machine(options.device), "presets": reports}
        options.json.write_text(json.dumps(found, indent=1))
    return reports


def _measured(preset: str, options: argparse.Namespace) -> dict[str, Any]:
    search = _search(preset, options)
    reporter = Reporter(lambda _: None)
    _epoch(search, 0, reporter)
    if search.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(search.device)
    seconds = _epoch(search, 1, reporter)
    report = {
        "preset": preset,
        "seconds": seconds | {"epoch": sum(seconds.values())},
        "images_per_second": len(search.train) / seconds["child"],
        "peak_bytes": peak_memory_bytes(search.device),
        "broken": sorted(search.first_steps),
        **{
            name: _profiled(work, name, search, options)
            for name, work in _profiled_work(search, reporter).items()
        },
    }
    _print(report)
    return report


def _search(preset: str, options: argparse.Namespace) -> SearchState:
    engine = [f"engine.{name}={getattr(options, name)}" for name in ("device", "precision", "population")]
    settings = ["dataset=synthetic", *engine, *(QUICK if options.quick else [])]
    config = resolve_config(preset, {}, settings)
    return new_search(config, open_device(config.engine), Path("no-data-needed"))


def _epoch(search: SearchState, epoch: int, reporter: Reporter) -> dict[str, float]:
    """Seconds of each phase, to its end on the device."""

    def never() -> bool:
        return False

    phases: dict[str, Callable[[], object]] = {
        "child": lambda: ChildPhase.begin(search, epoch).run(reporter, never),
        "controller": lambda: ControllerPhase.begin(search, epoch).run(reporter, never),
        "evaluation": lambda: evaluate(search, epoch, reporter, never),
    }
    return {name: spent_on(work, search.device).wall_seconds for name, work in phases.items()}


def _profiled_work(search: SearchState, reporter: Reporter) -> dict[str, Callable[[], object]]:
    child, controller = ChildPhase.begin(search, 2), ControllerPhase.begin(search, 2)
    num_steps = min(NUM_PROFILED, child.num_steps)
    return {
        "child_steps": lambda: child.run(reporter, lambda: child.step >= num_steps),
        "controller_update": lambda: controller.run(reporter, lambda: True),
    }


def _profiled(
    work: Callable[[], object], name: str, search: SearchState, options: argparse.Namespace
) -> dict[str, Any]:
    """Seconds with the profiler on, seconds the device was at work, and its kernels by time."""
    on_gpu = search.device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with profile(activities=activities) as seen:
        spent = spent_on(work, search.device)
    time = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    kernels = [
        Kernel(event.key, getattr(event, time) / 1e6, event.count)
        for event in seen.key_averages()
        if not on_gpu or event.device_type == torch.autograd.DeviceType.CUDA
    ]
    kernels.sort(key=lambda kernel: -kernel.seconds)
    if options.trace:
        options.trace.mkdir(parents=True, exist_ok=True)
        seen.export_chrome_trace(str(options.trace / f"{search.config.name}-{name}.json"))
    return {
        "seconds": spent.wall_seconds,
        "busy_seconds": sum(kernel.seconds for kernel in kernels),
        "kernels": sum(kernel.count for kernel in kernels),
        "by_time": [dataclasses.asdict(kernel) for kernel in kernels[:NUM_SHOWN]],
    }


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel, or on a CPU an operation."""

    name: str
    seconds: float
    count: int


def _print(report: dict[str, Any]) -> None:
    seconds = report["seconds"]
    phases = ", ".join(f"{name} {seconds[name]:.2f}" for name in ("child", "controller", "evaluation"))
    print(f"\n{report['preset']}: {seconds['epoch']:.2f} s an epoch ({phases})", end="; ")
    print(f"{TARGET_SECONDS} are wanted of a GPU")
    rate, peak = report["images_per_second"], report["peak_bytes"] / 2**20
    broken = ", ".join(report["broken"]) or "nothing"
    print(f"{rate:.0f} training images/s, peak {peak:.0f} MiB; not finite so far: {broken}")
    for name in ("child_steps", "controller_update"):
        profiled = report[name]
        share = f"{profiled['busy_seconds'] / profiled['seconds']:.0%} of {profiled['seconds']:.3f} s"
        print(f"{name}: {profiled['kernels']} kernels, device at work {share}")
        for kernel in profiled["by_time"]:
            print(f"    {1000 * kernel['seconds']:9.2f} ms  {kernel['count']:6d}  {kernel['name'][:80]}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine_epoch", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--preset", nargs="+", default=list(PRESETS))
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--precision", default="float32", choices=("float32", "tf32"))
    parser.add_argument("--population", default="auto", choices=("auto", "on", "off"))
    parser.add_argument("--quick", action="store_true", help="tiny, to see that it works")
    parser.add_argument("--trace", type=Path, help="folder for timelines, to be opened in a browser's tracer")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    main()

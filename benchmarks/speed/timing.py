"""Seconds of work done by turns, and what ratios they make."""

import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence

import torch


@dataclasses.dataclass(frozen=True)
class Spent:
    """What one piece of work took."""

    wall_seconds: float
    cpu_seconds: float
    """Of the thread that did it; time in which others had the core is left out."""

    def __truediv__(self, count: float) -> "Spent":
        return Spent(self.wall_seconds / count, self.cpu_seconds / count)

    def __mul__(self, count: float) -> "Spent":
        return Spent(self.wall_seconds * count, self.cpu_seconds * count)

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall_seconds + other.wall_seconds, self.cpu_seconds + other.cpu_seconds)


def spent_on(work: Callable[[], object], device: torch.device) -> Spent:
    """Do the work once, to its end on the device."""
    _finish(device)
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    _finish(device)
    return Spent(time.perf_counter() - wall, time.thread_time() - cpu)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@dataclasses.dataclass(frozen=True)
class Ratio:
    """The median of paired ratios, and how far they lie apart."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:5.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(slow: Sequence[float], fast: Sequence[float]) -> Ratio:
    """Ratios of what was done by turns, repeat by repeat."""
    paired = [a / b for a, b in zip(slow, fast, strict=True)]
    return Ratio(statistics.median(paired), min(paired), max(paired))

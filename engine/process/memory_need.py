"""How much of a GPU's memory a run will take: by earlier runs of like size, else by the cost estimate."""

import heapq
from collections.abc import Sequence

from engine.plan.config import RunConfig
from engine.plan.cost import gpu_memory_bytes
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.last_times import last_times
from engine.record.summary import summarise

LIBRARY_BYTES = 0.6 * 2**30
"""What CUDA, cuDNN and torch take for themselves, which no run's peak counts."""

MEASURED_MARGIN = 1.2
"""torch's allocator keeps more than the peak it reports: blocks that are free but not given back."""

ESTIMATED_MARGIN = 1.5
"""The estimate knows neither the convolutions' workspace nor the evaluation's maps."""

LIKE_SIZE = 1.5
"""Runs whose estimates differ by less than this factor are of like size."""

MAX_RUNS = 100
"""The newest runs that are asked."""


class MemoryNeeds:
    """Estimates needs; each finished run of the home is read once."""

    def __init__(self, home: Home) -> None:
        """Start with nothing read."""
        self._home = home
        self._peaks: dict[str, tuple[float, float] | None] = {}
        """Of a run: its estimate, and the peak it measured on a GPU."""

    def refresh(self) -> None:
        """Read the runs that were not read yet; to be called when one has ended."""
        newest = heapq.nlargest(MAX_RUNS, self._home.run_folders(), key=_last_change)
        for folder in newest:
            if self._peaks.get(folder.run_id) is None:
                self._peaks[folder.run_id] = _peak_of(folder)

    def need_bytes(self, config: RunConfig) -> float:
        """What a run of this configuration will take of a GPU."""
        return needed_bytes(config, [peak for peak in self._peaks.values() if peak is not None])


def needed_bytes(config: RunConfig, peaks: Sequence[tuple[float, float]]) -> float:
    """The need by (estimate, measured peak) of earlier runs, scaled by the estimates; the largest counts."""
    estimate = gpu_memory_bytes(config)
    scaled = [
        peak * estimate / other
        for other, peak in peaks
        if max(estimate, other) <= LIKE_SIZE * min(estimate, other)
    ]
    return LIBRARY_BYTES + (MEASURED_MARGIN * max(scaled) if scaled else ESTIMATED_MARGIN * estimate)


def _peak_of(folder: RunFolder) -> tuple[float, float] | None:
    try:
        if not summarise(folder.journal_path).device.startswith("cuda"):
            return None
        times, estimate = last_times(folder.journal_path), gpu_memory_bytes(folder.read_config())
    except (OSError, ValueError):
        return None
    return (estimate, float(times.memory_bytes)) if times and times.memory_bytes > 0 else None


def _last_change(folder: RunFolder) -> float:
    try:
        return folder.journal_path.stat().st_mtime
    except OSError:
        return 0.0

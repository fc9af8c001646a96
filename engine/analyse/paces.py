"""How fast this home's runs trained, for estimates of runs to come."""

import heapq
from collections.abc import Iterator

from engine.plan.cost import CPU, GPU, Pace
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.last_times import last_times
from engine.record.summary import summarise

MAX_RUNS = 40
"""The newest runs that are asked."""


def recorded_paces(home: Home) -> tuple[Pace, ...]:
    """The pace of each of the newest runs that finished an epoch; what cannot be read is passed over."""
    newest = heapq.nlargest(MAX_RUNS, home.run_folders(), key=_last_change)
    return tuple(pace for folder in newest for pace in _pace_of(folder))


def _last_change(folder: RunFolder) -> float:
    try:
        return folder.journal_path.stat().st_mtime
    except OSError:
        return 0.0


def _pace_of(folder: RunFolder) -> Iterator[Pace]:
    try:
        config = folder.read_config()
        if config.derived is not None:
            return  # one architecture in another form, not what a search samples
        child = config.child
        times = last_times(folder.journal_path)
        device = summarise(folder.journal_path).device
    except (OSError, ValueError):
        return
    if times is not None and device:
        kind = GPU if device.startswith("cuda") else CPU
        yield Pace(kind, child.layers, child.filters, child.batch_size, times.images_per_second)

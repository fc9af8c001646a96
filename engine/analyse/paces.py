"""How fast this home's runs trained, for estimates of runs to come."""

import heapq
import json
from collections.abc import Iterator

from engine.plan.cost import CPU, GPU, Pace
from engine.record.backwards import lines_backwards
from engine.record.encoding import from_plain
from engine.record.entry import parse_line
from engine.record.events import EpochFinished
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.measures import PhaseTimes
from engine.record.summary import summarise

MAX_RUNS = 40
"""The newest runs that are asked."""

FAR_BYTES = 2**20
"""How far back in a journal to look for a finished epoch."""

_KIND = f'"event":"{EpochFinished.kind}"'.encode()


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
        child = folder.read_config().child
        times = _last_times(folder)
        device = summarise(folder.journal_path).device
    except (OSError, ValueError, KeyError, TypeError, json.JSONDecodeError):
        return
    if times is not None and device:
        kind = GPU if device.startswith("cuda") else CPU
        yield Pace(kind, child.layers, child.filters, child.batch_size, times.images_per_second)


def _last_times(folder: RunFolder) -> PhaseTimes | None:
    for line in lines_backwards(folder.journal_path, FAR_BYTES):
        if _KIND in line[:200]:
            times: PhaseTimes = from_plain(PhaseTimes, parse_line(line)["times"])
            return times
    return None

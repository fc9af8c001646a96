"""What the last finished epoch of a run cost, read from the end of its journal."""

import json
from pathlib import Path

from engine.record.backwards import lines_backwards
from engine.record.encoding import from_plain
from engine.record.entry import parse_line
from engine.record.events import EpochFinished
from engine.record.measures import PhaseTimes

FAR_BYTES = 2**20
"""How far back in a journal to look for a finished epoch."""

_KIND = f'"event":"{EpochFinished.kind}"'.encode()


def last_times(journal_path: Path) -> PhaseTimes | None:
    """Times and peak memory of the last finished epoch; None when there is none, or it cannot be read."""
    try:
        for line in lines_backwards(journal_path, FAR_BYTES):
            if _KIND in line[:200]:
                times: PhaseTimes = from_plain(PhaseTimes, parse_line(line)["times"])
                return times
    except (OSError, ValueError, KeyError, TypeError, json.JSONDecodeError):
        return None
    return None

"""Everything the command line and the dashboard do to the queue, in plain functions that both call."""

from collections.abc import Sequence
from typing import Any

from engine.process import queue
from engine.process.queue_settings import QueueSettings, change_settings
from engine.process.scheduler import wake_scheduler
from engine.record.folder import RunFolder
from engine.record.home import Home


def pause_queue(home: Home, paused: bool) -> QueueSettings:
    """Start nothing new, or go on; what runs is left alone either way."""
    return set_slots(home, paused=paused)


def set_slots(home: Home, **changes: Any) -> QueueSettings:
    """Change settings of queue.toml, at once in force; ValueError names what is not allowed."""
    settings = change_settings(home, **changes)
    wake_scheduler(home)
    return settings


def move_runs(home: Home, folders: Sequence[RunFolder], place: int) -> None:
    """Put queued runs at a place in the queue, from 0; ValueError for one that does not wait."""
    queue.move(home, folders, place)
    wake_scheduler(home)


def shift_runs(home: Home, folders: Sequence[RunFolder], by: int) -> None:
    """Move queued runs, kept together, so many places up (negative) or down."""
    ids = [turn.folder.run_id for turn in queue.Queue(home).turns()]
    chosen = {folder.run_id for folder in folders}
    places = [place for place, run_id in enumerate(ids) if run_id in chosen]
    together = sorted(folders, key=lambda folder: ids.index(folder.run_id) if folder.run_id in ids else -1)
    first = places[0] + by if by < 0 else places[-1] + 1 + by - len(places) if places else 0
    move_runs(home, together, max(0, first))


def prioritise_runs(home: Home, folders: Sequence[RunFolder], priority: int) -> None:
    """Give runs a priority, now or for when they are queued; ValueError when it is not allowed."""
    queue.set_priority(folders, priority)
    wake_scheduler(home)

"""What stands in the queue now, what each run waits for, and what is at work."""

import dataclasses
import os

from engine.process.cluster_trouble import trouble_of
from engine.process.gpus import DriverGpus, GpuReader
from engine.process.identity import identity_of, presence_of
from engine.process.memory_need import MemoryNeeds
from engine.process.places import Occupancy, Wishes
from engine.process.queue import Queue, Turn
from engine.process.queue_settings import DEFAULT_SETTINGS, QueueSettings, read_settings
from engine.process.slots import Place, Slots
from engine.record.folder import read_json
from engine.record.home import Home
from engine.record.status import Presence

ITS_TURN, HELD = "its turn is now", "the queue is paused"
LATER = "those before it, which wait for places"


@dataclasses.dataclass(frozen=True)
class Waiting:
    """A run in the queue."""

    turn: Turn
    why: str
    """What it waits for, in a few words."""


@dataclasses.dataclass(frozen=True)
class QueueView:
    """The queue as people see it."""

    settings: QueueSettings
    settings_error: str
    """What is wrong with queue.toml: until that is mended nothing new is started."""
    is_minded: bool
    """Whether a scheduler is at work."""
    num_cpu_runs: int
    runs_by_gpu: dict[str, int]
    """How many of this home's runs are on each GPU."""
    waiting: tuple[Waiting, ...]
    """The next first."""


def read_queue(home: Home, gpu_reader: GpuReader | None = None) -> QueueView:
    """The queue now, by the scheduler's own rules."""
    settings, error = DEFAULT_SETTINGS, ""
    try:
        settings = read_settings(home)
    except ValueError as refusal:
        error = str(refusal)
    needs = MemoryNeeds(home)
    turns = Queue(home).turns()
    wishes = Wishes(needs)
    places, _ = Occupancy(home, wishes).look()
    is_held = settings.paused or bool(error)
    gpus = (gpu_reader or DriverGpus()).read() if turns and not is_held else ()
    if gpus:
        needs.refresh()
    slots = Slots(settings, len(os.sched_getaffinity(0)), gpus, places)
    names = sorted({place.gpu for place in places if place.gpu})
    return QueueView(
        settings,
        error,
        _is_minded(home),
        sum(1 for place in places if not place.gpu),
        {name: sum(place.gpu == name for place in places) for name in names},
        tuple(Waiting(turn, HELD if is_held else _why(turn, wishes, slots)) for turn in turns),
    )


def _why(turn: Turn, wishes: Wishes, slots: Slots) -> str:
    if turn.is_for_cluster:
        trouble = trouble_of(turn.folder)
        return f"its cluster: {trouble}" if trouble else "a place on the cluster"
    if slots.is_full:
        return LATER
    wish = wishes.wish_of(turn.folder)
    place = slots.take(wish) if wish else Place()
    return ITS_TURN if isinstance(place, Place) else place


def _is_minded(home: Home) -> bool:
    identity = identity_of(read_json(home.scheduler_path) or {})
    return identity is not None and presence_of(identity) is Presence.ALIVE

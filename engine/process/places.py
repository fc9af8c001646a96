"""Places to run on: CPU cores shared by thread count, and GPUs, each for one run at a time."""

import dataclasses
from collections.abc import Sequence

from engine.plan.config import RunConfig
from engine.process.gpus import GPU_VARIABLE, VISIBLE_VARIABLE
from engine.process.identity import read_process
from engine.record.folder import RunFolder, read_json
from engine.record.home import Home
from engine.record.status import Presence


@dataclasses.dataclass(frozen=True)
class Machine:
    """What there is to run on."""

    num_cores: int
    gpus: tuple[str, ...]
    """As CUDA_VISIBLE_DEVICES names them."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where one run computes: on a GPU, or on so many cores."""

    gpu: str = ""
    num_threads: int = 0
    pinned: bool = False
    """Whether the engine is shown this GPU alone, as its cuda:0."""

    def environment(self) -> dict[str, str]:
        """What tells an engine its place."""
        variables = {GPU_VARIABLE: self.gpu} if self.gpu else {}
        return {**variables, VISIBLE_VARIABLE: self.gpu} if self.pinned else variables


def free_place(folder: RunFolder, machine: Machine, occupied: Sequence[Place]) -> Place | None:
    """A place for a queued run, or None while it has to wait.

    A run that cannot be read gets one at once: its engine says what is wrong.
    """
    if read_process(folder).presence is Presence.ALIVE:
        return None  # resumed while the old engine is still saving
    try:
        config = folder.read_config()
    except ValueError:
        return Place()
    return _place_for(config, machine, occupied)


def _place_for(config: RunConfig, machine: Machine, occupied: Sequence[Place]) -> Place | None:
    device, num_threads = config.engine.device, config.engine.num_threads
    taken = {place.gpu for place in occupied if place.gpu}
    if device == "auto" and machine.gpus:
        free = [gpu for gpu in machine.gpus if gpu not in taken]
        return Place(free[0], pinned=True) if free else None
    if device.startswith("cuda:"):
        index = int(device.removeprefix("cuda:"))
        gpu = machine.gpus[index] if index < len(machine.gpus) else ""  # its engine says that it is missing
        return None if gpu in taken else Place(gpu)
    num_busy = sum(place.num_threads for place in occupied)
    fits = num_busy == 0 or num_busy + num_threads <= machine.num_cores
    return Place(num_threads=num_threads) if fits else None


class Occupancy:
    """Watches which places the engines of a home take; asks about each dead engine only once."""

    def __init__(self, home: Home) -> None:
        """Watch the runs of `home` on this host."""
        self._home = home
        self._gone: set[tuple[str, int]] = set()

    def places(self) -> list[Place]:
        """The places of every engine that is alive now."""
        places = []
        for folder in self._home.run_folders():
            try:
                signature = (folder.run_id, folder.process_path.stat().st_mtime_ns)
            except OSError:
                continue
            if signature in self._gone:
                continue
            if read_process(folder).presence is Presence.ALIVE:
                places.append(_place_of(folder))
            else:
                self._gone.add(signature)
        return places


def _place_of(folder: RunFolder) -> Place:
    gpu = (read_json(folder.process_path) or {}).get("gpu")
    if isinstance(gpu, str) and gpu:
        return Place(gpu)
    try:
        return Place(num_threads=folder.read_config().engine.num_threads)
    except ValueError:
        return Place(num_threads=1)

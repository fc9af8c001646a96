"""The rules by which queued runs get places on GPUs and CPU cores, and why one has to wait."""

import dataclasses
from collections.abc import Iterable, Sequence

from engine.process.gpus import DRIVERS_ORDER, GPU_VARIABLE, VISIBLE_VARIABLE, Gpu
from engine.process.queue_settings import QueueSettings

IDLE_SHARE = 0.1
"""A card of which others use less than this takes one run whatever the estimate says: it may be wrong."""

SPARE_BYTES = 0.25 * 2**30
"""Free memory that is left to whoever else is on a card."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where one run computes: on a GPU, or on so many cores."""

    gpu: str = ""
    num_threads: int = 0
    need_bytes: float = 0.0
    """Of a GPU: how much it will take."""
    is_settled: bool = False
    """Of a GPU: whether it has taken that already, so that the card's free memory tells."""

    def environment(self) -> dict[str, str]:
        """What tells an engine its place: it is shown its GPU alone, as its cuda:0."""
        if not self.gpu:
            return {}
        return {GPU_VARIABLE: self.gpu, VISIBLE_VARIABLE: self.gpu, **DRIVERS_ORDER}


@dataclasses.dataclass(frozen=True)
class Wish:
    """What a queued run asks for."""

    device: str = "auto"
    num_threads: int = 1
    need_bytes: float = 0.0
    """What it would take of a GPU."""
    only_gpu: bool = False
    """Whether it began on a GPU, and so never goes on on the CPU."""


class Slots:
    """Hands out places one by one; whoever waits keeps what it waits for from those behind it."""

    def __init__(
        self, settings: QueueSettings, num_cores: int, gpus: Sequence[Gpu], occupied: Iterable[Place]
    ) -> None:
        """Start from the places that are taken already."""
        self._settings, self._num_cores = settings, num_cores
        self._gpus = list(gpus)
        self._occupied = list(occupied)
        self._closed_gpus: set[str] = set()
        self._is_cpu_closed = False

    @property
    def is_full(self) -> bool:
        """Whether nobody behind can get a place any more."""
        return self._is_cpu_closed and self._closed_gpus >= {gpu.name for gpu in self._gpus}

    def take(self, wish: Wish) -> Place | str:
        """A place, which is then occupied; or in a few words why there is none now."""
        found = self._find(wish)
        if isinstance(found, Place):
            self._occupied.append(found)
        return found

    def _find(self, wish: Wish) -> Place | str:
        if wish.device.startswith("cuda:"):
            index = int(wish.device.removeprefix("cuda:"))
            wished = [gpu for gpu in self._gpus if gpu.index == index]
            # Without one its engine says that the GPU is missing, and the run comes back.
            return self._on_gpus(wish, wished) if wished else Place()
        if wish.device == "auto" and (self._gpus or wish.only_gpu):
            return self._on_gpus(wish, self._gpus)
        return self._on_cpu(wish.num_threads)

    def _on_gpus(self, wish: Wish, gpus: Sequence[Gpu]) -> Place | str:
        if not gpus:
            return "waits for a GPU: none can be seen now"
        reasons = {gpu.name: self._why_full(gpu, wish.need_bytes) for gpu in gpus}
        free = [gpu for gpu in gpus if not reasons[gpu.name]]
        if not free:
            self._closed_gpus |= {gpu.name for gpu in gpus}
            why = reasons[gpus[0].name]
            return why if len(gpus) == 1 else f"no GPU has room: {why}"
        best = min(free, key=lambda gpu: (len(self._runs_on(gpu)), -(self._left_bytes(gpu) or 0.0)))
        return Place(best.name, need_bytes=wish.need_bytes)

    def _why_full(self, gpu: Gpu, need_bytes: float) -> str:
        """Why a GPU takes no further run; nothing when it does."""
        if gpu.name in self._closed_gpus:
            return f"GPU {gpu.name} is waited for by a run before it"
        num_ours, most = len(self._runs_on(gpu)), self._settings.runs_per_gpu
        left = self._left_bytes(gpu)
        if num_ours >= (most or (1 if left is None else num_ours + 1)):
            return f"GPU {gpu.name} has {num_ours} of {num_ours} runs"
        if not num_ours:
            is_idle = left is None or gpu.total_bytes - left <= IDLE_SHARE * gpu.total_bytes
            if is_idle:
                return ""
        elif not most and self._num_on_gpus() >= self._num_cores:
            return f"as many runs are on GPUs as there are cores ({self._num_cores}) to feed them"
        if left is not None and need_bytes + SPARE_BYTES > left:
            gib_left, gib_needed = max(0.0, left) / 2**30, need_bytes / 2**30
            return f"GPU {gpu.name} has {gib_left:.1f} GiB left, it needs {gib_needed:.1f}"
        return ""

    def _left_bytes(self, gpu: Gpu) -> float | None:
        """Free memory, less what runs just started are still going to take; None where nobody knows."""
        if gpu.free_bytes is None:
            return None
        coming = sum(place.need_bytes for place in self._runs_on(gpu) if not place.is_settled)
        return gpu.free_bytes - coming

    def _runs_on(self, gpu: Gpu) -> list[Place]:
        return [place for place in self._occupied if place.gpu == gpu.name]

    def _num_on_gpus(self) -> int:
        return sum(1 for place in self._occupied if place.gpu)

    def _on_cpu(self, num_threads: int) -> Place | str:
        if self._is_cpu_closed:
            return "the CPU is waited for by a run before it"
        on_cpu = [place for place in self._occupied if not place.gpu and place.num_threads]
        num_busy = sum(place.num_threads for place in on_cpu)
        most = self._settings.cpu_runs
        if most:
            fits, why = len(on_cpu) < most, f"{len(on_cpu)} of {most} CPU runs are at work"
        else:
            fits = not on_cpu or num_busy + num_threads <= self._num_cores
            why = f"{num_busy} of {self._num_cores} cores are taken"
        if fits:
            return Place(num_threads=num_threads)
        self._is_cpu_closed = True
        return why

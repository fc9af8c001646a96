"""Which places engines take on this host now, what queued runs wish for, and whose engine has gone."""

import dataclasses

from engine.plan.config import RunConfig
from engine.process.gpus import GpuReader
from engine.process.identity import read_process
from engine.process.memory_need import MemoryNeeds
from engine.process.slots import Place, Wish
from engine.record.folder import PROCESS_NAME, RunFolder, changed_ns, read_json
from engine.record.home import Home
from engine.record.status import Presence
from engine.record.summary import summarise


@dataclasses.dataclass(frozen=True)
class Machine:
    """What there is to run on."""

    num_cores: int
    gpu_reader: GpuReader
    """Asked again each time: cards come and go, and other people use them."""


class Wishes:
    """What queued runs ask for; a configuration is read once, since it never changes."""

    def __init__(self, needs: MemoryNeeds) -> None:
        """Estimate memory by `needs`."""
        self._needs = needs
        self._configs: dict[str, RunConfig] = {}

    def wish_of(self, folder: RunFolder) -> Wish | None:
        """What a run asks for; None when it cannot be read: its engine says what is wrong."""
        config = self._configs.get(folder.run_id)
        if config is None:
            try:
                config = self._configs[folder.run_id] = folder.read_config()
            except ValueError:
                return None
        device = config.engine.device
        if device == "cpu":
            return Wish(device, config.engine.num_threads)
        began_on = (read_json(folder.process_path) or {}).get("gpu")
        return Wish(device, config.engine.num_threads, self._needs.need_bytes(config), bool(began_on))


class Occupancy:
    """Watches which places the engines of a home take; asks about each dead engine only once."""

    def __init__(self, home: Home, wishes: Wishes) -> None:
        """Watch the runs of `home` on this host."""
        self._home, self._wishes = home, wishes
        self._gone: set[tuple[str, int]] = set()
        self._alive: dict[str, RunFolder] = {}
        self._settled: set[tuple[str, int]] = set()

    def look(self) -> tuple[list[Place], list[RunFolder]]:
        """The place of every engine that is alive now, and the runs whose engine is newly found gone."""
        places, newly_gone = [], []
        self._alive = {}
        for run_id in self._home.run_ids():
            signature = (run_id, changed_ns(f"{self._home.runs_folder}/{run_id}/{PROCESS_NAME}"))
            if not signature[1] or signature in self._gone:
                continue
            folder = self._home.run_folder(run_id)
            if read_process(folder).presence is Presence.ALIVE:
                self._alive[folder.run_id] = folder
                places.append(self._place_of(folder, signature))
            else:
                self._gone.add(signature)
                newly_gone.append(folder)
        return places, newly_gone

    def has_changed(self) -> bool:
        """Whether an engine that was alive at the last look is no more; looks at nothing else."""
        return any(read_process(folder).presence is not Presence.ALIVE for folder in self._alive.values())

    def _place_of(self, folder: RunFolder, signature: tuple[str, int]) -> Place:
        wish = self._wishes.wish_of(folder) or Wish(num_threads=1)
        gpu = (read_json(folder.process_path) or {}).get("gpu")
        if not isinstance(gpu, str) or not gpu:
            return Place(num_threads=wish.num_threads)
        if signature not in self._settled and _has_settled(folder):
            self._settled.add(signature)
        return Place(gpu, need_bytes=wish.need_bytes, is_settled=signature in self._settled)


def _has_settled(folder: RunFolder) -> bool:
    """Whether this process has been through a child phase, so that it holds all the memory it will."""
    summary = summarise(folder.journal_path)
    if summary.num_bytes <= read_process(folder).journal_bytes:
        return False
    if summary.progress is not None:
        return summary.progress.phase != "child" or summary.progress.step > 0
    return summary.epoch >= 0

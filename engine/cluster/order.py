"""An order to a cluster: one run under one lease, with all a node needs that does not share the home."""

import dataclasses
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from engine.plan.config import RunConfig
from engine.process.queue_settings import QueueSettings
from engine.record.folder import RunFolder, read_json
from engine.record.home import Home, home_of

MARK_NAME = "cluster.mark"
"""Random text in the home, by which a node tells whether it sees the very same folder."""


@dataclasses.dataclass(frozen=True)
class Order:
    """What a node is told; picklable, and of plain values alone."""

    run_id: str
    token: int
    """The lease's number."""
    home: str
    mark: str
    shared_home: str
    """auto, yes or no."""
    scratch: str
    reason: str
    """Why the run is taken up again; empty the first time."""
    num_cpus: float
    num_gpus: float
    files: Mapping[str, bytes]
    """The run's folder as it is, by path within it."""

    @property
    def key(self) -> tuple[str, int]:
        """The run and its lease."""
        return (self.run_id, self.token)


def home_mark(home: Home) -> str:
    """The home's mark, made when it is first asked for."""
    path = home.path / MARK_NAME
    try:
        with path.open("x") as file:
            file.write(secrets.token_hex(16))
    except FileExistsError:
        pass
    return path.read_text()


def make_order(folder: RunFolder, token: int, settings: QueueSettings, has_gpus: bool) -> Order:
    """The order for a queued run; ValueError when its configuration cannot be read."""
    home = home_of(folder)
    num_cpus, num_gpus = resources_of(folder.read_config(), settings, has_gpus)
    reason = (read_json(folder.queued_path) or {}).get("reason")
    return Order(
        run_id=folder.run_id,
        token=token,
        home=str(home.path),
        mark=home_mark(home),
        shared_home=settings.shared_home,
        scratch=settings.scratch,
        reason=reason if isinstance(reason, str) else "",
        num_cpus=num_cpus,
        num_gpus=num_gpus,
        files=packed_folder(folder),
    )


def resources_of(config: RunConfig, settings: QueueSettings, has_gpus: bool) -> tuple[float, float]:
    """CPUs and GPUs to ask for. A GPU is divided only by a number a person gave: shares isolate no memory."""
    device = config.engine.device
    if device == "cpu" or (device == "auto" and not has_gpus):
        return float(config.engine.num_threads), 0.0
    return 1.0, 1.0 / max(1, settings.runs_per_gpu)


def packed_folder(folder: RunFolder) -> dict[str, bytes]:
    """What a node needs of a run: configuration, journal, log and the newest checkpoints."""
    paths = [folder.config_path, folder.journal_path, folder.log_path]
    if folder.checkpoint_folder.is_dir():
        paths += sorted(folder.checkpoint_folder.glob("*.pt"))
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in paths if path.is_file()}


def unpacked_folder(order: Order, path: Path) -> RunFolder:
    """A run's folder made on a node from what the order holds."""
    folder = RunFolder(path)
    folder.checkpoint_folder.mkdir(mode=0o700, parents=True)
    for name, data in order.files.items():
        (path / name).write_bytes(data)
    folder.requeue(time.time(), order.reason)
    return folder

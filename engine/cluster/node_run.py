"""One run on a node: its engine started, its lease renewed, its news sent home to the end. Knows no Ray."""

import contextlib
import dataclasses
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.cluster.order import MARK_NAME, Order, unpacked_folder
from engine.cluster.parcel import Packer, Parcel
from engine.process.gpus import GPU_VARIABLE, VISIBLE_VARIABLE
from engine.process.identity import Identity, presence_of
from engine.process.launch import launch_detached
from engine.process.lease import LEASE_SECONDS, RENEW_SECONDS, FencedError, Lease, grant
from engine.process.main import NODE_VARIABLE
from engine.process.stop import ask_to_stop, end_by_force, wait_until_gone
from engine.record.folder import RunFolder
from engine.record.status import Presence

POLL_SECONDS = 0.2
FLUSH_SECONDS = 60.0
"""After the engine's end: how long to try to get the last news home."""


@dataclasses.dataclass(frozen=True)
class Reply:
    """What the coordinator answers to news."""

    is_wanted: bool = True
    """False once the run has been given on with a newer lease, or nobody knows it any more."""
    stop: bool = False
    """Whether somebody asked the run to stop."""


Send = Callable[[bool, Parcel], Reply]
"""(whether the home is shared, news) -> reply; any error means that the coordinator cannot be reached."""


def run_order(order: Order, node: str, send: Send) -> str:
    """Run an order's engine to its end; says in a few words how it ended."""
    shared = sees_home(order)
    folder = RunFolder(Path(order.home) / "runs" / order.run_id) if shared else scratch_folder(order)
    try:
        return NodeRun(order, folder, shared, node, send).run()
    finally:
        if not shared:
            shutil.rmtree(folder.path, ignore_errors=True)


def sees_home(order: Order) -> bool:
    """Whether this node sees the home the run was launched from, under the same path."""
    if order.shared_home != "auto":
        return order.shared_home == "yes"
    with contextlib.suppress(OSError):
        return (Path(order.home) / MARK_NAME).read_text() == order.mark
    return False


def scratch_folder(order: Order) -> RunFolder:
    """A folder of its own for this attempt, in a home on the node that keeps downloaded data sets."""
    runs = scratch_home(order) / "runs"
    runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f"{order.run_id}.{order.token}-", dir=runs))
    folder = unpacked_folder(order, path)
    while grant(folder) < order.token:
        pass
    return folder


def scratch_home(order: Order) -> Path:
    """Where runs of homes this node does not share are kept while they run."""
    if order.scratch:
        return Path(order.scratch).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("ssp-tui", appauthor=False)) / "cluster"


class NodeRun:
    """Minds one engine."""

    def __init__(self, order: Order, folder: RunFolder, shared: bool, node: str, send: Send) -> None:
        """Run `order` in `folder`; news go home by `send` unless the home is shared."""
        self._folder, self._shared, self._node, self._send = folder, shared, node, send
        self._lease = Lease(folder, order.token)
        self._packer = None if shared else Packer(folder)
        self._num_gpus = order.num_gpus
        self._last_reply = time.monotonic()
        self._next_renewal = 0.0
        self._has_asked = False

    def run(self) -> str:
        """Until the engine ends, or is no longer wanted."""
        try:
            self._renew()
        except FencedError as fenced:
            return f"not started: {fenced}"
        engine = self._start()
        while engine is not None and presence_of(engine) is Presence.ALIVE:
            try:
                self._renew()
                reply = self._tell()
            except FencedError as fenced:
                return self._abandon(engine, str(fenced))
            if not reply.is_wanted or time.monotonic() - self._last_reply > LEASE_SECONDS:
                return self._abandon(engine, "the coordinator is gone, or has given the run on")
            if not self._has_asked and (reply.stop or (self._shared and self._folder.stop_path.exists())):
                self._has_asked = ask_to_stop(engine)
            time.sleep(POLL_SECONDS)
        self._flush()
        return "ended"

    def _start(self) -> Identity | None:
        arguments = ["--queued", f"--lease={self._lease.token}", str(self._folder.path)]
        environment = {NODE_VARIABLE: self._node}
        if self._num_gpus:
            environment[GPU_VARIABLE] = os.environ.get(VISIBLE_VARIABLE, "").partition(",")[0]
        return launch_detached(arguments, self._folder.log_path, self._folder.path, environment)

    def _renew(self) -> None:
        if time.monotonic() >= self._next_renewal:
            self._lease.renew()
            self._next_renewal = time.monotonic() + RENEW_SECONDS

    def _tell(self) -> Reply:
        """Send what is new; while nobody answers, the engine goes on for as long as its lease would."""
        parcel = self._packer.pack() if self._packer else Parcel()
        try:
            reply = self._send(self._shared, parcel)
        except Exception:  # whatever Ray raises for an actor or a head that is gone
            return Reply()
        self._last_reply = time.monotonic()
        if self._packer and reply.is_wanted:
            self._packer.arrived(parcel)
        return reply

    def _flush(self) -> None:
        deadline = time.monotonic() + FLUSH_SECONDS
        while time.monotonic() < deadline:
            sent_before = self._last_reply
            parcel = self._packer.pack() if self._packer else Parcel()
            reply = self._tell()
            if not reply.is_wanted or (not parcel and self._last_reply != sent_before):
                return
            time.sleep(POLL_SECONDS if self._last_reply == sent_before else 0)

    def _abandon(self, engine: Identity, why: str) -> str:
        end_by_force(engine)
        wait_until_gone(engine, 10)
        return f"given up: {why}"

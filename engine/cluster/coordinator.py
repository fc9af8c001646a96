"""The coordinator: a detached actor on the cluster's head that owns the tasks and passes news on.

It outlives the machine that launched, and dies with the head; whatever it knows can be made again from the
run folders at home, so it stores nothing.
"""

import dataclasses
import os
import threading
import time
from typing import Any

from engine.cluster.node_run import Reply
from engine.cluster.order import Order
from engine.cluster.parcel import Parcel

AUTH_VARIABLE = "RAY_AUTH_MODE"

FORGET_SECONDS = 600.0
"""A task nobody asked about for so long after its end is forgotten."""


@dataclasses.dataclass(frozen=True)
class Report:
    """What the coordinator knows of one order."""

    token: int
    is_started: bool
    """Whether a node has taken it up."""
    lost: str
    """Why it ended without its engine's end being known: node or worker lost; empty while it has not."""
    has_ended: bool
    """Whether its engine ended, and all its news are here."""
    parcel: Parcel


class _Task:
    def __init__(self, order: Order) -> None:
        self.order, self.ref = order, None
        self.is_started = self.stop = self.has_ended = False
        self.lost = ""
        self.ended_at = 0.0
        self.streams: dict[str, tuple[int, bytearray]] = {}
        self.files: dict[str, bytes] = {}
        self.checkpoints: dict[str, bytes] = {}


class Coordinator:
    """Made an actor by `engine.cluster.session`; its methods may be called side by side."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._tasks: dict[str, _Task] = {}
        self._lock = threading.Lock()

    def auth_mode(self) -> str:
        """Ray's RAY_AUTH_MODE where the head was started; empty when nobody set it, which leaves it open."""
        return os.environ.get(AUTH_VARIABLE, "")

    def submit(self, order: Order, handle: Any) -> None:
        """Give an order to the cluster, in the place of an older one for the same run; twice is once."""
        from engine.cluster.tasks import submit_task

        with self._lock:
            known = self._tasks.get(order.run_id)
            if known is not None and known.order.token >= order.token:
                return
            task = self._tasks[order.run_id] = _Task(dataclasses.replace(order, files={}))
            task.ref = submit_task(order, handle)

    def tell(self, key: tuple[str, int], shared: bool, parcel: Parcel) -> Reply:
        """News from a node; whoever holds an older lease is told that it is not wanted any more."""
        del shared
        with self._lock:
            task = self._tasks.get(key[0])
            if task is None or task.order.token != key[1]:
                return Reply(is_wanted=False)
            task.is_started = True
            for name, (offset, data) in parcel.streams.items():
                start, kept = task.streams.setdefault(name, (offset, bytearray()))
                skip = start + len(kept) - offset
                if skip >= 0:
                    kept += data[skip:]
            task.files.update(parcel.files)
            if parcel.checkpoints:
                task.checkpoints = dict(parcel.checkpoints)
            return Reply(stop=task.stop)

    def collect(self, asked: dict[str, dict[str, int]]) -> dict[str, Report]:
        """Reports on runs, each with the bytes of its streams from the offsets that are already at home.

        What lies before them is dropped here; runs this coordinator does not know are left out.
        """
        self._look_at_tasks()
        with self._lock:
            return {
                run_id: self._report(self._tasks[run_id], sizes)
                for run_id, sizes in asked.items()
                if run_id in self._tasks
            }

    def received(self, run_id: str, token: int, files: dict[str, bytes], checkpoints: list[str]) -> None:
        """Drop whole files that are safe at home."""
        with self._lock:
            task = self._tasks.get(run_id)
            if task is None or task.order.token != token:
                return
            for name in checkpoints:
                task.checkpoints.pop(name, None)
            for name, data in files.items():
                if task.files.get(name) == data:
                    del task.files[name]

    def ask_to_stop(self, run_id: str) -> None:
        """Have a run's engine stop; a task that no node has taken up is taken back."""
        with self._lock:
            task = self._tasks.get(run_id)
            if task is None:
                return
            task.stop = True
            if not task.is_started:
                from engine.cluster.tasks import cancel_task

                cancel_task(task.ref)

    def forget(self, run_id: str, token: int) -> None:
        """Drop all that is kept of an order."""
        with self._lock:
            task = self._tasks.get(run_id)
            if task is not None and task.order.token == token:
                del self._tasks[run_id]

    def num_pending(self) -> int:
        """Orders that no node has taken up yet."""
        with self._lock:
            return sum(not (task.is_started or task.has_ended or task.lost) for task in self._tasks.values())

    def _look_at_tasks(self) -> None:
        from engine.cluster.tasks import outcome

        now = time.monotonic()
        with self._lock:
            for run_id, task in list(self._tasks.items()):
                if not task.ended_at and (found := outcome(task.ref)) is not None:
                    task.has_ended, task.lost = found
                    task.ended_at = now
                elif task.ended_at and now - task.ended_at > FORGET_SECONDS:
                    del self._tasks[run_id]

    def _report(self, task: _Task, sizes: dict[str, int]) -> Report:
        streams: dict[str, tuple[int, bytes]] = {}
        for name, (start, kept) in task.streams.items():
            at_home = sizes.get(name, 0)
            drop = max(0, min(len(kept), at_home - start))
            del kept[:drop]
            task.streams[name] = (start + drop, kept)
            if kept:
                streams[name] = (start + drop, bytes(kept))
        parcel = Parcel(streams, dict(task.files), dict(task.checkpoints))
        return Report(task.order.token, task.is_started, task.lost, task.has_ended, parcel)

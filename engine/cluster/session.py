"""Minding a home's runs on one cluster: orders go out in the queue's order, news come in, lost runs go back.

Nothing is remembered between two steps that is not in the run folders or with the coordinator, so this may be
killed at any moment and started again.
"""

import sys
from typing import Protocol

from engine.cluster.coordinator import Report
from engine.cluster.fenced_record import record
from engine.cluster.minded import address_of, is_answered, is_at_large, minded_runs
from engine.cluster.order import Order, make_order
from engine.cluster.parcel import stream_sizes, unpack
from engine.process.lease import grant, newest_token
from engine.process.queue import Queue
from engine.process.queue_settings import QueueSettings, read_settings
from engine.process.retries import ENGINE_GONE, NEVER_BEGAN, exhausted
from engine.record.events import DeviceLost, RunFailed, RunRequeued, RunStopped
from engine.record.folder import RunFolder, changed_ns
from engine.record.home import Home
from engine.record.requeues import num_requeues
from engine.record.summary import summarise

MOST_PENDING = 2
"""Orders no node has taken up yet: few, so that the queue's order, and a pause, still count."""

HEAD_LOST = "the cluster forgot it: its head was lost"
SCAN_STEPS = 20
"""So many steps between two looks at all run folders, unless the bell is rung."""


class Link(Protocol):
    """What a session needs of a cluster; `engine.cluster.ray_link` is the real one."""

    @property
    def has_gpus(self) -> bool:
        """Whether any node has a GPU."""
        ...

    def collect(self, asked: dict[str, dict[str, int]]) -> dict[str, Report]:
        """Reports on runs, by the sizes of their streams at home."""
        ...

    def submit(self, order: Order) -> None:
        """Give an order out."""
        ...

    def received(self, run_id: str, token: int, files: dict[str, bytes], checkpoints: list[str]) -> None:
        """Say that whole files are safe at home."""
        ...

    def ask_to_stop(self, run_id: str) -> None:
        """Have a run stopped."""
        ...

    def forget(self, run_id: str, token: int) -> None:
        """Drop what is known of an order."""
        ...

    def num_pending(self) -> int:
        """Orders no node has taken up yet."""
        ...


class Session:
    """One home's runs on one cluster."""

    def __init__(self, home: Home, address: str, link: Link) -> None:
        """Mind the runs of `home` that belong to the cluster at `address`."""
        self._home, self._address, self._link = home, address, link
        self._queue = Queue(home)
        self._minded: dict[str, RunFolder] = {}
        self._asked_to_stop: set[tuple[str, int]] = set()
        self._steps_to_scan = 0
        self._bell = 0

    def step(self) -> bool:
        """Do once whatever is due; False when no run is left to mind."""
        self._scan()
        if not self._minded:
            return False
        reports = self._link.collect({name: stream_sizes(each) for name, each in self._minded.items()})
        settings = self._settings()
        for name, folder in list(self._minded.items()):
            report = reports.get(name)
            if folder.path.is_dir():
                self._mind(folder, report, settings)
                continue
            del self._minded[name]  # removed while its order was out
            if report is not None:
                self._link.ask_to_stop(name)
                self._link.forget(name, report.token)
        if not settings.paused:
            self._order(reports, settings)
        return True

    def _scan(self) -> None:
        bell = changed_ns(self._home.bell_path)
        self._steps_to_scan -= 1
        if self._steps_to_scan <= 0 or bell != self._bell or not self._minded:
            self._steps_to_scan, self._bell = SCAN_STEPS, bell
            found = minded_runs(self._home).get(self._address, [])
            self._minded |= {folder.run_id: folder for folder in found}

    def _settings(self) -> QueueSettings:
        try:
            return read_settings(self._home)
        except ValueError as error:
            print(f"paused until this is mended: {error}", file=sys.stderr, flush=True)
            return QueueSettings(paused=True)

    def _mind(self, folder: RunFolder, report: Report | None, settings: QueueSettings) -> None:
        token = newest_token(folder)
        if report is None or report.token != token:
            if folder.is_queued:
                return
            if is_at_large(folder):
                self._lost(folder, HEAD_LOST, settings)
            else:
                del self._minded[folder.run_id]
            return
        self._take_news(folder, report)
        if folder.stop_path.exists() and (folder.run_id, token) not in self._asked_to_stop:
            self._asked_to_stop.add((folder.run_id, token))
            self._link.ask_to_stop(folder.run_id)
        if (report.has_ended or report.lost) and not report.parcel:
            self._link.forget(folder.run_id, token)
            self._conclude(folder, report, settings)

    def _take_news(self, folder: RunFolder, report: Report) -> None:
        parcel = report.parcel
        if not parcel:
            return
        unpack(folder, parcel)
        if "process.json" in parcel.files and is_answered(folder, report.token):
            folder.queued_path.unlink(missing_ok=True)
        if parcel.files or parcel.checkpoints:
            self._link.received(folder.run_id, report.token, dict(parcel.files), list(parcel.checkpoints))

    def _conclude(self, folder: RunFolder, report: Report, settings: QueueSettings) -> None:
        """The task of the newest lease has ended: is the run over, lost, or asked for again?"""
        is_waiting = folder.queued_path.exists()
        if report.lost and (is_waiting or is_at_large(folder)):
            self._lost(folder, report.lost, settings)
        elif is_waiting and is_answered(folder, report.token) and not folder.stop_path.exists():
            self._lost(folder, NEVER_BEGAN, settings)
        elif not is_waiting and is_at_large(folder):
            ending = summarise(folder.journal_path).ending
            self._lost(folder, ending.reason if isinstance(ending, DeviceLost) else ENGINE_GONE, settings)

    def _lost(self, folder: RunFolder, reason: str, settings: QueueSettings) -> None:
        """Back into the queue, to go on from its checkpoint; or the last word when it was often enough."""
        so_far = num_requeues(folder.journal_path)
        if folder.stop_path.exists():
            record(folder, RunStopped(folder.last_recorded_epoch() + 1, f"asked to stop; {reason}"))
        elif so_far >= settings.retries:
            record(folder, RunFailed(exhausted(reason, so_far), ""))
        elif folder.queued_path.exists():  # no engine came so far as to count itself
            record(folder, RunRequeued(so_far + 1, reason))
        else:
            folder.requeue(folder.config_path.stat().st_mtime, reason)

    def _order(self, reports: dict[str, Report], settings: QueueSettings) -> None:
        waiting = [
            turn.folder
            for turn in self._queue.turns()
            if turn.is_for_cluster and address_of(turn.folder) == self._address
        ]
        waiting = [folder for folder in waiting if not self._is_ordered(folder, reports)]
        room = MOST_PENDING - self._link.num_pending() if waiting else 0
        for folder in waiting[: max(0, room)]:
            self._minded[folder.run_id] = folder
            token = grant(folder)
            try:
                order = make_order(folder, token, settings, self._link.has_gpus)
            except (ValueError, OSError) as error:
                record(folder, RunFailed(str(error), ""))
                continue
            self._link.submit(order)

    def _is_ordered(self, folder: RunFolder, reports: dict[str, Report]) -> bool:
        """Whether the newest lease has a task: an order given out, or an engine that is still stopping."""
        report = reports.get(folder.run_id)
        return (
            report is not None
            and report.token == newest_token(folder)
            and not ((report.has_ended or report.lost) and not report.parcel)
        )

"""The queue: every run whose folder asks to be started or resumed, each with its turn."""

import dataclasses
import itertools
import time
from collections.abc import Iterable, Sequence

from engine.record.folder import (
    QUEUED_NAME,
    STOP_NAME,
    TURN_NAME,
    RunFolder,
    changed_ns,
    read_json,
    write_json,
)
from engine.record.home import Home

MAX_PRIORITY = 1000


@dataclasses.dataclass(frozen=True)
class Turn:
    """When a queued run's turn comes; they are ordered by `key`."""

    folder: RunFolder
    priority: int
    """Higher goes first; 0 unless somebody said otherwise."""
    order: float
    """Among equal priorities lower goes first: the wall time of the request, or what a move made of it."""
    is_for_cluster: bool = False
    """Whether it waits for a cluster, not for a place on this machine."""

    @property
    def key(self) -> tuple[int, float, str]:
        """Ascending in the order of starting."""
        return (-self.priority, self.order, self.folder.run_id)


class Queue:
    """Follows a home's queue; a request that did not change is not read again."""

    def __init__(self, home: Home) -> None:
        """Start with nothing read."""
        self._home = home
        self._known: dict[str, tuple[tuple[int, int], Turn]] = {}

    def turns(self, run_ids: Iterable[str] | None = None) -> list[Turn]:
        """Every queued run, the next first; only these are asked where somebody knows which may be."""
        known, self._known = self._known, {}
        for run_id in self._home.run_ids() if run_ids is None else run_ids:
            stamp = self._stamp(run_id)
            if stamp is None:
                continue
            before = known.get(run_id)
            turn = before[1] if before and before[0] == stamp else read_turn(self._home.run_folder(run_id))
            self._known[run_id] = (stamp, turn)
        return sorted((turn for _, turn in self._known.values()), key=lambda turn: turn.key)

    def _stamp(self, run_id: str) -> tuple[int, int] | None:
        """Changes when the request or the chosen turn does; None when the run is not queued."""
        run = f"{self._home.runs_folder}/{run_id}"
        queued = changed_ns(f"{run}/{QUEUED_NAME}")
        if not queued or changed_ns(f"{run}/{STOP_NAME}"):
            return None
        return queued, changed_ns(f"{run}/{TURN_NAME}")


def queued_runs(home: Home) -> list[RunFolder]:
    """The queued runs of a home in the order they are to be started."""
    return [turn.folder for turn in Queue(home).turns()]


def read_turn(folder: RunFolder) -> Turn:
    """The turn of a queued run; whatever its files do not say is the default."""
    since = _number((read_json(folder.queued_path) or {}).get("time"))
    chosen = read_json(folder.turn_path) or {}
    priority, order = chosen.get("priority"), chosen.get("order")
    return Turn(
        folder,
        priority if type(priority) is int else 0,
        _number(order) if order is not None else since,
        folder.cluster_path.exists(),
    )


def turn_table(priority: int, order: float | None = None) -> dict[str, int | float]:
    """What turn.json holds; without an order it is the time of the request."""
    if abs(priority) > MAX_PRIORITY:
        raise ValueError(f"priority = {priority} is not allowed: {-MAX_PRIORITY} to {MAX_PRIORITY}")
    return {"version": 1, "priority": priority} | ({} if order is None else {"order": order})


def set_priority(folders: Iterable[RunFolder], priority: int) -> None:
    """Give runs a priority, each keeping its place among equals; ValueError when it is not allowed."""
    table = turn_table(priority)
    for folder in folders:
        chosen = read_json(folder.turn_path) or {}
        write_json(folder.turn_path, {**chosen, **table})


def move(home: Home, moved: Sequence[RunFolder], place: int) -> None:
    """Put queued runs, in the order given, so that the first of them is in `place`, from 0; beyond is last.

    They take on the priority of the run they then stand before, or at the end of the one behind which they
    stand. The others keep their order. ValueError for a run that does not wait.
    """
    turns = Queue(home).turns()
    waiting = {turn.folder.run_id for turn in turns}
    for folder in moved:
        if folder.run_id not in waiting:
            raise ValueError(f"run {folder.run_id} does not wait in the queue: only queued runs can be moved")
    ids = list(dict.fromkeys(folder.run_id for folder in moved))
    for turn in changed_turns(turns, ids, place):
        write_json(turn.folder.turn_path, turn_table(turn.priority, turn.order))


def changed_turns(turns: Sequence[Turn], ids: Sequence[str], place: int) -> list[Turn]:
    """What has to be written so that `turns`, the queue in order, has the runs of these ids in that place."""
    by_id = {turn.folder.run_id: turn for turn in turns}
    moved = [by_id[run_id] for run_id in ids]
    others = [turn for turn in turns if turn.folder.run_id not in ids]
    before, after = others[:place], others[place:]
    priority = after[0].priority if after else before[-1].priority if before else 0
    low = before[-1].order if before and before[-1].priority == priority else None
    high = after[0].order if after else None
    orders = _orders_between(low, high, len(moved))
    if orders is None:
        # No numbers are left between the two neighbours: give everybody of that priority a new one.
        peers_before = [turn for turn in before if turn.priority == priority]
        moved = [*peers_before, *moved, *(turn for turn in after if turn.priority == priority)]
        orders = [time.time() - len(moved) + number for number in range(len(moved))]
    return [
        dataclasses.replace(turn, priority=priority, order=order)
        for turn, order in zip(moved, orders, strict=True)
    ]


def _orders_between(low: float | None, high: float | None, count: int) -> list[float] | None:
    """So many growing numbers strictly between two, either of which may be open; None when there are none."""
    if low is None:
        low = (time.time() if high is None else high) - 1.0 * (count + 1)
    if high is None:
        high = max(low + 1.0 * (count + 1), low)
    step = (high - low) / (count + 1)
    orders = [low + step * (number + 1) for number in range(count)]
    fences = [low, *orders, high]
    return orders if all(a < b for a, b in itertools.pairwise(fences)) else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0

"""The list of a home's runs: what each is, its derived state, and where it has got to."""

import dataclasses
import math
import time
from typing import Any

from engine.process.disk import with_disk_trouble
from engine.process.identity import read_process
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import Process, Status, derive_status
from engine.record.summary import Summary, summarise

OVER_RUNS_PER_CALL = 500
"""Runs that are over are looked at in turns, about so many a call."""


@dataclasses.dataclass(frozen=True)
class RunRow:
    """One run in a list; every text comes from files and must be cleaned before it is shown."""

    folder: RunFolder
    name: str
    dataset: str
    protocol: str
    seed: int
    epochs: int
    """Epochs planned."""
    created_time: float
    """Wall time, seconds since the epoch."""
    status: Status
    summary: Summary

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.folder.run_id

    @property
    def num_epochs_done(self) -> int:
        """Finished epochs."""
        return self.summary.epoch + 1

    @property
    def eta_seconds(self) -> float | None:
        """Time to the end at the last epoch's pace; None while it is unknown, or when nothing goes on."""
        if not self.status.is_live or not self.summary.epoch_seconds:
            return None
        return max(0, self.epochs - self.num_epochs_done) * self.summary.epoch_seconds


class RunList:
    """Follows all runs of a home; a run that did not change is not read again."""

    def __init__(self, home: Home) -> None:
        """Start with nothing read."""
        self._home = home
        self._known: dict[str, _KnownRun] = {}
        self._turn = 0

    def rows(self, budget_seconds: float = math.inf) -> list[RunRow]:
        """Every run, oldest first.

        Of thousands that are over, each call looks at some hundreds in turn: their files change only when
        somebody resumes them. Runs that could not be read for the first time within `budget_seconds` are
        left to the next calls.
        """
        known, self._known, now = self._known, {}, time.time()
        deadline = time.monotonic() + budget_seconds
        self._turn += 1
        num_turns = 1 + len(known) // OVER_RUNS_PER_CALL
        for index, run_id in enumerate(self._home.run_ids()):
            before = known.get(run_id)
            if before is None:
                if time.monotonic() > deadline:
                    continue
                before = _KnownRun(self._home.run_folder(run_id))
            if before.row is None or not before.row.status.is_over or (index + self._turn) % num_turns == 0:
                before.look(now)
            self._known[run_id] = before
        rows = [each.row for each in self._known.values() if each.row is not None]
        return sorted(rows, key=lambda row: (row.created_time, row.run_id))


class _KnownRun:
    """One run as it was when it was last looked at."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.row: RunRow | None = None
        """None for a folder without a configuration: it is no run."""
        self._signature: tuple[int, ...] = ()
        self._process = Process()

    def look(self, now: float) -> None:
        """Read again what changed, and derive the state anew."""
        signature = _signature(self.folder)
        if signature != self._signature:
            self._signature, self._process = signature, read_process(self.folder)
            self.row = _read_row(self.folder, self._process, signature[0], now) if signature[0] else None
        elif self.row is not None and not self.row.status.is_over:
            self._process = read_process(self.folder)
            status = with_disk_trouble(
                derive_status(self.row.summary, self._process, self.folder.is_queued, now), self.folder
            )
            if status != self.row.status:
                self.row = dataclasses.replace(self.row, status=status)


def list_runs(home: Home) -> list[RunRow]:
    """Every run of a home, oldest first; empty when there is no home yet."""
    return RunList(home).rows()


def read_row(folder: RunFolder) -> RunRow:
    """One run as a list shows it."""
    return _read_row(folder, read_process(folder), _signature(folder)[0], time.time())


def run_status(folder: RunFolder) -> Status:
    """The derived state of one run, now."""
    status = derive_status(
        summarise(folder.journal_path), read_process(folder), folder.is_queued, time.time()
    )
    return with_disk_trouble(status, folder)


def _read_row(folder: RunFolder, process: Process, created_ns: int, now: float) -> RunRow:
    heading, summary = folder.read_heading(), summarise(folder.journal_path)
    return RunRow(
        folder=folder,
        name=_typed(heading, "name", ""),
        dataset=_typed(heading, "dataset", ""),
        protocol=_typed(heading, "protocol", ""),
        seed=_typed(heading, "seed", 0),
        epochs=_typed(heading, "epochs", 0),
        created_time=created_ns / 1e9,
        status=with_disk_trouble(derive_status(summary, process, folder.is_queued, now), folder),
        summary=summary,
    )


def _typed(heading: dict[str, Any], key: str, default: Any) -> Any:
    value = heading.get(key)
    return value if type(value) is type(default) else default


def _signature(folder: RunFolder) -> tuple[int, ...]:
    """Changes when the run does: times and sizes of its files, 0 for a missing one."""
    numbers: list[int] = []
    files = (folder.config_path, folder.process_path, folder.journal_path)
    for path in (*files, folder.queued_path, folder.stop_path):
        try:
            found = path.stat()
            numbers += [found.st_mtime_ns, found.st_size]
        except OSError:
            numbers += [0, 0]
    return tuple(numbers)

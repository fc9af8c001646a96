"""The list of a home's runs: what each is, its derived state, and where it has got to."""

import dataclasses
import time
from typing import Any

from engine.process.identity import read_process
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import Presence, Process, Status, derive_status
from engine.record.summary import Summary, summarise


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
        self._known: dict[str, tuple[tuple[int, ...], RunRow, Process]] = {}

    def rows(self) -> list[RunRow]:
        """Every run, oldest first."""
        known, now = self._known, time.time()
        self._known = {}
        for folder in self._home.run_folders():
            signature = _signature(folder)
            if not signature[0]:
                continue  # no configuration: not a run
            before = known.get(folder.run_id)
            if before is not None and before[0] == signature:
                _, row, process = before
                if process.presence is Presence.ALIVE or row.status.is_live:
                    process = read_process(folder)
                status = derive_status(row.summary, process, bool(signature[-1]), now)
                row = dataclasses.replace(row, status=status) if status != row.status else row
            else:
                process = read_process(folder)
                row = _read_row(folder, process, signature[0], now)
            self._known[folder.run_id] = (signature, row, process)
        rows = [row for _, row, _ in self._known.values()]
        return sorted(rows, key=lambda row: (row.created_time, row.run_id))


def list_runs(home: Home) -> list[RunRow]:
    """Every run of a home, oldest first; empty when there is no home yet."""
    return RunList(home).rows()


def read_row(folder: RunFolder) -> RunRow:
    """One run as a list shows it."""
    return _read_row(folder, read_process(folder), _signature(folder)[0], time.time())


def run_status(folder: RunFolder) -> Status:
    """The derived state of one run, now."""
    return derive_status(
        summarise(folder.journal_path), read_process(folder), folder.queued_path.exists(), time.time()
    )


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
        status=derive_status(summary, process, folder.queued_path.exists(), now),
        summary=summary,
    )


def _typed(heading: dict[str, Any], key: str, default: Any) -> Any:
    value = heading.get(key)
    return value if type(value) is type(default) else default


def _signature(folder: RunFolder) -> tuple[int, ...]:
    """Changes when the run does: times and sizes of its files, 0 for a missing one."""
    numbers: list[int] = []
    for path in (folder.config_path, folder.process_path, folder.journal_path, folder.queued_path):
        try:
            found = path.stat()
            numbers += [found.st_mtime_ns, found.st_size]
        except OSError:
            numbers += [0, 0]
    return tuple(numbers)

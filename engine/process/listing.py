"""The list of a home's runs: what each is, its derived state, and where it has got to."""

import dataclasses
import math
import time
from itertools import islice
from pathlib import Path

from engine.process.disk import with_disk_trouble
from engine.process.identity import process_of, read_process
from engine.process.reading import Reading, read_run
from engine.process.reading_cache import WORTH_KEEPING, ReadingCache, Seen
from engine.record.folder import JOURNAL_NAME, RunFolder, changed_ns
from engine.record.home import Home
from engine.record.signature import created_time, has_configuration, is_queued, signature_of
from engine.record.status import CRASHED, FAILED, Status, derive_status, has_spoken_since
from engine.record.summary import Summary, recent_val_errors, summarise

OVER_RUNS_PER_CALL = 100
"""Of the runs that are over so many are looked at in each call, in turn."""

RETRY_SECONDS = 3600.0
"""Within so long of its last event the queue may take up a lost run again, unasked."""

FRESH_SECONDS = 2.0
"""A folder changed so lately may change again without another time on it."""


@dataclasses.dataclass(frozen=True)
class RunRow:
    """One run in a list; every text comes from files and must be cleaned before it is shown."""

    path: str
    """The run's folder."""
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
    recent_val_errors: tuple[float, ...] | None = None
    """Of the last epochs, oldest first; None while they have not been read."""
    derived_of: str = ""
    """The run id of the search whose architecture it trains from scratch; empty for a search."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> RunFolder:
        """The run's files."""
        return RunFolder(Path(self.path))

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

    def __init__(self, home: Home, may_write: bool = True) -> None:
        """Start with nothing read; `may_write` lets readings be kept in the home for the next program."""
        self._home = home
        self._cache = ReadingCache(home.cache_path, may_write)
        self._known: dict[str, _KnownRun] = {}
        self._awake: list[_KnownRun] = []
        """Those that are looked at in each call."""
        self._watched = (home.runs_folder, home.bell_path)
        self._changed: tuple[int, ...] = ()
        self._turn = 0
        self._num_read = 0
        self._rows: list[RunRow] = []
        self.is_whole = False
        """Whether every run has been read."""
        self.is_complete = False
        """Whether their last errors have been read as well."""

    def rows(self, budget_seconds: float = math.inf, with_errors: bool = False) -> list[RunRow]:
        """Every run, oldest first; `with_errors` of its last epochs, read by calls that find all else read.

        Runs at work and queued ones are looked at in each call; of those that are over it is some, in turn.
        Their files change only when somebody resumes them, who then rings the queue's bell: all are looked
        once it rang, or a run came or went. Runs that could not be read for the first time within
        `budget_seconds` are left to the next calls.
        """
        now, deadline = time.time(), time.monotonic() + budget_seconds
        is_in_time = self.is_whole or budget_seconds == math.inf
        has_changed = self._look(now, deadline)
        if with_errors and is_in_time and self.is_whole:
            has_changed |= self._read_errors(deadline)
        if has_changed:
            rows = [run.row for run in self._known.values() if run.row is not None]
            self._rows = sorted(rows, key=lambda row: (row.created_time, row.path))
        if self.is_whole and (self.is_complete or not with_errors) and self._num_read >= WORTH_KEEPING:
            self._num_read = 0
            self._cache.keep(run.seen() for run in self._known.values() if run.row and run.is_quiet)
        return list(self._rows)

    def _look(self, now: float, deadline: float) -> bool:
        """Look at the runs that are due; whether any is another than before."""
        has_changed, all_due = self._find_runs(now)
        turn = self._next_turn()
        if has_changed or not self.is_whole:
            self._find_awake(now)
        due = self._known.values() if all_due else [*self._awake, *islice(self._known.values(), *turn)]
        self.is_whole = True
        for run in due:
            if run.is_unread and time.monotonic() > deadline:
                self.is_whole = False
            else:
                before = run.row
                self._num_read += run.look(now, self._cache)
                has_changed |= run.row is not before
        if has_changed:
            self._find_awake(now)
        return has_changed

    def _find_awake(self, now: float) -> None:
        """Only looking at a run changes whether it is among them: thousands need not be asked each time."""
        self._awake = [run for run in self._known.values() if run.is_unread or not run.is_settled(now)]

    def _read_errors(self, deadline: float) -> bool:
        """Read what the last epochs came to where that is not known yet; whether any was read."""
        lacking = [run for run in self._known.values() if run.lacks_errors]
        num_read = 0
        while num_read < len(lacking) and time.monotonic() < deadline:
            lacking[num_read].read_errors()
            num_read += 1
        self._num_read += num_read
        self.is_complete = num_read == len(lacking)
        return num_read > 0

    def _find_runs(self, now: float) -> tuple[bool, bool]:
        """Look for new folders if there may be any; whether there are, and whether all runs are due."""
        changed = tuple(map(changed_ns, self._watched))
        all_due = changed != self._changed or abs(now - max(changed) / 1e9) < FRESH_SECONDS
        if not all_due and self._turn:
            return False, False
        self._changed, before = changed, self._known
        place = str(self._home.runs_folder)
        self._known = {
            run_id: before.get(run_id) or _KnownRun(f"{place}/{run_id}") for run_id in self._home.run_ids()
        }
        return self._known.keys() != before.keys(), all_due

    def _next_turn(self) -> tuple[int, int]:
        start = self._turn
        end = start + OVER_RUNS_PER_CALL
        self._turn = end if end < len(self._known) else 0
        return start, end


class _KnownRun:
    """One run as it was when it was last looked at."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._signature: tuple[int, ...] = ()
        self._reading: Reading | None = None
        self._is_kept = False
        """Whether the cache holds this very reading."""
        self.row: RunRow | None = None
        """None for a folder without a configuration: it is no run."""

    @property
    def is_unread(self) -> bool:
        return not self._signature

    @property
    def is_quiet(self) -> bool:
        """Whether nothing more will happen unless somebody asks for it."""
        return self.row is None or self.row.status.is_over

    def is_settled(self, now: float) -> bool:
        """The same, and the queue will not take it up again as one that has just lost its engine."""
        row = self.row
        is_lost = row is not None and row.status.state in (FAILED, CRASHED)
        return self.is_quiet and not (is_lost and row and now - row.summary.last_time < RETRY_SECONDS)

    @property
    def lacks_errors(self) -> bool:
        return self._reading is not None and self._reading.recent_val_errors is None

    def read_errors(self) -> None:
        """Read what the last epochs came to."""
        assert self._reading is not None
        errors = recent_val_errors(f"{self._path}/{JOURNAL_NAME}")
        self._reading = dataclasses.replace(self._reading, recent_val_errors=errors)
        self._is_kept = False
        self.row = dataclasses.replace(self.row, recent_val_errors=errors) if self.row else None

    def seen(self) -> Seen:
        """What there is to keep of a run that has a row."""
        assert self.row is not None
        assert self._reading is not None
        is_kept, self._is_kept = self._is_kept, True
        return self.row.run_id, self._signature, self._reading, is_kept

    def look(self, now: float, cache: ReadingCache) -> bool:
        """Read again what changed, and derive the state anew; whether the files had to be read."""
        signature, was_read = signature_of(self._path), False
        if signature != self._signature:
            self._signature, self.row, self._reading = signature, None, None
            if has_configuration(signature):
                self._reading = cache.find(self._path.rpartition("/")[2], signature)
                self._is_kept = self._reading is not None
                was_read = not self._is_kept
                self._reading = self._reading or read_run(self._path)
        elif self.is_quiet:
            return False
        if self._reading is not None:
            row = _row_of(self._path, signature, self._reading, now)
            self.row = row if self.row is None or row.status != self.row.status else self.row
        return was_read


def list_runs(home: Home, may_write: bool = True) -> list[RunRow]:
    """Every run of a home, oldest first; empty when there is no home yet."""
    return RunList(home, may_write).rows()


def read_row(folder: RunFolder) -> RunRow:
    """One run as a list shows it."""
    path = str(folder.path)
    return _row_of(path, signature_of(path), read_run(path), time.time())


def run_status(folder: RunFolder) -> Status:
    """The derived state of one run, now."""
    summary, process = summarise(folder.journal_path), read_process(folder)
    return with_disk_trouble(derive_status(summary, process, folder.is_queued, time.time()), folder.path)


def _row_of(path: str, signature: tuple[int, ...], reading: Reading, now: float) -> RunRow:
    summary, engine = reading.summary, reading.engine
    has_spoken = engine is not None and has_spoken_since(summary, engine.journal_bytes)
    process = process_of(engine, has_ended=has_spoken and summary.ending is not None)
    status = derive_status(summary, process, is_queued(signature), now)
    return RunRow(
        path=path,
        name=reading.name,
        dataset=reading.dataset,
        protocol=reading.protocol,
        seed=reading.seed,
        epochs=reading.epochs,
        created_time=created_time(signature),
        status=with_disk_trouble(status, path),
        summary=summary,
        recent_val_errors=reading.recent_val_errors,
        derived_of=reading.derived_of,
    )

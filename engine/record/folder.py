"""A run's folder: the one class that knows the names of the files in it."""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.plan.config import RunConfig, read_config
from engine.plan.opening import open_own, read_regular
from engine.plan.presets import read_toml
from engine.record.heading import read_heading
from engine.record.journal import JournalWriter, read_state

MAX_JSON_BYTES = 10**7
"""A larger result.json or process.json was not written by an engine."""


CONFIG_NAME, JOURNAL_NAME = "config.toml", "events.jsonl"
PROCESS_NAME, QUEUED_NAME, STOP_NAME = "process.json", "queued.json", "stop.json"
TURN_NAME, CLUSTER_NAME = "turn.json", "cluster.json"
"""Files whose times are asked for of thousands of runs at once, without making an object of each."""


Fence = Callable[[], contextlib.AbstractContextManager[None]]


def changed_ns(path: str | Path) -> int:
    """When a file or folder was changed last, in nanoseconds since the epoch; 0 while it is missing."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116  # making a Path of a text costs ten times it
    except OSError:
        return 0


class RunFolder:
    """One run on disk. Making the object touches nothing."""

    def __init__(self, path: Path) -> None:
        """Name the files of the run at `path`."""
        self.path = path.absolute()
        self.config_path = self.path / CONFIG_NAME
        self.journal_path = self.path / JOURNAL_NAME
        self.process_path = self.path / PROCESS_NAME
        self.log_path = self.path / "engine.log"
        self.checkpoint_folder = self.path / "checkpoints"
        self.result_path = self.path / "result.json"
        self.lock_path = self.path / "lock"
        self.queued_path = self.path / QUEUED_NAME
        """Present while the run waits to be started or resumed; the engine takes it away."""
        self.stop_path = self.path / STOP_NAME
        """Present once somebody asked for the run to be stopped, until somebody asks for it to go on."""
        self.turn_path = self.path / TURN_NAME
        """Its place in the queue, where a person chose one."""
        self.cluster_path = self.path / CLUSTER_NAME
        """Present for a run that belongs to a cluster: which one."""
        self.lease_folder = self.path / "leases"
        """One numbered file an engine that a cluster was given; only the newest may write."""
        self.reserve_path = self.path / "reserve"
        """A few blocks given back on a full disk, so that the failure can still be recorded."""
        self.fence: Fence = contextlib.nullcontext
        """Under it an engine gives files their names; on a cluster it raises once the run is another's."""

    @property
    def run_id(self) -> str:
        """The run's name among all runs: the folder's."""
        return self.path.name

    @classmethod
    def create(
        cls, path: Path, config: RunConfig, extra: Mapping[str, Mapping[str, Any]] | None = None
    ) -> "RunFolder":
        """Make a queued run at `path`, whole or not at all; FileExistsError when there is one already.

        `extra` are JSON files that are to be in it from its first moment on, by name.
        """
        import tomli_w  # late: an engine only reads, and runs where this is not installed

        # Made beside its place and renamed, so that nobody ever sees half a run.
        draft = cls(Path(tempfile.mkdtemp(prefix=".new-", dir=path.parent)))  # mkdtemp makes it 0700
        try:
            _write_synced(draft.config_path, tomli_w.dumps(config.table()))
            draft.checkpoint_folder.mkdir(mode=0o700)
            for name, value in (extra or {}).items():
                write_json(draft.path / name, value)
            draft.queue()
            # Renaming onto an empty folder succeeds, and no run's folder is empty.
            draft.path.rename(path)
        except OSError as error:
            _remove_draft(draft)
            if path.exists():
                raise FileExistsError(f"there is already a run {path.name}") from error
            raise
        return cls(path)

    def read_config(self) -> RunConfig:
        """The run's resolved configuration; ValueError in one line when it is missing or not one."""
        try:
            return read_config(read_toml(self.config_path))
        except ValueError as error:
            place = "" if str(self.config_path) in str(error) else f"{self.config_path}: "
            raise ValueError(f"{place}{error}") from None

    def read_heading(self) -> dict[str, Any]:
        """The settings above config.toml's first section, read far quicker than all; empty if unreadable."""
        return read_heading(self.config_path)

    def queue(self) -> None:
        """Ask for the run to be started or resumed; an earlier wish to stop it is void."""
        self.stop_path.unlink(missing_ok=True)
        self.requeue(time.time())

    def requeue(self, since: float, reason: str = "") -> None:
        """Put the run back into the queue as one that waits `since` that wall time; a stop still counts.

        With a `reason` the engine that takes it up says first that the run was taken up again, and why.
        """
        request = {"version": 1, "time": since}
        write_json(self.queued_path, {**request, "reason": reason} if reason else request)

    def ask_to_stop(self) -> None:
        """Write down the wish that the run ends, or is not taken up again, until `queue` is called."""
        write_json(self.stop_path, {"version": 1, "time": time.time()})
        self.queued_path.unlink(missing_ok=True)

    @property
    def is_queued(self) -> bool:
        """Whether the run waits to be started or resumed."""
        return self.queued_path.exists() and not self.stop_path.exists()

    def read_result(self) -> dict[str, Any] | None:
        """What a finished run came to; None while there is none."""
        return read_json(self.result_path)

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write result.json, atomically."""
        with self.fence():
            write_json(self.result_path, result)

    def open_journal(self, check: Callable[[], None] | None = None) -> JournalWriter:
        """The journal's one writer; only the process that holds the run's lock may ask.

        `check` is called before each append, and raises when it may write no more.
        """
        return JournalWriter(self.journal_path, check)

    def sync_journal(self) -> None:
        """Have what the journal says outlast a power loss; OSError when that is impossible."""
        try:
            descriptor = os.open(self.journal_path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return  # nothing was said
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def num_starts(self) -> int:
        """How often an engine took this run up, by its journal."""
        started = read_state(self.journal_path).started
        return started.attempt if started else 0

    def last_recorded_epoch(self) -> int:
        """The last epoch the journal holds as finished; -1 when there is none."""
        latest = read_state(self.journal_path).latest
        return latest.epoch if latest else -1


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace a JSON file so that a reader, or a crash, finds the old one or the new one, never less."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file, allow_nan=False, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise


def _write_synced(path: Path, text: str) -> None:
    """Write a new file that is whole after a power loss, once the folder it is in got its name."""
    with os.fdopen(open_own(path, os.O_WRONLY | os.O_EXCL), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_json(path: str | Path) -> dict[str, Any] | None:
    """A JSON object from a file; None when the file is missing or holds anything else."""
    try:
        value = json.loads(read_regular(path, MAX_JSON_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _remove_draft(draft: RunFolder) -> None:
    with contextlib.suppress(OSError):
        shutil.rmtree(draft.path)

"""One run followed from its files: folded events, derived status, configuration."""

import dataclasses
import os
import time

from engine.plan.config import RunConfig
from engine.plan.opening import open_regular
from engine.process.identity import read_process
from engine.record.folder import RunFolder
from engine.record.journal import StateReader
from engine.record.state import RunState
from engine.record.status import QUEUED, derive_status
from engine.record.summary import Summary
from ssp_tui.cleaning import clean
from ssp_tui.snapshot import Snapshot

LOG_TAIL_BYTES = 4096


class RunFollower:
    """Reads a run again and again; each reading costs what is new."""

    def __init__(self, folder: RunFolder) -> None:
        """Start with nothing read."""
        self.folder = folder
        self._reader = StateReader(folder.journal_path)
        self._config: RunConfig | None = None
        self._config_error = ""
        self._config_time = -1
        self._snapshot = Snapshot(folder)
        self._told: dict[object, Snapshot] = {}

    def read(self) -> Snapshot:
        """The run now, or the last known where its folder went; the same object while nothing changes."""
        snapshot = self._read()
        # Looked at last: what was read while the folder went is not the run's.
        if not self.folder.path.is_dir():
            snapshot = dataclasses.replace(self._snapshot, exists=False)
        if snapshot != self._snapshot:
            self._snapshot = snapshot
        return self._snapshot

    def _read(self) -> Snapshot:
        self._read_config()
        state = self._reader.read()
        status = derive_status(
            self._summary(state), read_process(self.folder), self.folder.is_queued, time.time()
        )
        is_quiet = not state.num_events and status.state != QUEUED
        return Snapshot(
            self.folder,
            self._config,
            self._config_error,
            state,
            status,
            last_log_line=self._last_log_line() if is_quiet or status.state in ("failed", "crashed") else "",
        )

    def is_news_to(self, screen: object) -> bool:
        """Whether this screen has not been given the latest snapshot; from now on it has."""
        if self._told.get(screen) is self._snapshot:
            return False
        self._told[screen] = self._snapshot
        return True

    def forget(self, screen: object) -> None:
        """The screen has been away: whatever it was told before is news again."""
        self._told.pop(screen, None)

    def _summary(self, state: RunState) -> Summary:
        try:
            num_bytes = self.folder.journal_path.stat().st_size
        except OSError:
            num_bytes = 0
        return Summary(
            ending=state.ending,
            last_time=state.last_time,
            longest_silence_seconds=state.longest_silence_seconds,
            num_bytes=num_bytes,
        )

    def _read_config(self) -> None:
        try:
            modified = self.folder.config_path.stat().st_mtime_ns
        except OSError:
            modified = 0
        if modified == self._config_time:
            return
        self._config_time = modified
        try:
            self._config, self._config_error = self.folder.read_config(), ""
        except ValueError as error:
            text = str(error).removeprefix(f"{self.folder.config_path}: ")
            self._config, self._config_error = None, clean(text, 300)

    def _last_log_line(self) -> str:
        try:
            with open_regular(self.folder.log_path) as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
                lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        except OSError:
            return ""
        return clean(lines[-1], 300) if lines else ""

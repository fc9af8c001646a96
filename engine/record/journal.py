"""A run's events.jsonl: one writer that appends whole lines, readers that follow it by byte offset."""

import contextlib
import dataclasses
import json
import os
import time as clock
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from engine.plan.opening import open_own, open_regular
from engine.record.backwards import lines_backwards
from engine.record.encoding import to_plain
from engine.record.entry import Entry, read_entry
from engine.record.events import SCHEMA_VERSION, Event
from engine.record.progress_lines import without_superseded
from engine.record.state import EMPTY, RunState, fold, fold_times

MAX_LINE_BYTES = 4 * 2**20
"""A longer line is no event: it is counted as broken and passed over in pieces."""

READ_BYTES = 4 * 2**20
"""About how much of the file one `read` takes in; it bounds a reader's memory."""


class JournalWriter:
    """Appends events, each as one line by one write; a run has one writer, which holds its engine lock."""

    def __init__(self, path: Path, check: Callable[[], None] | None = None) -> None:
        """Open or create the journal; OSError when that is impossible.

        `check` is called before each append, and raises when this writer may write no more.
        """
        self._check = check
        self._descriptor = open_own(path, os.O_WRONLY | os.O_APPEND)
        self._torn = _ends_torn(path)
        self._next_seq = _last_seq(path) + 1

    def append(self, event: Event) -> None:
        """Write one event; an OSError (a full disk) leaves at most a torn line, which the next call ends."""
        if self._check is not None:
            self._check()
        line = {"v": SCHEMA_VERSION, "seq": self._next_seq, "time": clock.time(), "event": event.kind}
        text = json.dumps({**line, **to_plain(event)}, allow_nan=False, separators=(",", ":"))
        record = (b"\n" if self._torn else b"") + text.encode() + b"\n"
        self._torn = True
        while record:
            record = record[os.write(self._descriptor, record) :]
        self._torn = False
        self._next_seq += 1

    def close(self) -> None:
        """Close the file; every line is with the operating system already."""
        os.close(self._descriptor)


class JournalReader:
    """Follows a journal another process writes; each `read` returns what came since the last one."""

    def __init__(self, path: Path) -> None:
        """Start at the beginning; the file need not exist yet."""
        self.path = path
        self.generation = 0
        """Grows when the file was truncated or replaced: whatever was folded before is void."""
        self.num_broken_lines = 0
        """Lines that are no event of any version."""
        self._file_id: tuple[int, int] | None = None
        self._offset = 0
        self._skipping = False

    def read(self) -> list[Entry]:
        """The events of the next lines, in order; empty when there are none for now."""
        entries: list[Entry] = []
        while not entries and (lines := self.read_lines()):
            entries = [entry for line in lines if (entry := self.entry(line)) is not None]
        return entries

    def entry(self, line: bytes) -> Entry | None:
        """What a line says; None when it is no event of any version, which is counted."""
        try:
            return read_entry(line)
        except ValueError:
            self.num_broken_lines += 1
            return None

    def read_lines(self) -> list[bytes]:
        """The next complete lines that are not blank, in order; empty when there are none for now.

        A last line without its newline is held back. About `READ_BYTES` of lines come at a time.
        """
        try:
            with open_regular(self.path) as file:
                self._notice_replacement(os.fstat(file.fileno()))
                return self._read_lines(file)
        except OSError:  # not there yet, or nothing that can be read
            self._notice_replacement(None)
            return []

    def _notice_replacement(self, found: os.stat_result | None) -> None:
        file_id = (found.st_dev, found.st_ino) if found else None
        shrunk = found is not None and found.st_size < self._offset
        if self._file_id is not None and (file_id != self._file_id or shrunk):
            self.generation += 1
            self.num_broken_lines = self._offset = 0
            self._skipping = False
        self._file_id = file_id

    def _read_lines(self, file: BinaryIO) -> list[bytes]:
        lines: list[bytes] = []
        file.seek(self._offset)
        budget_end = self._offset + READ_BYTES
        while self._offset < budget_end or not lines:
            line = file.readline(MAX_LINE_BYTES)
            whole = line.endswith(b"\n")
            if not line or (not whole and not self._skipping and len(line) < MAX_LINE_BYTES):
                break
            self._offset += len(line)
            if whole and not self._skipping:
                if not line.isspace():
                    lines.append(line)
            elif whole:
                self._skipping = False
            elif not self._skipping:
                self._skipping = True
                self.num_broken_lines += 1
        return lines


class StateReader:
    """Follows a journal as a folded state."""

    def __init__(self, path: Path) -> None:
        """Start from the empty state."""
        self.journal = JournalReader(path)
        self._state = EMPTY

    def read(self) -> RunState:
        """The state after everything written so far."""
        while True:
            generation = self.journal.generation
            lines = self.journal.read_lines()
            if self.journal.generation != generation:
                self._state = EMPTY
            if not lines:
                return dataclasses.replace(self._state, num_broken_lines=self.journal.num_broken_lines)
            self._fold(lines)

    def _fold(self, lines: list[bytes]) -> None:
        for times, line in without_superseded(lines):
            self._state = fold_times(self._state, times) if times else self._state
            entry = self.journal.entry(line)
            if entry is not None and entry.event is not None:
                self._state = fold(self._state, entry.event, entry.time)


def read_state(path: Path) -> RunState:
    """Everything a journal says, folded; `EMPTY` when there is none."""
    return StateReader(path).read()


def _ends_torn(path: Path) -> bool:
    with open_regular(path) as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _last_seq(path: Path) -> int:
    for line in lines_backwards(path):
        with contextlib.suppress(ValueError):
            return read_entry(line).seq
    return -1

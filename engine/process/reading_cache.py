"""Readings of runs that are over, kept from one program to the next: thousands need not be read again.

A line names a run with the times and sizes its files had, and says what was read; it is of use only while
they have them still. Whether an engine is alive, and so a run's state, is never kept. Whoever deletes the
file, or cannot write it, loses time and nothing else.
"""

import contextlib
import dataclasses
import functools
import json
import os
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import engine.process
import engine.record
from engine.process.reading import Reading
from engine.record.encoding import from_plain, to_plain
from engine.record.events import EVENT_KINDS
from engine.record.state import Ending

MAX_FILE_BYTES = 128 * 2**20
"""A larger file is none of ours."""

MAX_LINE_BYTES = 16 * 2**10
"""A run that has more to say is read anew each time."""

WORTH_KEEPING = 200
"""So many new readings are worth writing the file again; a small home never has one."""

Seen = tuple[str, tuple[int, ...], Reading, bool]
"""A run's id, its files' signature, what they said, and whether that is what was kept of it before."""


class ReadingCache:
    """The readings kept in one file, which is read when the first is looked for."""

    def __init__(self, path: Path, may_write: bool = True) -> None:
        """Use the file at `path`, there or not."""
        self._path = path
        self._may_write = may_write

    def find(self, run_id: str, signature: tuple[int, ...]) -> Reading | None:
        """What was read of a run when its files had this signature; None when nobody knows."""
        line = self._lines.get(_key(run_id, signature))
        try:
            return _decoded(json.loads(line)) if line else None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def keep(self, seen: Iterable[Seen]) -> None:
        """Keep these readings and no others, if enough of them are new and the file can be written."""
        if not self._may_write:
            return
        lines: dict[bytes, bytes] = {}
        num_new = 0
        for run_id, signature, reading, is_kept in seen:
            key = _key(run_id, signature)
            line = self._lines.get(key) if is_kept else None
            num_new += line is None
            lines[key] = line or json.dumps(_encoded(reading)).encode()
        if num_new >= WORTH_KEEPING:
            self._lines = lines
            with contextlib.suppress(OSError):
                _write(self._path, lines)

    @functools.cached_property
    def _lines(self) -> dict[bytes, bytes]:
        try:
            with self._path.open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except OSError:
            return {}
        title, *lines = content.split(b"\n")
        if title != _title() or len(content) > MAX_FILE_BYTES:
            return {}
        parted = (line.partition(b"\t") for line in lines if len(line) <= MAX_LINE_BYTES)
        return {key: value for key, _, value in parted if value}


def _write(path: Path, lines: dict[bytes, bytes]) -> None:
    """Replace the file, so that a reader finds the old one or the new one."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_title() + b"\n")
            file.writelines(b"%b\t%b\n" % (key, value) for key, value in lines.items())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _key(run_id: str, signature: tuple[int, ...]) -> bytes:
    return json.dumps([run_id, *signature], separators=(",", ":")).encode()


@functools.cache
def _title() -> bytes:
    """Names the code that read: a reading made by other code is not used."""
    checksum = 0
    for package in (engine.process, engine.record):
        for path in sorted(Path(package.__path__[0]).glob("*.py")):
            checksum = zlib.crc32(path.read_bytes(), checksum)
    return b"ssp-tui readings %08x" % checksum


def _encoded(reading: Reading) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(reading)
    ending = reading.summary.ending
    plain["ending"] = ending.kind if ending else None
    return plain


def _decoded(plain: dict[str, Any]) -> Reading:
    kind, summary = plain["ending"], plain["summary"]
    ending = from_plain(EVENT_KINDS[kind], summary["ending"]) if kind is not None else None
    if ending is not None and not isinstance(ending, Ending):
        raise ValueError(f"{kind} ends no run")
    reading: Reading = from_plain(Reading, {**plain, "summary": {**summary, "ending": None}})
    return dataclasses.replace(reading, summary=dataclasses.replace(reading.summary, ending=ending))

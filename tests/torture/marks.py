"""Where an engine is, marked in a shared file as it runs: what a killer aims by and a report tells.

The engine is the real one; each place is entered through a wrapper that writes one byte. The journal's lines
are written in two pieces with a pause between, as a slow disk may, so that a kill can fall into one.
"""

import errno
import mmap
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

PLACES = ("nowhere", "start", "child", "controller", "evaluation", "checkpoint", "journal", "result")
SLOW_WRITE_SECONDS = 0.002


class Marks:
    """One byte for the place, and one for each place for how often it was entered."""

    def __init__(self, path: Path) -> None:
        """Map the file, made if need be."""
        if not path.exists():
            path.write_bytes(bytes(1 + len(PLACES)))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 1 + len(PLACES))

    @property
    def place(self) -> str:
        """Where the engine is, or was when it died."""
        return PLACES[self._page[0]]

    def num_entries(self, place: str) -> int:
        """How often the place was entered, up to 255."""
        return self._page[1 + PLACES.index(place)]

    def wrap(self, owner: Any, name: str, place: str) -> None:
        """Mark every call of `owner.name` as being in that place."""
        inner, index = getattr(owner, name), PLACES.index(place)

        def marked(*arguments: Any, **options: Any) -> Any:
            before = self._page[0]
            self._page[0] = index
            self._page[1 + index] = min(255, self._page[1 + index] + 1)
            try:
                return inner(*arguments, **options)
            finally:
                self._page[0] = before

        setattr(owner, name, marked)


def run_marked_engine(folder: Path, marks_path: Path) -> int:
    """Be an engine on the run, its log and its place in files; returns the exit code."""
    from engine.learn import search
    from engine.process import main
    from engine.record.folder import RunFolder
    from engine.record.journal import JournalWriter

    os.setsid()
    try:
        log = os.open(folder / "engine.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:  # a disk that is full or read-only: the launcher would have said so
        log = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(log, number)
    marks = Marks(marks_path)
    limit = marks_path.with_name("memory-limit")
    if limit.exists():
        allowed = psutil.Process().memory_info().vms + int(limit.read_text())
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    marks.wrap(main, "_sign_in", "start")
    marks.wrap(search, "new_search", "start")
    marks.wrap(search.Search, "_resume", "start")
    marks.wrap(search.ChildPhase, "run", "child")
    marks.wrap(search.ControllerPhase, "run", "controller")
    marks.wrap(search, "evaluate", "evaluation")
    marks.wrap(search, "save_checkpoint", "checkpoint")
    marks.wrap(JournalWriter, "append", "journal")
    marks.wrap(RunFolder, "write_result", "result")
    os.write = _slow_writer(os.write)
    fault_path = marks_path.with_name("fault")
    for name in ("write", "fsync", "open", "replace"):
        setattr(os, name, _failing(getattr(os, name), fault_path, folder / "reserve"))
    return main.run_engine(RunFolder(folder))


def _slow_writer(write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
    def slow_write(descriptor: int, data: Any) -> int:
        if len(data) < 100:
            return write(descriptor, data)
        num_written = write(descriptor, data[: len(data) // 2])
        time.sleep(SLOW_WRITE_SECONDS)
        return num_written

    return slow_write


def _failing(call: Callable[..., Any], fault_path: Path, reserve: Path) -> Callable[..., Any]:
    """Fail with the number in the fault file while there is one; a full disk has room without the reserve."""

    def fail_or_call(*arguments: Any, **options: Any) -> Any:
        if is_write(arguments) and fault_path.exists():
            number = int(fault_path.read_text())
            if number not in (errno.ENOSPC, errno.EDQUOT) or reserve.exists():
                raise OSError(number, os.strerror(number))
        return call(*arguments, **options)

    def is_write(arguments: tuple[Any, ...]) -> bool:
        return call.__name__ != "open" or bool(arguments[1] & (os.O_WRONLY | os.O_RDWR))

    return fail_or_call

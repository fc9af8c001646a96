"""The lock an engine holds on its run: the kernel refuses a second one and frees it with the process."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.plan.opening import open_own

PATIENCE_SECONDS = 1.0
_POLL_SECONDS = 0.1


class LockHeldError(Exception):
    """Another process holds the lock."""


def replace_lock(path: Path, patience_seconds: float) -> None:
    """Put a new lock file in the place of one that a fenced process still holds after so long."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            with held_lock(path):
                return
        except LockHeldError:
            if time.monotonic() > deadline:
                break
        time.sleep(_POLL_SECONDS)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(descriptor)
    Path(draft).replace(path)


def work_alone(path: Path, is_wanted: Callable[[], bool], work: Callable[[], object]) -> None:
    """Do the work under the lock at `path` as long as it is wanted: the one such process of a home.

    Gives up once another one has held the lock for `PATIENCE_SECONDS`: it is at work, and not somebody who
    only looks whether there is one. Whether it is wanted is asked again afterwards: what came while the lock
    was being given back has woken nobody.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_wanted():
        try:
            with held_lock(path):
                work()
        except LockHeldError:
            if time.monotonic() > deadline:
                return
            time.sleep(_POLL_SECONDS)


@contextlib.contextmanager
def held_lock(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; LockHeldError at once when another process does, OSError without one.

    The file stays: removing it would let two processes lock two files of one name.
    """
    descriptor = open_own(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeldError(f"{path} is held by another process") from None
        # Between opening and locking, its folder may have been removed, or the file replaced by hand.
        if not os.path.samestat(os.fstat(descriptor), path.lstat()):
            raise LockHeldError(f"{path} was replaced while it was being locked")
        yield
    finally:
        os.close(descriptor)

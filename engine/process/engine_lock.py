"""The lock an engine holds on its run: the kernel refuses a second one and frees it with the process."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from engine.plan.opening import open_own


class LockHeldError(Exception):
    """Another process holds the lock."""


@contextlib.contextmanager
def held_lock(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; LockHeldError at once when another process does.

    The file stays: removing it would let two processes lock two files of one name.
    """
    descriptor = open_own(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeldError(f"{path} is held by another process") from None
        yield
    finally:
        os.close(descriptor)

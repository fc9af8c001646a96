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

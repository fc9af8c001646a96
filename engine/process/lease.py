"""The fence: a numbered lease that an engine of a cluster holds, looked at before every append.

Leases are numbered files in the folder of the run. Whoever starts a successor makes the next number first,
which only one can; from then on every older engine is fenced off, wherever it runs. A lease also ends when
whoever started the engine stops renewing it: an orphan on a node the cluster has given up ends by itself.
Names of files change under a lock that making a lease takes too: never after there is a newer one.
"""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from engine.process.engine_lock import LockHeldError, held_lock, replace_lock
from engine.record.folder import RunFolder, read_json, write_json

LEASE_SECONDS = 20.0
"""An engine whose lease was not renewed for so long may not write any more."""

RENEW_SECONDS = 2.0

FROZEN_SECONDS = 5.0
"""Who is still changing a name after so long was stopped, or its machine is gone: it is not waited for."""

_LOCK_NAME = "lock"
_LOCK_POLL_SECONDS = 0.02
_BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")


class FencedError(Exception):
    """This engine is no longer the run's: it must end without writing anything more."""


def newest_token(folder: RunFolder) -> int:
    """The number of the newest lease; 0 when there is none."""
    try:
        names = [path.name for path in folder.lease_folder.iterdir()]
    except FileNotFoundError:
        return 0
    return max((int(name) for name in names if name.isdecimal()), default=0)


def grant(folder: RunFolder) -> int:
    """Make the next lease, which fences off everybody before; returns its number. Only one can make each."""
    folder.lease_folder.mkdir(mode=0o700, exist_ok=True)
    lock_path = folder.lease_folder / _LOCK_NAME
    while True:
        replace_lock(lock_path, FROZEN_SECONDS)
        token = newest_token(folder) + 1
        with contextlib.suppress(FileExistsError, LockHeldError), held_lock(lock_path):
            path = folder.lease_folder / f"{token:06d}"
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            return token


def granted_time_ns(folder: RunFolder, token: int) -> int:
    """The file system's time at which a lease was made or last renewed; 0 when it was not."""
    try:
        return (folder.lease_folder / f"{token:06d}").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


class Lease:
    """One engine's right to write, renewed by whoever started it on the same machine."""

    def __init__(self, folder: RunFolder, token: int) -> None:
        """Name the lease; nothing is touched."""
        self._folder, self.token = folder, token
        self._path = folder.lease_folder / f"{token:06d}"

    def renew(self) -> None:
        """Let it last another while; FencedError when there is a newer one."""
        self._refuse_newer()
        write_json(self._path, {"version": 1, "boot_id": _boot_id(), "uptime_seconds": time.monotonic()})

    def check(self) -> None:
        """FencedError when there is a newer lease, or nobody renews this one."""
        self._refuse_newer()
        plain = read_json(self._path) or {}
        renewed = plain.get("uptime_seconds")
        if plain.get("boot_id") != _boot_id() or not isinstance(renewed, float):
            raise FencedError(f"lease {self.token} was never renewed on this machine")
        if time.monotonic() - renewed > LEASE_SECONDS:
            raise FencedError(f"lease {self.token} was not renewed for {LEASE_SECONDS:g} s")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts nobody is given a newer lease; FencedError when there is one, or this is over."""
        lock_path = self._path.with_name(_LOCK_NAME)
        with contextlib.ExitStack() as stack:
            while True:
                self.check()
                with contextlib.suppress(LockHeldError):
                    stack.enter_context(held_lock(lock_path))
                    break
                time.sleep(_LOCK_POLL_SECONDS)
            self.check()
            yield

    def _refuse_newer(self) -> None:
        newest = newest_token(self._folder)
        if newest != self.token:
            raise FencedError(f"lease {self.token} is over: the run was given on with lease {newest}")


def replace_with_copy(path: Path) -> None:
    """Put a copy in a file's place, so that whoever still has the old one open writes into nothing.

    Between an orphan's look at its lease and its write any time may pass: this is what makes the fence tight.
    """
    if not path.exists():
        return
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "wb") as copy, path.open("rb") as old:
        shutil.copyfileobj(old, copy)
        copy.flush()
        os.fsync(copy.fileno())
    Path(draft).replace(path)


def _boot_id() -> str:
    try:
        return _BOOT_ID_PATH.read_text().strip()
    except OSError:
        return json.dumps(None)

"""Stopping an engine: ask it, wait, and only then end it by force."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator

from engine.process.identity import Identity, presence_of
from engine.record.status import Presence

POLL_SECONDS = 0.05


def ask_to_stop(identity: Identity) -> bool:
    """SIGTERM to the engine alone: finish the step, checkpoint, exit. False when it is not alive here."""
    with _pinned(identity) as descriptor:
        if presence_of(identity) is not Presence.ALIVE:  # looked at again: the pid is pinned only now
            return False
        return _send(identity.pid, descriptor, signal.SIGTERM)


def wait_until_gone(identity: Identity, timeout_seconds: float) -> bool:
    """Wait for the process to end; False when it is still alive after `timeout_seconds`."""
    with _pinned(identity) as descriptor:
        deadline = time.monotonic() + timeout_seconds
        while presence_of(identity) is Presence.ALIVE:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if descriptor is None:
                time.sleep(min(left, POLL_SECONDS))
            else:
                # A pidfd becomes readable when its process ends; the loop looks again for zombies' sake.
                select.select([descriptor], [], [], min(left, 1.0))
    return True


def end_by_force(identity: Identity) -> bool:
    """SIGKILL the engine's process group, workers included; False when it is not alive here."""
    with _pinned(identity) as descriptor:
        if presence_of(identity) is not Presence.ALIVE:
            return False
        with contextlib.suppress(OSError):
            # Launched detached it leads its group; one started by hand may share its shell's.
            if os.getpgid(identity.pid) == identity.pid:
                os.killpg(identity.pid, signal.SIGKILL)
        return _send(identity.pid, descriptor, signal.SIGKILL) or True


@contextlib.contextmanager
def _pinned(identity: Identity) -> Iterator[int | None]:
    """A pidfd on the process where the kernel has them: while it is open the pid means one process."""
    descriptor: int | None = None
    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.pidfd_open(identity.pid)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _send(pid: int, descriptor: int | None, number: signal.Signals) -> bool:
    try:
        if descriptor is None:
            os.kill(pid, number)
        else:
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    return True

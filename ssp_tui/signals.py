"""Leaving on a hang-up or a SIGTERM: through the loop, so the terminal is left as it was, else by force."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable
from functools import partial

LEAVE_SECONDS = 3.0
"""What the way out through the loop may take; writing to a terminal that is gone can block for ever."""


def take_signals(loop: asyncio.AbstractEventLoop, leave: Callable[[int], object]) -> None:
    """Have `leave` called in the loop, with the exit code a shell would give."""

    def left(number: int) -> None:
        force_exit_later(128 + number)
        leave(128 + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        with contextlib.suppress(ValueError, RuntimeError):  # only the main thread can
            loop.add_signal_handler(number, partial(left, number))


def force_exit_later(code: int) -> None:
    """End the process in a moment if it is still there then: there is nothing left to save."""
    timer = threading.Timer(LEAVE_SECONDS, os._exit, [code])
    timer.daemon = True
    timer.start()

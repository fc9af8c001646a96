"""A hang-up or a SIGTERM leaves through the loop, so that the terminal is left as it was."""

import asyncio
import contextlib
import signal
from collections.abc import Callable


def take_signals(loop: asyncio.AbstractEventLoop, leave: Callable[[int], object]) -> None:
    """Have `leave` called in the loop, with the exit code a shell would give."""
    for number in (signal.SIGHUP, signal.SIGTERM):
        with contextlib.suppress(ValueError, RuntimeError):  # only the main thread can
            loop.add_signal_handler(number, leave, 128 + number)

"""Functions run in a process of their own, with their memory bounded and their time and peak measured."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    value: Any
    """What the function returned."""
    seconds: float
    peak_bytes: int
    """Of the whole process, interpreter and imports included."""


def bounded(function: Callable[..., Any], *arguments: Any, max_bytes: int) -> Outcome:
    """Call it in a fresh process that may map so much; what it raises is raised here."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, max_bytes, function, arguments))
    process.start()
    theirs.close()
    try:
        outcome = Outcome(*ours.recv())
        if isinstance(outcome.value, BaseException):
            raise outcome.value
        return outcome
    finally:
        process.join(10)
        ours.close()


def _run(pipe: Any, max_bytes: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    begun = time.monotonic()
    try:
        value = function(*arguments)
    except BaseException as error:
        value = error
    # Not getrusage: its peak begins with the parent's.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    pipe.send((value, time.monotonic() - begun, peak))

"""A run's signature: the times and sizes of the files that a list of runs reads, and what they tell."""

import os

from engine.record.folder import CONFIG_NAME, JOURNAL_NAME, PROCESS_NAME, QUEUED_NAME, STOP_NAME

_NAMES = (CONFIG_NAME, JOURNAL_NAME, PROCESS_NAME, QUEUED_NAME, STOP_NAME)
_PER_FILE = 3


def signature_of(path: str) -> tuple[int, ...]:
    """Of each file of the run folder at `path` its time, size and number; three times 0 for a missing one."""
    numbers: list[int] = []
    for name in _NAMES:
        try:
            found = os.stat(f"{path}/{name}")  # noqa: PTH116 (thousands at a time)
            numbers += (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            numbers += (0, 0, 0)
    return tuple(numbers)


def created_time(signature: tuple[int, ...]) -> float:
    """When the configuration was written, which happens once: wall time, seconds since the epoch."""
    return signature[0] / 1e9


def has_configuration(signature: tuple[int, ...]) -> bool:
    """Whether there is a configuration; a folder without one is no run."""
    return _is_there(signature, CONFIG_NAME)


def is_queued(signature: tuple[int, ...]) -> bool:
    """Whether the run waits to be started or resumed: as `RunFolder.is_queued`."""
    return _is_there(signature, QUEUED_NAME) and not _is_there(signature, STOP_NAME)


def _is_there(signature: tuple[int, ...], name: str) -> bool:
    return bool(signature[_PER_FILE * _NAMES.index(name) + 2])

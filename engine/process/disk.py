"""Whether a run's disk takes anything now: what a run that cannot write down its own reason suffers from."""

import dataclasses
import os
from pathlib import Path

from engine.record.status import CRASHED, QUEUED, Status

LEAST_BYTES = 64 * 2**10
"""With less room than this no engine begins: it could not even tell why it ended."""


def disk_trouble(path: str | Path) -> str:
    """Why nothing can be written there now, in a few words; empty when it can, or when nobody can tell."""
    try:
        found = os.statvfs(path)
    except OSError:
        return ""
    if found.f_flag & os.ST_RDONLY:
        return "its disk is read-only"
    if found.f_bavail * found.f_frsize < LEAST_BYTES:
        return "no space left on the disk"
    if found.f_files and not found.f_favail:
        return "no space left on the disk for another file: it is out of inodes"
    return ""


def with_disk_trouble(status: Status, path: str | Path) -> Status:
    """The same state; for a run that waits, or is gone without a word, with what its disk suffers from."""
    if status.state not in (QUEUED, CRASHED) or not (trouble := disk_trouble(path)):
        return status
    return dataclasses.replace(status, reason=f"{status.reason}; {trouble}" if status.reason else trouble)

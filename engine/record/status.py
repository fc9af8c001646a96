"""A run's state, derived from its journal and its process each time it is asked for, and never stored."""

import dataclasses
import enum

from engine.record.events import DeviceLost, RunFailed, RunFinished
from engine.record.summary import Summary

QUEUED, RUNNING, STALLED = "queued", "running", "stalled"
STOPPED, FINISHED, FAILED, CRASHED = "stopped", "finished", "failed", "crashed"
STATES = (QUEUED, RUNNING, STALLED, STOPPED, FINISHED, FAILED, CRASHED)

STALL_FLOOR_SECONDS = 120.0
"""Silence shorter than this is never a stall."""

STALL_FACTOR = 5.0
"""Silence becomes a stall at this many times the longest one the same process broke before."""

START_FLOOR_SECONDS = 900.0
"""Until the first event: torch from a cold disk and a data set's download take their time."""

LAST_WORD_SECONDS = 15.0
"""The last word of a cluster's engine on this very machine may come home so much after its process went."""


class Presence(enum.Enum):
    """What is known of the process that process.json names."""

    NONE = "none"
    """No process.json: no engine ever took the run up."""
    ALIVE = "alive"
    GONE = "gone"
    """Its pid is free, or belongs to a process that began at another time, or the host was booted since."""
    ELSEWHERE = "elsewhere"
    """It is on another host: only its events tell."""


@dataclasses.dataclass(frozen=True)
class Process:
    """The latest engine process of a run, as far as the record needs it."""

    presence: Presence = Presence.NONE
    started_time: float = 0.0
    """Wall time at which it took the run up, seconds since the epoch."""
    journal_bytes: int = 0
    """Size of the journal at that moment: whatever it said comes after."""
    host: str = ""
    node: str = ""
    """Of a run on a cluster: the name the cluster gives the machine."""


@dataclasses.dataclass(frozen=True)
class Status:
    """The derived state."""

    state: str
    """One of `STATES`."""
    reason: str = ""
    """Why, in one line: outside text, to be cleaned before it is shown."""
    traceback_last_line: str = ""
    """Of a failed run; outside text."""
    elsewhere: str = ""
    """The cluster's node, or the other host the engine is on; its process cannot be seen from here."""

    @property
    def is_live(self) -> bool:
        """Whether an engine is at work, as far as can be told."""
        return self.state in (RUNNING, STALLED)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen unless somebody resumes the run."""
        return self.state in (STOPPED, FINISHED, FAILED, CRASHED)


def derive_status(summary: Summary, process: Process, is_queued: bool, now: float) -> Status:
    """The state of a run whose journal and process are these, at wall time `now`."""
    has_spoken = has_spoken_since(summary, process.journal_bytes)
    ending = summary.ending if has_spoken or process.presence is Presence.NONE else None
    elsewhere = process.node or (process.host if process.presence is Presence.ELSEWHERE else "")
    if is_queued and (process.presence is not Presence.ALIVE or ending is not None):
        return Status(QUEUED)
    if isinstance(ending, RunFinished):
        return Status(FINISHED, elsewhere=elsewhere)
    if isinstance(ending, RunFailed):
        return Status(FAILED, ending.reason, ending.traceback_last_line, elsewhere)
    if isinstance(ending, DeviceLost):
        return Status(FAILED, ending.reason, elsewhere=elsewhere)
    if ending is not None:
        return Status(STOPPED, ending.reason, elsewhere=elsewhere)
    if process.presence is Presence.NONE:
        return (
            Status(CRASHED, "process.json is missing")
            if summary.num_bytes
            else Status(STOPPED, "never started")
        )
    since = now - (summary.last_time if has_spoken else process.started_time)
    if process.presence is Presence.GONE and not (process.node and since < LAST_WORD_SECONDS):
        return Status(CRASHED, "the process is gone and said no last word")
    if since > stall_limit_seconds(summary, has_spoken):
        return Status(STALLED, f"no event for {since:.0f} s", elsewhere=elsewhere)
    return Status(RUNNING, elsewhere=elsewhere)


def has_spoken_since(summary: Summary, journal_bytes: int) -> bool:
    """Whether a process that took the run up at so long a journal said anything since.

    Only then is the journal's ending its own, and not that of the process before a resume.
    """
    return summary.num_bytes > journal_bytes


def stall_limit_seconds(summary: Summary, has_spoken: bool) -> float:
    """How long a living engine may be silent: by its own pace, and never less than the floor."""
    if not has_spoken:
        return START_FLOOR_SECONDS
    return max(STALL_FLOOR_SECONDS, STALL_FACTOR * summary.longest_silence_seconds)

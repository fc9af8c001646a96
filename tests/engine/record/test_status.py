"""Every derived state, and what it takes to be told apart from its neighbours."""

import pytest

from engine.record.events import RunFailed, RunFinished, RunStopped
from engine.record.status import (
    CRASHED,
    FAILED,
    FINISHED,
    LAST_WORD_SECONDS,
    QUEUED,
    RUNNING,
    STALLED,
    STATES,
    STOPPED,
    Presence,
    Process,
    derive_status,
)
from engine.record.summary import Summary

NOW = 1_000_000.0
SPOKEN = Summary(last_time=NOW - 10, num_bytes=500)
"""A journal whose last event is ten seconds old."""
FINISH = RunFinished(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.0)


def ended(ending: RunFinished | RunFailed | RunStopped, num_bytes: int = 500) -> Summary:
    return Summary(ending=ending, last_time=NOW - 10, num_bytes=num_bytes)


def process(presence: Presence, journal_bytes: int = 0) -> Process:
    return Process(presence, NOW - 20, journal_bytes, "elsewhere.example")


ALIVE, GONE, AWAY = process(Presence.ALIVE), process(Presence.GONE), process(Presence.ELSEWHERE)


@pytest.mark.parametrize(
    ("summary", "which", "is_queued", "state"),
    [
        (Summary(), Process(), True, QUEUED),
        (Summary(), Process(), False, STOPPED),
        (Summary(), ALIVE, False, RUNNING),
        (Summary(), GONE, False, CRASHED),
        (SPOKEN, ALIVE, False, RUNNING),
        (SPOKEN, ALIVE, True, RUNNING),
        (SPOKEN, GONE, False, CRASHED),
        (SPOKEN, GONE, True, QUEUED),
        (SPOKEN, AWAY, False, RUNNING),
        (SPOKEN, Process(), False, CRASHED),
        (ended(RunStopped(1, "x")), GONE, False, STOPPED),
        (ended(RunStopped(1, "x")), ALIVE, False, STOPPED),
        (ended(RunStopped(1, "x")), ALIVE, True, QUEUED),
        (ended(RunStopped(1, "x")), GONE, True, QUEUED),
        (ended(FINISH), GONE, False, FINISHED),
        (ended(FINISH), AWAY, False, FINISHED),
        (ended(FINISH), Process(), False, FINISHED),
        (ended(RunFailed("disk full", "OSError")), GONE, False, FAILED),
    ],
)
def test_state(summary: Summary, which: Process, is_queued: bool, state: str) -> None:
    assert derive_status(summary, which, is_queued, NOW).state == state
    assert state in STATES


def test_an_ending_from_before_a_resume_says_nothing_about_the_new_process() -> None:
    before = ended(RunStopped(1, "x"), num_bytes=500)
    assert derive_status(before, process(Presence.ALIVE, journal_bytes=500), False, NOW).state == RUNNING
    assert derive_status(before, process(Presence.GONE, journal_bytes=500), False, NOW).state == CRASHED
    assert derive_status(before, process(Presence.GONE, journal_bytes=400), False, NOW).state == STOPPED


@pytest.mark.parametrize(
    ("silence", "longest", "state"),
    [(119, 1, RUNNING), (121, 1, STALLED), (121, 60, RUNNING), (299, 60, RUNNING), (301, 60, STALLED)],
)
def test_a_run_is_stalled_by_its_own_pace_with_a_floor(silence: float, longest: float, state: str) -> None:
    summary = Summary(last_time=NOW - silence, num_bytes=9, longest_silence_seconds=longest)
    assert derive_status(summary, ALIVE, False, NOW).state == state


def test_before_its_first_event_a_process_has_time_to_download_and_import() -> None:
    assert derive_status(Summary(), Process(Presence.ALIVE, NOW - 899), False, NOW).state == RUNNING
    assert derive_status(Summary(), Process(Presence.ALIVE, NOW - 901), False, NOW).state == STALLED


def test_another_host_is_named_and_its_silence_is_a_stall() -> None:
    status = derive_status(Summary(last_time=NOW - 500, num_bytes=9), AWAY, False, NOW)
    assert (status.state, status.elsewhere) == (STALLED, "elsewhere.example")


def test_a_failure_carries_its_reason_and_the_tracebacks_last_line() -> None:
    status = derive_status(ended(RunFailed("no space left", "OSError: 28")), GONE, False, NOW)
    assert (status.reason, status.traceback_last_line) == ("no space left", "OSError: 28")
    assert status.is_over
    assert not status.is_live


@pytest.mark.parametrize(("silence", "state"), [(2, RUNNING), (LAST_WORD_SECONDS + 1, CRASHED)])
def test_a_clusters_engine_on_this_machine_has_not_crashed_while_its_last_word_may_be_on_the_way(
    silence: float, state: str
) -> None:
    told = Summary(last_time=NOW - silence, num_bytes=500)
    gone = Process(Presence.GONE, NOW - 60, 0, "here.example", node="n1")
    status = derive_status(told, gone, False, NOW)
    assert (status.state, status.elsewhere) == (state, "n1" if state == RUNNING else "")
    assert derive_status(told, GONE, False, NOW).state == CRASHED

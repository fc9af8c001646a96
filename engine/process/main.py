"""One engine process: takes a run up, runs the search, and writes down how it ended."""

import contextlib
import errno
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from engine.plan.config import RunConfig
from engine.process.engine_lock import LockHeldError, held_lock, replace_lock
from engine.process.failure import failure_reason, is_lost_gpu, traceback_last_line
from engine.process.gpus import GPU_VARIABLE, placed
from engine.process.identity import Identity, identify, presence_of, read_identity
from engine.process.lease import FencedError, Lease, replace_with_copy
from engine.record.events import DeviceLost, Event, RunFailed, RunRequeued, RunStopped
from engine.record.folder import RunFolder, read_json, write_json
from engine.record.home import home_of
from engine.record.journal import JournalWriter
from engine.record.requeues import num_requeues
from engine.record.status import Presence

Search = Callable[[RunConfig, RunFolder, Callable[[Event], None], Callable[[], bool], Path], bool]
"""(config, folder, emit, stop_requested, data_dir) -> True when finished, False when stopped on request."""

DONE, FAILED, REFUSED, FENCED = 0, 1, 2, 3
"""Exit codes of an engine."""

RESERVE_BYTES = 64 * 2**10

LOOK_SECONDS = 1.0
"""Between two looks of a search at its lease, beside those before each append."""

ORPHAN_SECONDS = 5.0
"""How long an orphan that still holds the run's lock is waited for, before it gets a lock of its own."""

NODE_VARIABLE = "SSP_TUI_NODE"
"""Tells an engine the name its cluster gives the machine it is on."""


class StopRequest:
    """Set by SIGTERM or SIGINT; SIGHUP, a terminal's death, means nothing to an engine."""

    def __init__(self) -> None:
        """Take the signals over; only a process's main thread can."""
        self._is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _set(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_set = True

    def __call__(self) -> bool:
        """Whether somebody asked."""
        return self._is_set


class LeasedStop:
    """A request to stop that also ends the engine, by FencedError, once its lease is over."""

    def __init__(self, asked: Callable[[], bool], lease: Lease) -> None:
        """Ask `asked` each time, and look at the lease once a second."""
        self._asked, self._lease = asked, lease
        self._next_look = 0.0

    def __call__(self) -> bool:
        """Whether somebody asked."""
        if time.monotonic() >= self._next_look:
            self._lease.check()
            self._next_look = time.monotonic() + LOOK_SECONDS
        return self._asked()


def take_over(folder: RunFolder, lease: Lease) -> None:
    """Make sure that no engine of an older lease can write into the run any more."""
    lease.check()
    if lease.token > 1:
        replace_lock(folder.lock_path, ORPHAN_SECONDS)
        replace_with_copy(folder.journal_path)


def real_search(
    config: RunConfig,
    folder: RunFolder,
    emit: Callable[[Event], None],
    stop_requested: Callable[[], bool],
    data_dir: Path,
) -> bool:
    """The search itself, imported late: torch takes seconds, and all around it must work without."""
    from engine.learn.search import run_search

    return run_search(config, folder, emit, stop_requested, data_dir)


def run_engine(
    folder: RunFolder, search: Search = real_search, only_if_queued: bool = False, token: int = 0
) -> int:
    """Take up the run in `folder` until it finishes, stops or fails; returns the exit code.

    `only_if_queued` is for the scheduler: the request may have been taken back since. `token` is the lease of
    an engine on a cluster; once there is a newer one it ends without another word.
    """
    stop_requested: Callable[[], bool] = StopRequest()
    if not folder.config_path.is_file():
        return _refuse(f"{folder.path} is not a run folder")
    lease = Lease(folder, token) if token else None
    try:
        if lease:
            stop_requested, folder.fence = LeasedStop(stop_requested, lease), lease.held
            take_over(folder, lease)
        with held_lock(folder.lock_path):
            if only_if_queued and not folder.is_queued:
                return DONE
            # Only if somebody deleted the lock under an engine, or a newer lease replaced it under an orphan.
            if lease is None and _is_at_work(read_identity(folder)):
                return _refuse(f"another engine is at work on {folder.path}, though its lock is free")
            return _run_locked(folder, search, stop_requested, only_if_queued, lease)
    except FencedError as fenced:
        _log(f"ends without another word: {fenced}")
        return FENCED
    except LockHeldError:
        return _refuse(f"another engine is at work on {folder.path}")
    except OSError as error:  # before there is a journal to tell it to
        return _refuse(f"{folder.path} cannot be taken up: {failure_reason(error)}")


def _run_locked(
    folder: RunFolder,
    search: Search,
    stop_requested: Callable[[], bool],
    queued: bool,
    lease: Lease | None,
) -> int:
    with folder.fence():
        _sign_in(folder, queued)
    _log(f"engine {os.getpid()} takes up {folder.run_id}")
    journal = folder.open_journal(lease.check if lease else None)
    reason = (read_json(folder.queued_path) or {}).get("reason")
    # Signed in first, the request taken away second: killed in between, the run is still queued.
    with folder.fence():
        is_wanted = _take_request(folder, queued)
    if queued and not is_wanted:
        journal.append(RunStopped(folder.last_recorded_epoch() + 1, "stopped before it began"))
        return DONE
    if isinstance(reason, str):
        journal.append(RunRequeued(num_requeues(folder.journal_path) + 1, reason))
    try:
        config = placed(folder.read_config())
        finished = search(config, folder, journal.append, stop_requested, data_folder(folder))
    except FencedError:
        raise
    except BaseException as error:
        _record_failure(folder, journal, error)
        with contextlib.suppress(OSError):  # the log may lie on a disk that is full
            traceback.print_exc()
        return FAILED
    _log("finished" if finished else "stopped on request")
    folder.reserve_path.unlink(missing_ok=True)
    return DONE


def _is_at_work(identity: Identity | None) -> bool:
    return identity is not None and identity.pid != os.getpid() and presence_of(identity) is Presence.ALIVE


def data_folder(folder: RunFolder) -> Path:
    """Where data sets are kept: beside the runs folder of the run's home."""
    return home_of(folder).data_folder


def lost_device(folder: RunFolder, error: BaseException) -> str:
    """The GPU of the run if it is missing or gave up, as it seems from the error; else nothing."""
    if not is_lost_gpu(error):
        return ""
    if gpu := os.environ.get(GPU_VARIABLE, ""):
        return gpu
    with contextlib.suppress(ValueError):
        device = folder.read_config().engine.device
        return device if device.startswith("cuda") else ""
    return ""


def _sign_in(folder: RunFolder, queued: bool) -> None:
    identity = identify(os.getpid())
    assert identity is not None
    journal_bytes = folder.journal_path.stat().st_size if folder.journal_path.exists() else 0
    signature = {**asdict(identity), "time": time.time(), "journal_bytes": journal_bytes}
    place = {"gpu": os.environ.get(GPU_VARIABLE, ""), "node": os.environ.get(NODE_VARIABLE, "")}
    write_json(folder.process_path, {"version": 1, **signature, **place, "queued": queued})
    if folder.checkpoint_folder.is_symlink():
        text = "is a link, and nothing is written through one"
        raise OSError(errno.ELOOP, text, str(folder.checkpoint_folder))
    folder.checkpoint_folder.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(OSError):
        folder.reserve_path.unlink(missing_ok=True)  # whatever it is now: a link is not written through
        folder.reserve_path.write_bytes(bytes(RESERVE_BYTES))


def _take_request(folder: RunFolder, queued: bool) -> bool:
    """Take the request away; False when it was taken back, which only somebody who queued it can do."""
    if not queued:
        folder.stop_path.unlink(missing_ok=True)
    try:
        folder.queued_path.unlink()
    except FileNotFoundError:
        return False
    return not folder.stop_path.exists()


def _record_failure(folder: RunFolder, journal: JournalWriter, error: BaseException) -> None:
    folder.reserve_path.unlink(missing_ok=True)  # on a full disk this makes the room for one more line
    lost = lost_device(folder, error)
    try:
        if lost:
            journal.append(DeviceLost(lost, failure_reason(error)))
        else:
            journal.append(RunFailed(failure_reason(error), traceback_last_line(error)))
    except OSError as second:
        _log(f"the failure could not be recorded: {second}")


def _refuse(text: str) -> int:
    _log(text)
    return REFUSED


def _log(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads it on a disk that is full
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}", file=sys.stderr, flush=True)

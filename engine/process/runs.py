"""Everything the command line and the dashboard do to runs, in plain functions that both call."""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.plan.config import RunConfig
from engine.plan.setting import nearest, shown
from engine.process.engine_lock import LockHeldError, held_lock
from engine.process.identity import presence_of, read_identity
from engine.process.launch_checks import check_launch, cluster_table
from engine.process.listing import RunList, RunRow, list_runs, read_row, run_status
from engine.process.queue import turn_table
from engine.process.scheduler import wake_scheduler
from engine.process.stop import ask_to_stop, end_by_force, wait_until_gone
from engine.record.folder import CLUSTER_NAME, CONFIG_NAME, TURN_NAME, RunFolder, changed_ns
from engine.record.home import Home, find_home, home_of
from engine.record.status import CRASHED, FINISHED, Presence

__all__ = [
    "STOP_GRACE_SECONDS",
    "RunList",
    "RunRow",
    "find_home",
    "find_run",
    "launch_runs",
    "list_runs",
    "read_row",
    "remove_run",
    "resume_run",
    "run_status",
    "stop_run",
    "wake_scheduler",
]

STOP_GRACE_SECONDS = 60.0
"""Time to finish the step and checkpoint, before a stop ends the engine by force."""


MAX_NAME_BYTES = 255
"""No disk holds a longer name; where its folder is missing too, only a file in it would be refused."""


def find_run(home: Home, text: str) -> RunFolder:
    """The run with that id, or the only one whose id begins so; ValueError when it is none or several."""
    names = sorted(
        run_id for run_id in home.run_ids() if changed_ns(f"{home.runs_folder}/{run_id}/{CONFIG_NAME}")
    )
    matches = [text] if text in names else [name for name in names if text and name.startswith(text)]
    if len(matches) == 1:
        return home.run_folder(matches[0])
    if matches:
        some = ", ".join(matches[:5]) + (", ..." if len(matches) > 5 else "")
        raise ValueError(f"run {shown(text)} could be any of {len(matches)}: {some}")
    raise ValueError(f"no run {shown(text)} in {home.path}{nearest(text, names)}; `ssp-tui runs` lists them")


def launch_runs(
    home: Home, configs: Sequence[RunConfig], priority: int = 0, cluster: str | None = None
) -> list[RunFolder]:
    """Check all configurations, then make their folders and have them started, or queued, detached.

    `cluster` is a cluster's address, "" for the one at hand; None is this machine. ValueError in one line
    when one of the runs could not be started; then nothing is created.
    """
    extra: dict[str, Mapping[str, Any]] = {}
    if priority:
        extra[TURN_NAME] = turn_table(priority)
    if cluster is not None:
        extra[CLUSTER_NAME] = cluster_table(cluster)
    for config in configs:
        check_launch(config, is_for_cluster=cluster is not None)
    folders = [home.create_run(config, extra) for config in configs]
    wake_scheduler(home)
    return folders


def resume_run(home: Home, folder: RunFolder) -> None:
    """Queue a run again, to go on exactly where its checkpoint left it; ValueError when it cannot.

    A run that is stopping right now is resumed as soon as it has.
    """
    status = run_status(folder)
    if status.state == FINISHED:
        raise ValueError(f"run {folder.run_id} is finished: there is nothing to resume")
    if status.is_live:
        raise ValueError(f"run {folder.run_id} is {status.state}: stop it first")
    check_launch(folder.read_config(), is_for_cluster=folder.cluster_path.exists())
    folder.queue()
    wake_scheduler(home)


def stop_run(folder: RunFolder, grace_seconds: float = STOP_GRACE_SECONDS) -> str:
    """Take a queued run off the queue, or stop its engine; returns what happened, in a few words.

    The engine finishes its step, checkpoints and exits; after `grace_seconds` it is ended by force.
    """
    was_queued = folder.queued_path.exists()
    identity = read_identity(folder)
    presence = presence_of(identity) if identity else Presence.NONE
    if folder.cluster_path.exists():
        return _stop_on_cluster(folder, was_queued, grace_seconds)
    if presence is Presence.ELSEWHERE and identity is not None and not was_queued:
        raise ValueError(f"run {folder.run_id} is on host {identity.host}: stop it there")
    folder.ask_to_stop()  # written down first: else a process that goes away would be taken up again
    if identity is None or presence is not Presence.ALIVE:
        return "taken off the queue" if was_queued else f"already {run_status(folder).state}"
    ask_to_stop(identity)
    if wait_until_gone(identity, grace_seconds):
        return run_status(folder).state
    end_by_force(identity)
    wait_until_gone(identity, 10)
    return f"ended by force after {grace_seconds:g} s; it goes on from its last checkpoint"


def _stop_on_cluster(folder: RunFolder, was_queued: bool, grace_seconds: float) -> str:
    """Leave the wish where whoever minds the cluster finds it, and wait for the engine's last word."""
    before = run_status(folder)
    folder.ask_to_stop()
    wake_scheduler(home_of(folder))
    if not before.is_live:
        return "taken off the queue" if was_queued else f"already {before.state}"
    deadline = time.monotonic() + grace_seconds
    # An engine on this very machine may be gone before its last word is home: it seems crashed till then.
    while (status := run_status(folder)).is_live or status.state == CRASHED:
        if time.monotonic() > deadline:
            return f"asked to stop; still {status.state} after {grace_seconds:g} s"
        time.sleep(0.1)
    return status.state


def remove_run(home: Home, folder: RunFolder) -> None:
    """Delete a run's folder; ValueError when an engine is at work on it, or it is not inside the home."""
    if not _is_inside(home, folder):
        raise ValueError(f"{folder.path} is not a run's folder inside {home.path}: it is left alone")
    status = run_status(folder)
    if status.is_live:
        where = f" on host {status.elsewhere}" if status.elsewhere else ""
        raise ValueError(f"run {folder.run_id} is {status.state}{where}: stop it first")
    try:
        # And no engine can take it up from here on.
        with _pinned(folder.path) as pinned, held_lock(pinned / folder.lock_path.name):
            grave = home.runs_folder / f".removed-{secrets.token_hex(4)}"
            folder.path.rename(grave)
    except LockHeldError:
        raise ValueError(f"run {folder.run_id} has an engine at work: stop it first") from None
    except FileNotFoundError:
        raise ValueError(f"run {folder.run_id} is not there any more") from None
    _delete(grave)


@contextlib.contextmanager
def _pinned(path: Path) -> Iterator[Path]:
    """A way to this very folder, whatever is put in the place of its name meanwhile; OSError for a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _is_inside(home: Home, folder: RunFolder) -> bool:
    """Whether it is a real folder right below the home's real folder of runs."""
    inside = home.runs_folder.resolve()
    if len(os.fsencode(folder.run_id)) > MAX_NAME_BYTES:
        return False
    try:
        real = not folder.path.is_symlink() and folder.path.resolve() == inside / folder.run_id
    except OSError:  # nothing that can be looked at
        return False
    return real and inside.parent == home.path.resolve()


def _delete(grave: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(grave)  # links inside are removed, not followed

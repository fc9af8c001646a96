"""Which runs of a home a cluster is responsible for, read from their folders alone."""

from engine.process.lease import granted_time_ns, newest_token
from engine.process.listing import run_status
from engine.record.events import DeviceLost
from engine.record.folder import CLUSTER_NAME, RunFolder, changed_ns, read_json
from engine.record.home import Home
from engine.record.status import CRASHED, FAILED
from engine.record.summary import summarise


def address_of(folder: RunFolder) -> str | None:
    """The cluster a run belongs to, "" for the one at hand; None when it runs on this machine."""
    address = (read_json(folder.cluster_path) or {}).get("address")
    return address if isinstance(address, str) else None


def minded_runs(home: Home) -> dict[str, list[RunFolder]]:
    """By address, the runs that wait for a cluster, or were given to one and have not ended."""
    found: dict[str, list[RunFolder]] = {}
    for run_id in home.run_ids():
        if not changed_ns(f"{home.runs_folder}/{run_id}/{CLUSTER_NAME}"):
            continue
        folder = home.run_folder(run_id)
        if folder.is_queued or is_at_large(folder):
            address = address_of(folder)
            if address is not None:
                found.setdefault(address, []).append(folder)
    return found


def is_at_large(folder: RunFolder) -> bool:
    """Whether an engine was ordered that has said no last word: it runs somewhere, or was lost."""
    if not newest_token(folder) or folder.result_path.exists() or not folder.process_path.exists():
        return False  # without an engine's signature its request is still there, or was taken back
    status = run_status(folder)
    if status.is_live or status.state == CRASHED:
        return True
    return status.state == FAILED and isinstance(summarise(folder.journal_path).ending, DeviceLost)


def is_answered(folder: RunFolder, token: int) -> bool:
    """Whether the request in the folder is the one this lease was made for, and not a newer one.

    By the times of the two files: the file system's own clock, which may be another one than this machine's.
    """
    try:
        return folder.queued_path.stat().st_mtime_ns <= granted_time_ns(folder, token)
    except FileNotFoundError:
        return False

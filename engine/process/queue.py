"""The queue: every run whose folder asks to be started or resumed, oldest request first."""

from engine.record.folder import RunFolder, read_json
from engine.record.home import Home


def queued_runs(home: Home) -> list[RunFolder]:
    """The queued runs of a home in the order they are to be started."""
    folders = [folder for folder in home.run_folders() if folder.queued_path.exists()]
    return sorted(folders, key=lambda folder: (_request_time(folder), folder.run_id))


def _request_time(folder: RunFolder) -> float:
    time = (read_json(folder.queued_path) or {}).get("time")
    return time if isinstance(time, float) else 0.0

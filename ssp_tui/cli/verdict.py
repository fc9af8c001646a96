"""A run's verdict for commands that follow or show it."""

from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.verdict import Verdict, judge


def run_verdict(folder: RunFolder) -> Verdict | None:
    """Judge a run by its journal; None before it has begun, or when its configuration cannot be read."""
    state = read_state(folder.journal_path)
    if state.started is None:
        return None
    try:
        config = folder.read_config()
    except ValueError:
        return None
    return judge(state, config.space, config.derived is not None)

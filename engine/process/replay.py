"""A replay in a process of its own."""

from engine.process.ask import ask_engine
from engine.record.encoding import from_plain
from engine.record.events import NumericsBroke
from engine.record.folder import RunFolder
from engine.record.replay import Replay


def run_replay(folder: RunFolder, recorded: NumericsBroke) -> Replay:
    """Have a run's steps done again up to one of its events; ValueError in one line when it cannot."""
    found: Replay = from_plain(Replay, ask_engine([str(folder.path), "--replay", recorded.what]))
    return found

"""Real processes with a fake search, for tests of everything around one."""

import time
from collections.abc import Callable
from pathlib import Path

from engine.plan.config import read_config
from engine.process.identity import Identity, read_identity
from engine.process.launch import launch_detached
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import read_state
from tests.fakes import TINY

FAKE_ENGINE = Path(__file__).parents[2] / "fake_engine.py"


def make_run(home: Home, **settings: object) -> RunFolder:
    """A queued run of the smallest search."""
    return home.create_run(read_config({**TINY, **settings}))


def launch_fake(folder: RunFolder, *options: str) -> Identity:
    """A detached engine process with a fake search."""
    identity = launch_detached([*options, str(folder.path)], folder.log_path, folder.path, script=FAKE_ENGINE)
    assert identity is not None
    return identity


def launch_running(folder: RunFolder, *options: str) -> Identity:
    """The same, at work: it has taken the run up and said so."""
    identity = launch_fake(folder, *options)
    wait_for(lambda: read_state(folder.journal_path).started is not None)
    assert read_identity(folder) == identity
    return identity


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds; AssertionError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)

"""Runs made of canned journals, and a pretended engine that appends events as time goes by."""

import dataclasses
import json
import os
import shutil
import time
from pathlib import Path

from engine.process.identity import identify
from engine.record.entry import read_entry
from engine.record.events import EpochFinished, Event, RunFailed, RunFinished, RunStopped
from engine.record.folder import RunFolder, write_json
from engine.record.home import Home
from engine.record.journal import JournalWriter

STREAMS = Path(__file__).parent / "streams"


def stream_events(name: str) -> list[Event]:
    """Every event of a canned journal."""
    lines = (STREAMS / name / "events.jsonl").read_bytes().splitlines()
    return [event for line in lines if (event := read_entry(line).event)]


def make_run(home: Home, run_id: str, stream: str = "clean", title: str | None = None) -> RunFolder:
    """A run with a canned configuration and nothing in its journal yet, as if it had never started."""
    home.prepare()
    folder = home.run_folder(run_id)
    folder.path.mkdir(mode=0o700)
    text = (STREAMS / stream / "config.toml").read_text()
    if title is not None:
        first, _, rest = text.partition("\ntitle = ")
        text = f"{first}\ntitle = {json.dumps(title)}\n{rest.partition(chr(10))[2]}"
    folder.config_path.write_text(text)
    return folder


def finished_run(home: Home, run_id: str, stream: str = "clean") -> RunFolder:
    """A run that has ended as its journal says."""
    folder = make_run(home, run_id, stream)
    shutil.copyfile(STREAMS / stream / "events.jsonl", folder.journal_path)
    return folder


def ended_run(
    home: Home, run_id: str, stream: str, num_epochs: int, ending: Event | None, started: bool = True
) -> RunFolder:
    """A run of some epochs that ended so; None for a crash. One may end before it has `started`."""
    folder = make_run(home, run_id, stream)
    engine = FakeEngine(folder, stream)
    engine.sign_in(pid_is_alive=False)
    if started:
        engine.emit_epochs(num_epochs)
    if ending is not None:
        engine.emit(ending)
    return folder


def home_of_all_states(path: Path) -> Home:
    """One run in every state there is."""
    home = Home(path)
    finished_run(home, "clean-s7-1123-aaaa")
    finished_run(home, "collapsed-s3-1123-bbbb", "collapsed")
    ended_run(home, "gaussian-s5-1123-cccc", "gaussian", 3, RunStopped(3, "asked to stop"))
    reason = "out of GPU memory; a smaller child.batch_size or child.filters needs less: CUDA out of memory"
    trace = "torch.OutOfMemoryError: CUDA out of memory (forward, line 61 of child.py)"
    ended_run(home, "big-s1-1123-dddd", "clean", 2, RunFailed(reason, trace))
    ended_run(home, "lost-s2-1123-eeee", "gaussian", 4, None)
    make_run(home, "waiting-s4-1123-ffff").queue()
    live = FakeEngine(make_run(home, "live-s6-1123-gggg", "collapsed"), "collapsed")
    live.sign_in()
    live.emit_epochs(2)
    silent = FakeEngine(make_run(home, "silent-s8-1123-hhhh"), "clean")
    silent.sign_in(silent_seconds=4000)
    return home


class FakeEngine:
    """Says what a canned journal says, when it is told to."""

    def __init__(self, folder: RunFolder, stream: str) -> None:
        """Take up a run; it is not seen to be alive before `sign_in`."""
        self.folder = folder
        self._events = stream_events(stream)
        self._place = 0
        self._journal = JournalWriter(folder.journal_path)

    def sign_in(self, pid_is_alive: bool = True, silent_seconds: float = 0.0) -> None:
        """Say that this very process, or one that is gone, is the engine."""
        identity = identify(os.getpid())
        assert identity is not None
        if not pid_is_alive:
            identity = dataclasses.replace(identity, start_ticks=1)
        signature = {
            **dataclasses.asdict(identity),
            "time": time.time() - silent_seconds,
            "journal_bytes": -1,
        }
        write_json(self.folder.process_path, {"version": 1, **signature, "gpu": ""})

    def emit(self, event: Event) -> None:
        """Append one event."""
        self._journal.append(event)

    def emit_next(self) -> Event | None:
        """Append the next event of the canned journal; None at its end."""
        if self._place >= len(self._events):
            return None
        event = self._events[self._place]
        self._place += 1
        self.emit(event)
        return event

    def emit_epochs(self, num_epochs: int) -> None:
        """Append until so many epochs more are finished."""
        while num_epochs and (event := self.emit_next()):
            num_epochs -= isinstance(event, EpochFinished)

    def emit_ending(self) -> None:
        """Append the rest, to the end."""
        while event := self.emit_next():
            if isinstance(event, RunFinished):
                return

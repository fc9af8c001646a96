"""Runs of every released format are read, resumed and finished, for ever."""

import shutil
from pathlib import Path

import pytest

from engine.learn.checkpoint import FORMAT_VERSION
from engine.record.events import SCHEMA_VERSION, RunStarted, RunStopped, Warned
from engine.record.folder import RunFolder
from engine.record.journal import JournalReader, read_state
from tests.builders import run_once
from tests.released.record import RELEASED, name_of
from tests.sameness import told

RELEASES = sorted(path.name for path in RELEASED.glob("journal-*"))
STREAMS = RELEASED.parent / "streams"


def test_the_formats_of_today_are_among_the_released_ones() -> None:
    assert name_of(SCHEMA_VERSION, FORMAT_VERSION) in RELEASES


@pytest.mark.parametrize("name", RELEASES)
def test_a_released_run_goes_on_where_it_stopped_and_ends(tmp_path: Path, name: str) -> None:
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(RELEASED / name, folder.path)
    before, epochs_before = read_state(folder.journal_path), told(folder)[0]
    assert isinstance(before.ending, RunStopped)
    assert (len(epochs_before), before.num_broken_lines) == (1, 0)
    _, events, done = run_once(folder.read_config(), folder)
    assert done
    started = events[0]
    assert isinstance(started, RunStarted)
    assert (started.attempt, started.next_epoch) == (2, 1)
    assert not [event for event in events if isinstance(event, Warned)]
    assert repr(told(folder)[0][0]) == repr(epochs_before[0])
    assert [epoch.epoch for epoch in read_state(folder.journal_path).epochs] == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "num_epochs", "num_broke"), [("clean", 8, 0), ("collapsed", 5, 2), ("gaussian", 6, 0)]
)
def test_journals_of_version_1_are_read_whole(name: str, num_epochs: int, num_broke: int) -> None:
    path = STREAMS / name / "events.jsonl"
    reader = JournalReader(path)
    assert all(entry.event is not None for entry in reader.read())
    assert reader.num_broken_lines == 0
    state = read_state(path)
    assert (len(state.epochs), len(state.broke)) == (num_epochs, num_broke)

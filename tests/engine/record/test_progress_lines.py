"""Passing over progress that newer progress supersedes changes nothing: the slow form folds every line."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.record import entry as entry_module
from engine.record import journal as journal_module
from engine.record.encoding import to_plain
from engine.record.events import Event, Progressed, RunStopped, Warned
from engine.record.journal import JournalReader, StateReader
from engine.record.state import EMPTY, RunState, fold
from tests.fakes import fake_epoch, fake_started

numbers = st.integers(-3, 10**18)
plain = st.builds(Progressed, st.just(2), st.just("child"), numbers, st.just(9), st.none(), st.floats(0, 9))
odd = st.builds(
    Progressed,
    numbers,
    st.sampled_from(("child", "x" * 30, "a\u2028")),
    numbers,
    numbers,
    st.none() | st.floats(),
    st.floats(),
)
others = st.sampled_from((Warned("w"), fake_started(), fake_epoch(1), RunStopped(1, "r")))
few_seconds = st.integers(0, 50).map(float)
any_times = st.floats(0, 1e12, exclude_max=True) | st.sampled_from((-1.0, 999_999_999_999.999_999_9))
nothing = (b"", b"")
edits = st.sampled_from((nothing, (b'"seq":', b'"seq":0'), (b":", b": "), (b"}\n", b"}x\n"), (b",", b",,")))


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A line as an engine writes it, mostly progress, or nearly so."""
    is_plain = draw(st.integers(0, 3)) > 0
    event: Event = draw(plain if is_plain else odd | others)
    head = {"v": 1 if is_plain else draw(st.integers(1, 2)), "seq": 3}
    head["time"] = draw(few_seconds if is_plain else few_seconds | any_times)
    text = json.dumps({**head, "event": event.kind, **to_plain(event)}, separators=(",", ":")) + "\n"
    return text.encode().replace(*(nothing if is_plain else draw(edits)), 1)


def folded_slowly(path: Path) -> RunState:
    """Every line parsed, every event folded."""
    reader, state = JournalReader(path), EMPTY
    while entries := reader.read():
        for entry in entries:
            state = fold(state, entry.event, entry.time) if entry.event is not None else state
    return dataclasses.replace(state, num_broken_lines=reader.num_broken_lines)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One journal for all examples."""
    return tmp_path_factory.mktemp("journal") / "events.jsonl"


@given(st.lists(st.lists(lines(), max_size=8), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_the_state_is_that_of_every_line_folded_however_the_lines_came(
    path: Path, pieces: list[list[bytes]]
) -> None:
    path.unlink(missing_ok=True)
    reader = StateReader(path)
    for piece in pieces:
        with path.open("ab") as file:
            file.write(b"".join(piece))
        state = reader.read()
    assert repr(state) == repr(folded_slowly(path))


def test_of_a_thousand_progress_events_the_newest_alone_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = journal_module.JournalWriter(tmp_path / "events.jsonl")
    for step in range(1000):
        writer.append(Progressed(0, "child", step, 1000, 1.5, 1e-5))
    writer.close()
    read: list[bytes] = []
    monkeypatch.setattr(
        journal_module, "read_entry", lambda line: read.append(line) or entry_module.read_entry(line)
    )
    state = StateReader(tmp_path / "events.jsonl").read()
    assert len(read) == 1
    assert state.num_events == 1000
    assert state.progress is not None
    assert state.progress.step == 999

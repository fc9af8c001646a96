"""A journal survives whatever can happen to a file that is being appended to."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.record import journal as journal_module
from engine.record.events import Event, RunStopped, Warned
from engine.record.journal import JournalReader, JournalWriter, StateReader, read_state
from engine.record.summary import summarise
from tests.fakes import fake_epoch, fake_started

texts = st.text(max_size=30)
events = st.lists(st.builds(Warned, texts) | st.builds(RunStopped, st.integers(0, 9), texts), max_size=8)


@pytest.fixture(scope="module")
def module_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property: a new one for each costs more than the test."""
    return tmp_path_factory.mktemp("journals")


def written(path: Path, *events: Event) -> bytes:
    writer = JournalWriter(path)
    for event in events:
        writer.append(event)
    writer.close()
    return path.read_bytes()


def texts_of(reader: JournalReader) -> list[str]:
    return [entry.event.text for entry in reader.read() if isinstance(entry.event, Warned)]


def test_what_is_written_is_read_back_in_order_with_sequence_numbers(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    said = [fake_started(), fake_epoch(0, val_error=float("nan")), Warned("x\u2028\ud800\x1b[2J")]
    written(path, *said)
    entries = JournalReader(path).read()
    assert [entry.seq for entry in entries] == [0, 1, 2]
    assert repr([entry.event for entry in entries]) == repr(said)
    assert all(set(json.loads(entry.raw)) >= {"v", "seq", "time", "event"} for entry in entries)


def test_a_reopened_journal_goes_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(path, Warned("a"), Warned("b"))
    written(path, Warned("c"))
    assert [entry.seq for entry in JournalReader(path).read()] == [0, 1, 2]


@given(events)
@settings(max_examples=50, deadline=None)
def test_a_journal_torn_at_any_byte_keeps_every_whole_line_and_takes_the_next(
    module_path: Path, said: list[Event]
) -> None:
    path = module_path / "torn.jsonl"
    path.unlink(missing_ok=True)
    whole = written(path, *said)
    for cut in range(0, len(whole) + 1, max(1, len(whole) // 40)):
        path.unlink()  # rewriting a file in place makes some file systems flush it
        path.write_bytes(whole[:cut])
        num_whole = whole[:cut].count(b"\n")
        reader = JournalReader(path)
        assert [entry.event for entry in reader.read()] == said[:num_whole]
        assert reader.num_broken_lines == 0  # held back, not broken
        written(path, Warned("after"))
        # The torn line, ended now, is broken, unless all but its newline had been there.
        complete = num_whole + (cut > 0 and whole[cut : cut + 1] == b"\n")
        assert [entry.event for entry in reader.read()] == [*said[num_whole:complete], Warned("after")]
        assert JournalReader(path).read()[-1].seq == complete


@given(st.lists(st.binary(max_size=40), max_size=6))
@settings(max_examples=100, deadline=None)
def test_broken_lines_in_the_middle_are_counted_and_never_fatal(
    module_path: Path, broken: list[bytes]
) -> None:
    path = module_path / "broken.jsonl"
    path.unlink(missing_ok=True)
    before = written(path, Warned("before"))
    path.write_bytes(before + b"".join(line + b"\n" for line in broken))
    written(path, Warned("after"))
    reader = JournalReader(path)
    assert texts_of(reader) == ["before", "after"]
    assert reader.num_broken_lines == sum(bool(line.strip()) for each in broken for line in each.split(b"\n"))
    assert summarise(path).num_bytes == path.stat().st_size


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "null",
        "[" * 100_000,
        '{"v":1,"seq":0,"time":NaN,"event":"warned","text":""}',
        '{"v":1,"seq":0,"time":1e999,"event":"warned","text":""}',
        '{"v":1,"seq":0,"time":1,"event":"warned","text":7}',
        '{"v":1,"seq":0,"time":1,"event":"warned"}',
        '{"v":1,"seq":true,"time":1,"event":"warned","text":""}',
        '{"v":1,"seq":0,"time":' + "9" * 400 + ',"event":"warned","text":""}',
        '{"v":1,"seq":0,"time":1,"event":"run_finished","val_error":' + "9" * 400 + "}",
    ],
)
def test_a_line_that_is_no_event_is_broken(tmp_path: Path, line: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(line + "\n")
    reader = JournalReader(path)
    assert reader.read() == []
    assert reader.num_broken_lines == 1


def test_events_only_a_newer_version_knows_are_kept_as_text_and_not_broken(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"v":2,"seq":0,"time":1,"event":"dreamt","of":"sheep"}\n'
        '{"v":2,"seq":1,"time":1,"event":"warned","text":{"en":"x"}}\n'
        '{"v":2,"seq":2,"time":1,"event":"warned","text":"known","mood":"new"}\n'
    )
    reader = JournalReader(path)
    entries = reader.read()
    assert [entry.event for entry in entries] == [None, None, Warned("known")]
    assert reader.num_broken_lines == 0
    assert '"sheep"' in entries[0].raw


def test_an_endless_line_is_counted_once_and_passed_over_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "MAX_LINE_BYTES", 1000)
    path = tmp_path / "events.jsonl"
    before = written(path, Warned("before"))
    path.write_bytes(before + b"x" * 5500)
    reader = JournalReader(path)
    assert texts_of(reader) == ["before"]
    assert reader.num_broken_lines == 1
    with path.open("ab") as file:
        file.write(b"x" * 5000 + b"\n")
    written(path, Warned("after"))
    assert texts_of(reader) == ["after"]
    assert reader.num_broken_lines == 1


def test_one_read_takes_a_bounded_piece_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "READ_BYTES", 500)
    path = tmp_path / "events.jsonl"
    written(path, *(Warned(str(i)) for i in range(50)))
    reader = JournalReader(path)
    seen: list[str] = []
    num_reads = 0
    while piece := texts_of(reader):
        seen += piece
        num_reads += 1
    assert num_reads > 5
    assert seen == [str(i) for i in range(50)]


def test_a_reader_follows_line_by_line_and_never_reads_half_of_one(tmp_path: Path) -> None:
    path, growing = tmp_path / "events.jsonl", tmp_path / "growing.jsonl"
    whole = written(path, Warned("a"), Warned("b"))
    reader, seen = JournalReader(growing), []
    for i in range(len(whole)):
        with growing.open("ab") as file:
            file.write(whole[i : i + 1])
        seen += texts_of(reader)
    assert seen == ["a", "b"]
    assert reader.num_broken_lines == 0


@pytest.mark.parametrize("replaced", [True, False])
def test_a_replaced_or_truncated_journal_is_read_anew(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "events.jsonl"
    written(path, fake_started(), fake_epoch(0), fake_epoch(1))
    state = StateReader(path)
    assert len(state.read().epochs) == 2
    other = tmp_path / "other.jsonl"
    new = written(other, fake_started())
    if replaced:
        other.replace(path)
    else:
        path.write_bytes(new)
    assert state.journal.generation == 0
    assert state.read() == read_state(path)
    assert (state.journal.generation, state.read().epochs) == (1, ())


def test_a_journal_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "events.jsonl")
    assert reader.read() == []
    written(reader.path, Warned("a"))
    assert texts_of(reader) == ["a"]


def test_a_resume_voids_the_epochs_it_does_again(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(
        path, fake_started(), fake_epoch(0), fake_epoch(1), fake_started(1, 2), fake_epoch(1, val_error=0.2)
    )
    state = read_state(path)
    assert [(epoch.epoch, epoch.evaluation.val_error) for epoch in state.epochs] == [(0, 0.5), (1, 0.2)]


def test_a_write_cut_short_by_a_full_disk_leaves_a_torn_line_that_the_next_one_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.jsonl"
    writer = JournalWriter(path)
    writer.append(Warned("before"))
    real_write, room = os.write, [10, 0]

    def write_into_the_last_room(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data[: room.pop(0)])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_into_the_last_room)
        with pytest.raises(OSError, match="No space left"):
            writer.append(Warned("lost"))
    writer.append(Warned("after"))
    reader = JournalReader(path)
    assert texts_of(reader) == ["before", "after"]
    assert reader.num_broken_lines == 1

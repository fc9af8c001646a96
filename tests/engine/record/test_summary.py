"""The end of a journal says the same as all of it."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.record import summary as summary_module
from engine.record.encoding import to_plain
from engine.record.events import Event, Progressed, RunFailed, RunStopped, Warned
from engine.record.journal import JournalWriter, read_state
from engine.record.summary import MAX_RECENT, Summary, recent_val_errors, summarise
from tests.fakes import fake_epoch, fake_started

endings: st.SearchStrategy[Event] = st.builds(RunStopped, st.integers(0, 5), st.text(max_size=5))
endings |= st.builds(RunFailed, st.text(max_size=5), st.text(max_size=5))
attempts = st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans(), st.none() | endings, st.booleans())


def histories(attempts: list[tuple[int, int, bool, Event | None, bool]]) -> list[Event]:
    """Attempts as an engine makes them: each begins at or before the next epoch, and may die silently."""
    said: list[Event] = []
    next_epoch = 0
    for back, num_epochs, progresses, ending, warns in attempts:
        next_epoch = max(0, next_epoch - back)
        said.append(fake_started(next_epoch))
        for epoch in range(next_epoch, next_epoch + num_epochs):
            said.append(fake_epoch(epoch, val_error=epoch / 10, nan_parameter_share=epoch / 100))
        next_epoch += num_epochs
        said += [Progressed(next_epoch, "child", 1, 9, None, 1.0)] if progresses else []
        said += [Warned("w")] if warns else []
        said += [ending] if ending else []
    return said


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("summaries") / "events.jsonl"


@given(st.lists(attempts, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_summary_agrees_with_the_folded_state(
    path: Path, attempts: list[tuple[int, int, bool, Event | None, bool]]
) -> None:
    path.unlink(missing_ok=True)
    writer = JournalWriter(path)
    for event in histories(attempts):
        writer.append(event)
    writer.close()
    found, state = summarise(path), read_state(path)
    assert found.ending == state.ending
    assert found.progress == (state.progress if not _epoch_is_newer(histories(attempts)) else None)
    assert found.last_time == state.last_time
    assert found.epoch == (state.latest.epoch if state.latest else -1)
    assert found.val_error == (state.latest.evaluation.val_error if state.latest else None)
    expected = tuple(epoch.evaluation.val_error for epoch in state.epochs)
    assert recent_val_errors(path) == expected[-MAX_RECENT:]
    if found.ending is None:  # the pace of a process that has ended is of no use
        assert found.longest_silence_seconds == pytest.approx(state.longest_silence_seconds, abs=1e-6)
    assert found.num_bytes == path.stat().st_size


def _epoch_is_newer(said: list[Event]) -> bool:
    kinds = [event.kind for event in said if event.kind in ("epoch_finished", "progressed", "run_started")]
    return bool(kinds) and kinds[-1] == "epoch_finished"


def test_a_missing_or_empty_journal_summarises_to_nothing(tmp_path: Path) -> None:
    assert summarise(tmp_path / "events.jsonl") == Summary()
    assert recent_val_errors(tmp_path / "events.jsonl") == ()
    (tmp_path / "events.jsonl").touch()
    assert summarise(tmp_path / "events.jsonl") == Summary()


def test_only_the_end_of_a_long_journal_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary_module, "OLD_BYTES", 100_000)
    path = long_journal(tmp_path, num_epochs=300, num_progressed=20)
    found = summarise(path)
    assert (found.epoch, found.device) == (299, "cpu")
    assert found.progress is not None
    assert 5 < len(recent_val_errors(path)) <= MAX_RECENT


def test_the_last_epoch_is_found_far_behind_a_long_epoch_in_progress(tmp_path: Path) -> None:
    path = long_journal(tmp_path, num_epochs=1, num_progressed=6000)
    assert path.stat().st_size > summary_module.OLD_BYTES
    assert summarise(path).epoch == 0


def test_the_pace_is_that_of_the_newest_lines_and_not_of_epochs_far_apart(tmp_path: Path) -> None:
    path = long_journal(tmp_path, num_epochs=4, num_progressed=1000, seconds_apart=0.25)
    assert summarise(path).longest_silence_seconds == pytest.approx(0.25)


def long_journal(folder: Path, num_epochs: int, num_progressed: int, seconds_apart: float = 1.0) -> Path:
    """A run still at work, written line by line with a clock of its own."""
    path = folder / "events.jsonl"
    said: list[Event] = [fake_started()]
    for epoch in range(num_epochs):
        said += [fake_epoch(epoch), *[Progressed(epoch + 1, "child", 1, 9, None, 1.0)] * num_progressed]
    with path.open("w") as file:
        for seq, event in enumerate(said):
            line = {
                "v": 1,
                "seq": seq,
                "time": 1e9 + seq * seconds_apart,
                "event": event.kind,
                **to_plain(event),
            }
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
    return path


def test_hostile_numbers_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = JournalWriter(path)
    writer.append(fake_started())
    writer.append(fake_epoch(0))
    writer.close()
    line = path.read_text().splitlines()[1]
    with path.open("a") as file:
        file.write(line.replace('"epoch":0', '"epoch":"1"') + "\n")
        file.write(line.replace('"val_error":0.5', '"val_error":[]') + "\n")
        file.write('{"v":1,"seq":9,"time":9,"event":"epoch_finished","epoch":7}\n')
    assert summarise(path).epoch == 0

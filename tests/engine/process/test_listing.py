"""The quick list of runs says what reading every file whole would say, from files and from the cache."""

import dataclasses
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.process import reading_cache as cache_module
from engine.process.identity import identify
from engine.process.listing import RunList, list_runs
from engine.process.reading import Reading
from engine.record.encoding import to_plain
from engine.record.events import Event, Progressed, RunFailed, RunFinished, RunStopped, Warned
from engine.record.folder import RunFolder, write_json
from engine.record.heading import read_heading
from engine.record.home import Home
from engine.record.journal import JournalWriter
from tests.fakes import fake_break, fake_epoch, fake_started
from tests.oracle.listing import plain_rows

errors = st.sampled_from([0.0, 0.125, 0.5, 1.0, 1e-7, float("inf")])
endings: st.SearchStrategy[Event | None] = st.one_of(
    st.none(),
    st.builds(RunStopped, st.integers(0, 5), st.text(max_size=9)),
    st.builds(RunFailed, st.text(max_size=9), st.text(max_size=9)),
    st.just(RunFinished(0.5, 0.25, 0.5, 0.5, 0.25, 0.25, 0.0)),
)
rubbish = st.sampled_from(
    [
        b"\n",
        b"no event\n",
        b"\xff\x00\x1b[2J\n",
        b'{"v":1,"seq":1,"time":5,"event":"epoch_finished","epoch":3,"child":{}}\n',
        b'{"v":1,"seq":1,"time":1e13,"event":"run_finished"}\n',
        b'{"v":1,"seq":1,"time":7.0,"event":"run_started","attempt":"1","next_epoch":0}\n',
        b'{"v":9,"seq":1,"time":7.0,"event":"run_paused"}\n',
    ]
)
attempts = st.tuples(
    st.integers(0, 3),
    st.lists(st.tuples(errors, errors, st.sampled_from([0.0, 0.25, 1.0])), max_size=4),
    st.booleans(),
    st.none() | rubbish,
    endings,
    st.none() | st.tuples(st.integers(0, 40), st.floats(0.05, 0.95)),
)
"""How far back it begins, its epochs, whether progress follows, rubbish, its end, and a line cut short."""


def lines_of(attempts: list[tuple[Any, ...]]) -> list[Any]:
    """Attempts as engines make them; a dying one leaves a part of a line, and anybody may leave rubbish."""
    said: list[Any] = []
    next_epoch = 0
    for back, epochs, progresses, dirt, ending, cut in attempts:
        next_epoch = max(0, next_epoch - back)
        said.append(fake_started(next_epoch))
        for val_error, test_error, share in epochs:
            said += [fake_epoch(next_epoch, val_error, test_error, share), Warned("w")]
            next_epoch += 1
        said += [Progressed(next_epoch, "child", 1, 9, None, 1.0), fake_break()] if progresses else []
        said += [dirt] if dirt else []
        said += [ending] if ending else []
        said += [(fake_epoch(cut[0]), cut[1])] if cut else []
    return said


HEADINGS = (
    None,
    'name = "x"\ndataset = "synthetic"\nepochs = 8\nseed = 7\nprotocol = "paper"\n\n[space]\nbase = 1\n',
    'name = "q\\"\\u263a"\nepochs = 3 # few\n\n[space]\n',
    "name = '''a\nb'''\nepochs = 0x10\n\n[space]\n",
    'name = "x"\nname = "y"\n[space]\n',
    'name = "x"\r\nepochs = 9\r\n[space]\r\n',
    'name = "探索"\nepochs = 007\n[space]\n',
    "name = 1\nepochs = true\n",
    "[space]\n",
    "= broken",
    "",
)


@dataclasses.dataclass(frozen=True)
class Made:
    """One run folder to be made."""

    heading: str | None
    attempts: list[tuple[Any, ...]]
    """As `attempts` draws them; kept short, since a failing example is printed."""
    torn: bool
    process: str
    said_before: float
    is_queued: bool


made_runs = st.builds(
    Made,
    st.sampled_from(HEADINGS),
    st.lists(attempts, max_size=4),
    st.booleans(),
    st.sampled_from(["none", "alive", "gone", "elsewhere"]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.booleans(),
)


def write_run(folder: RunFolder, made: Made, lines: Sequence[Any] = ()) -> None:
    """Make or change a run's files; `lines` come after those of the attempts."""
    folder.path.mkdir(parents=True, exist_ok=True)
    if made.heading is not None:
        folder.config_path.write_bytes(made.heading.encode())
    append_lines(folder.journal_path, [*lines_of(made.attempts), *lines], made.torn)
    if made.process == "none":
        folder.process_path.unlink(missing_ok=True)
    else:
        write_json(folder.process_path, signed(folder, made))
    if made.is_queued:
        folder.queue()
    else:
        folder.queued_path.unlink(missing_ok=True)


def signed(folder: RunFolder, made: Made) -> dict[str, Any]:
    """What an engine writes down of itself when it takes the run up."""
    identity = identify(os.getpid())
    assert identity is not None
    changes: dict[str, dict[str, Any]] = {"gone": {"start_ticks": 1}, "elsewhere": {"host": "far.example"}}
    identity = dataclasses.replace(identity, **changes.get(made.process, {}))
    num_bytes = folder.journal_path.stat().st_size if folder.journal_path.exists() else 0
    return {
        "version": 1,
        **dataclasses.asdict(identity),
        "time": time.time(),
        "journal_bytes": int(num_bytes * made.said_before) if num_bytes else -1,
    }


def append_lines(path: Path, lines: list[Any], torn: bool) -> None:
    """Append events, rubbish and parts of events; a torn last line has no newline."""
    if not lines:
        return
    writer = JournalWriter(path)
    for line in lines:
        if isinstance(line, bytes):
            with path.open("ab") as file:
                file.write(line)
        elif isinstance(line, tuple):
            event, share = line
            plain = {"v": 1, "seq": 0, "time": time.time(), "event": event.kind, **to_plain(event)}
            text = json.dumps(plain, separators=(",", ":"))
            with path.open("a") as file:
                file.write(text[: int(len(text) * share)] + "\n")
        else:
            writer.append(line)
    writer.close()
    if torn:
        with path.open("r+b") as file:
            file.truncate(max(0, path.stat().st_size - 1))


def said(runs: RunList) -> dict[str, dict[str, Any]]:
    """What a list of runs says, in the oracle's words."""
    names = ("name", "dataset", "protocol", "seed", "epochs", "created_time", "summary", "status")
    names += ("recent_val_errors",)
    return {row.run_id: {name: getattr(row, name) for name in names} for row in runs.rows(with_errors=True)}


def comparable(rows: dict[str, dict[str, Any]]) -> str:
    """As text, since NaN is not equal to itself; silences rounded, those of ended runs left out.

    How long ago a stalled run last spoke is another second later on.
    """
    plain = {}
    for run_id, row in sorted(rows.items()):
        summary = row["summary"]
        silence = round(summary.longest_silence_seconds, 5) if summary.ending is None else 0.0
        plain[run_id] = {**row, "summary": dataclasses.replace(summary, longest_silence_seconds=silence)}
    text = "\n".join(f"{run_id}: {row}" for run_id, row in plain.items())
    return re.sub(r"no event for \d+ s", "no event for some s", text)


@pytest.fixture
def _keeps_every_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a large home does."""
    monkeypatch.setattr(cache_module, "WORTH_KEEPING", 1)
    monkeypatch.setattr("engine.process.listing.WORTH_KEEPING", 1)


@pytest.mark.usefixtures("_keeps_every_reading")
@given(st.lists(st.tuples(made_runs, st.none() | made_runs), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_the_quick_list_equals_the_plain_derivation_from_files_and_from_the_cache(
    histories: list[tuple[Made, Made | None]],
) -> None:
    place = Path(tempfile.mkdtemp())
    home = Home(place)
    try:
        home.prepare()
        for number, (first, _) in enumerate(histories):
            write_run(home.run_folder(f"run-{number}"), first)
        following = RunList(home)
        assert comparable(said(following)) == comparable(plain_rows(home.runs_folder))
        assert comparable(said(RunList(home))) == comparable(plain_rows(home.runs_folder))
        for number, (_, second) in enumerate(histories):
            if second is not None:
                write_run(home.run_folder(f"run-{number}"), second)
        home.bell_path.touch()
        expected = comparable(plain_rows(home.runs_folder))
        assert comparable(said(following)) == expected
        assert comparable(said(RunList(home))) == expected
        assert comparable(said(RunList(home))) == expected
    finally:
        shutil.rmtree(place)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three runs that are over, one after an epoch and one after a failure."""
    home = Home(tmp_path / "home")
    home.prepare()
    ended: list[list[Any]] = [
        [RunFinished(0.5, 0.25, 0.5, 0.5, 0.25, 0.25, 0.0)],
        [RunFailed("no", "E: no")],
        [],
    ]
    for number, ending in enumerate(ended):
        lines = [fake_started(), fake_epoch(0, float("nan"), 0.25), *ending]
        write_run(home.run_folder(f"run-{number}"), Made(HEADINGS[1], [], False, "gone", 0.0, False), lines)
    return home


def test_every_run_is_listed_before_the_errors_of_its_last_epochs_are_read(home: Home) -> None:
    runs = RunList(home)
    assert [row.recent_val_errors for row in runs.rows()] == [None] * 3
    assert (runs.is_whole, runs.is_complete) == (True, False)
    assert [row.summary.test_error for row in runs.rows(0.0, with_errors=True)] == [0.25] * 3
    assert not runs.is_complete
    assert [len(row.recent_val_errors or ()) for row in runs.rows(with_errors=True)] == [1] * 3
    assert runs.is_complete


@pytest.mark.usefixtures("_keeps_every_reading")
def test_what_was_kept_without_the_last_errors_is_kept_with_them_once_they_are_read(home: Home) -> None:
    list_runs(home)
    assert {row.recent_val_errors for row in list_runs(home)} == {None}
    RunList(home).rows(with_errors=True)
    assert [len(row.recent_val_errors or ()) for row in list_runs(home)] == [1] * 3


def nothing_is_read(path: str) -> Reading:
    """In the place of reading a run's files."""
    raise AssertionError(f"{path} was read")


@pytest.mark.usefixtures("_keeps_every_reading")
def test_runs_that_are_over_are_not_read_again_by_the_next_program(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list_runs(home)
    monkeypatch.setattr("engine.process.listing.read_run", nothing_is_read)
    assert repr(list_runs(home)) == repr(before)
    assert [row.status.state for row in before] == ["finished", "failed", "crashed"]
    with home.run_folder("run-1").journal_path.open("ab") as file:
        file.write(b"\n")
    with pytest.raises(AssertionError, match="run-1 was read"):
        list_runs(home)


@pytest.mark.usefixtures("_keeps_every_reading")
def test_whether_an_engine_is_alive_is_asked_anew_whatever_was_kept(home: Home) -> None:
    folder = home.run_folder("run-2")
    write_run(folder, Made(HEADINGS[1], [], False, "alive", 0.0, False))
    assert [row.status.state for row in list_runs(home)] == ["finished", "failed", "running"]
    assert b"run-2" not in home.cache_path.read_bytes()
    write_run(folder, Made(HEADINGS[1], [], False, "gone", 0.0, False))
    assert [row.status.state for row in list_runs(home)] == ["finished", "failed", "crashed"]


@pytest.mark.usefixtures("_keeps_every_reading")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:0],
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"readings", b"writings"),
        lambda content: content.replace(b"finished", b"mended"),
        lambda content: content.replace(b'"val_error": "NaN"', b'"val_error": []'),
        lambda content: content.replace(b'{"name"', b"[" * 10_000),
        lambda content: content.replace(b'"summary": {', b'"summary": {"progress": 3, '),
        lambda content: content.replace(b'"ending": "run_failed"', b'"ending": "warned"'),
        lambda content: b"\xff\x00\t" * 100 + content,
        lambda content: content.replace(b"\t", b"\n"),
    ],
)
def test_a_spoilt_cache_changes_nothing(home: Home, spoil: Callable[[bytes], bytes]) -> None:
    expected = repr(list_runs(home))
    spoilt = spoil(home.cache_path.read_bytes())
    home.cache_path.write_bytes(spoilt)
    assert repr(list_runs(home)) == expected


@pytest.mark.usefixtures("_keeps_every_reading")
def test_where_nothing_may_be_written_the_list_is_the_same(home: Home) -> None:
    expected = repr(list_runs(home, may_write=False))
    assert not home.cache_path.parent.exists()
    home.cache_path.parent.write_bytes(b"")  # a file in the folder's place: no user can write there
    assert repr(list_runs(home)) == expected
    assert list(home.path.glob("**/.runs*")) == []


def test_a_small_home_keeps_nothing(home: Home) -> None:
    list_runs(home)
    assert not home.cache_path.parent.exists()


@pytest.mark.usefixtures("_keeps_every_reading")
def test_the_cache_holds_the_runs_that_are_there_and_no_others(home: Home) -> None:
    list_runs(home)
    assert len(home.cache_path.read_bytes().splitlines()) == 1 + 3
    shutil.rmtree(home.run_folder("run-0").path)
    write_run(home.run_folder("run-3"), Made(HEADINGS[1], [], False, "gone", 0.0, False), [fake_started()])
    list_runs(home)
    assert len(home.cache_path.read_bytes().splitlines()) == 1 + 3


def test_a_run_resumed_anywhere_is_seen_at_once_among_thousands_that_are_over(home: Home) -> None:
    """Only some of those that are over are looked at in each call, unless the queue's bell rang."""
    runs = RunList(home)
    runs.rows()
    os.utime(home.runs_folder, (1, 1))
    runs.rows()
    home.run_folder("run-0").queue()
    home.bell_path.touch()
    assert [row.status.state for row in runs.rows()] == ["queued", "failed", "crashed"]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


names = st.sampled_from(["name", "title", "dataset", "epochs", "seed"])


@given(st.dictionaries(names, texts | st.integers(0, 10**19), min_size=1))
def test_a_heading_reads_as_the_toml_parser_reads_it(heading: dict[str, Any]) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(tomli_w.dumps({**heading, "space": {"base": "enas6"}}).encode())
        file.flush()
        assert read_heading(file.name) == heading

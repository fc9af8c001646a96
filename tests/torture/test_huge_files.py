"""Promise 6: a gigabyte of line, a million events, a million files: bounded memory and time, clear words."""

import contextlib
import io
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.plan.image_folder import scan_image_folder
from engine.process.runs import list_runs
from engine.record.events import Warned
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import JournalReader, JournalWriter, read_state
from engine.record.summary import summarise
from ssp_tui.cli.main import run_command
from tests.fake_journal import finished_run
from tests.torture.bounded import bounded

GIB = 2**30
MAX_BYTES = 2 * GIB
"""Of address space; an interpreter with its libraries mapped takes a quarter of it."""
PEAK_BYTES = 150 * 2**20


def seen(path: Path) -> tuple[int, int, int, list[str]]:
    """A run read in every way there is: epochs, broken lines, listed runs, and what `show` prints."""
    state, summary = read_state(path / "events.jsonl"), summarise(path / "events.jsonl")
    assert summary.num_bytes == (path / "events.jsonl").stat().st_size
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert run_command(["--home", str(path.parents[1]), "show", path.name]) == 0
    rows = list_runs(Home(path.parents[1]))
    return len(state.epochs), state.num_broken_lines, len(rows), said.getvalue().splitlines()


def appended(path: Path) -> int:
    """An engine takes the journal up: the sequence number of what it says next."""
    writer = JournalWriter(path)
    writer.append(Warned("taken up"))
    writer.close()
    *_, (kind, seq) = ((entry.kind, entry.seq) for entry in all_entries(path))
    assert kind == "warned"
    return seq


def all_entries(path: Path) -> itertools.chain:  # type: ignore[type-arg]
    """Every entry of a journal, piece by piece."""
    return itertools.chain.from_iterable(iter(JournalReader(path).read, []))


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("filling", ["zeros", "text"])
def test_a_line_of_a_gigabyte_is_one_broken_line(
    tmp_path: Path,
    scaled: Callable[[int, int], int],
    figure: Callable[[str], None],
    filling: str,
    ended: bool,
) -> None:
    folder = finished_run(Home(tmp_path), "long", "clean")
    num_lines = len(folder.journal_path.read_bytes().splitlines())
    num_bytes = scaled(GIB, 2**26)
    with folder.journal_path.open("ab") as file:
        if filling == "zeros":
            file.truncate(file.tell() + num_bytes)
            file.seek(0, 2)
        else:
            for _ in range(num_bytes // 2**20):
                file.write(b'{"v":1,' * (2**20 // 7))
        if ended:
            file.write(b"\n")
    looked = bounded(seen, folder.path, max_bytes=MAX_BYTES)
    num_epochs, num_broken, num_rows, text = looked.value
    assert (num_epochs, num_broken, num_rows) == (8, 1, 1)
    assert any("1" in line and "broken" in line for line in text), text
    taken_up = bounded(appended, folder.journal_path, max_bytes=MAX_BYTES)
    assert taken_up.value == num_lines
    assert max(looked.peak_bytes, taken_up.peak_bytes) < PEAK_BYTES
    figure(
        f"{num_bytes / 2**20:.0f} MiB: read in {looked.seconds:.1f} s, taken up in {taken_up.seconds:.1f} s, "
        f"peak {max(looked.peak_bytes, taken_up.peak_bytes) / 2**20:.0f} MiB"
    )


@pytest.mark.parametrize("kind", ["progressed", "warned", "broken"])
def test_a_million_lines_are_read_in_bounded_memory(
    tmp_path: Path, scaled: Callable[[int, int], int], figure: Callable[[str], None], kind: str
) -> None:
    folder = finished_run(Home(tmp_path), "many", "clean")
    lines = folder.journal_path.read_bytes().splitlines(keepends=True)
    line = {
        "progressed": next(line for line in lines if b'"progressed"' in line),
        "warned": b'{"v":1,"seq":9,"time":1.5,"event":"warned","text":"again and again and again"}\n',
        "broken": b'{"v":1,"seq":9,"time":1.5,"event":"warned","text":7}\n',
    }[kind]
    num_lines = scaled(10**6, 10**4)
    with folder.journal_path.open("ab") as file:
        for _ in range(num_lines // 1000):
            file.write(line * 1000)
    looked = bounded(seen, folder.path, max_bytes=MAX_BYTES)
    num_epochs, num_broken, num_rows, _ = looked.value
    assert (num_epochs, num_rows) == (8, 1)
    assert num_broken == (num_lines if kind == "broken" else 0)
    assert looked.peak_bytes < PEAK_BYTES
    figure(f"{num_lines} lines in {looked.seconds:.1f} s, peak {looked.peak_bytes / 2**20:.0f} MiB")


def test_a_folder_of_a_million_images_is_listed_and_one_odd_file_is_named(
    tmp_path: Path, scaled: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    num_files = scaled(10**6, 2 * 10**4)
    image = tmp_path / "image.png"
    image.write_bytes(b"never opened")
    for part, name in itertools.product(("train", "test"), ("cat", "dog")):
        (tmp_path / part / name).mkdir(parents=True)
    for number in range(num_files):
        # 60,000 names a file: most file systems allow no more links.
        source = tmp_path / f"image-{number // 60_000}.png"
        if not source.exists():
            source.write_bytes(image.read_bytes())
        name = f"{number:07}.png"
        (tmp_path / "train" / ("cat" if number % 2 else "dog") / name).hardlink_to(source)
    for name in ("cat", "dog"):
        (tmp_path / "test" / name / "0.png").hardlink_to(image)
    looked = bounded(num_listed, tmp_path, max_bytes=MAX_BYTES)
    assert looked.value == num_files + 2
    assert looked.peak_bytes < PEAK_BYTES + 300 * num_files
    figure(f"{num_files} files in {looked.seconds:.1f} s, peak {looked.peak_bytes / 2**20:.0f} MiB")
    (tmp_path / "train" / "cat" / "zz.txt").write_text("x")
    with pytest.raises(ValueError, match=r"zz\.txt is not an image file"):
        bounded(num_listed, tmp_path, max_bytes=MAX_BYTES)


def num_listed(root: Path) -> int:
    """How many images a folder data set has."""
    return sum(1 for _ in scan_image_folder(root).paths())


def test_a_configuration_and_a_result_of_a_gigabyte_are_refused_unread(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    folder = finished_run(Home(tmp_path), "huge", "clean")
    for path in (folder.config_path, folder.result_path, folder.process_path, folder.queued_path):
        with path.open("ab") as file:
            file.truncate(GIB)
    outcome = bounded(refusal, folder.path, max_bytes=MAX_BYTES)
    assert "larger than 1,000,000 bytes" in outcome.value
    assert outcome.peak_bytes < PEAK_BYTES
    figure(f"4 files of 1 GiB in {outcome.seconds:.1f} s, peak {outcome.peak_bytes / 2**20:.0f} MiB")


def refusal(path: Path) -> str:
    """Why a run's configuration is refused, after everything else of it was read."""
    list_runs(Home(path.parents[1]))
    try:
        RunFolder(path).read_config()
    except ValueError as error:
        return str(error)
    return ""

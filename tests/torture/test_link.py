"""Promise 5: a slow, stalled or broken link stalls no engine, spins nothing, and leaves the terminal sane."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.process.runs import run_status, stop_run
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import FINISHED
from ssp_tui.terminal_app import CRASH_FILE
from tests.engine.process.engines import launch_running, make_run, wait_for
from tests.fake_journal import finished_run
from tests.torture.link import Link

SLOW_BYTES_PER_SECOND = 25 * 1024
EPOCH_SECONDS = 0.25
MODES_LEFT = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1000l")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[RunFolder]:
    """A run whose engine, a process of its own, finishes four epochs a second."""
    folder = make_run(Home(tmp_path / "home"), epochs=100_000)
    launch_running(folder, f"--epoch-seconds={EPOCH_SECONDS}")
    yield folder
    stop_run(folder, grace_seconds=2)


@pytest.fixture
def link(live: RunFolder) -> Iterator[Link]:
    """A dashboard on it."""
    link = Link(live.path.parents[1], live.run_id)
    assert link.read_until("Errors")
    yield link
    link.close()


def shown_epoch(link: Link) -> int:
    """The number after `epoch` in the header."""
    words = " ".join(link.rows()[:6]).replace(",", "").replace("/", " ").split()
    return int(words[words.index("epoch") + 1])


def assert_caught_up(link: Link, folder: RunFolder, bytes_per_second: float) -> None:
    """Within some seconds the screen shows where the run is."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        link.read_for(0.5, bytes_per_second)
        if folder.last_recorded_epoch() - shown_epoch(link) <= 8:
            return
    raise AssertionError(f"epoch {folder.last_recorded_epoch()}, the screen: {link.rows()[:6]}")


def test_on_25_kib_a_second_the_dashboard_keeps_up(
    link: Link, live: RunFolder, scaled: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    seconds = scaled(60, 8)
    cpu = link.cpu_seconds()
    num_bytes = 0
    for _ in range(seconds // 4):  # a whole screen comes with each of these
        link.press(b"?")
        num_bytes += link.read_for(2, SLOW_BYTES_PER_SECOND)
        link.press(b"?")
        num_bytes += link.read_for(2, SLOW_BYTES_PER_SECOND)
    cpu = (link.cpu_seconds() - cpu) / seconds
    assert_caught_up(link, live, SLOW_BYTES_PER_SECOND)
    rate = num_bytes / 1024 / seconds
    figure(f"{seconds} s, four epochs and half a screen a second: {rate:.1f} KiB/s, {cpu:.0%} of a core")


def test_a_stalled_link_stalls_no_engine_spins_nothing_and_is_caught_up_with(
    link: Link, live: RunFolder, scaled: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    link.read_for(2)
    seconds, first_epoch = scaled(60, 8), live.last_recorded_epoch()
    cpu, memory = link.cpu_seconds(), link.process.memory_info().rss
    time.sleep(seconds)
    num_epochs = live.last_recorded_epoch() - first_epoch
    cpu = (link.cpu_seconds() - cpu) / seconds
    grown = link.process.memory_info().rss - memory
    assert num_epochs > 0.5 * seconds / EPOCH_SECONDS
    assert cpu < 0.25
    assert grown < 30 * 2**20
    assert_caught_up(link, live, SLOW_BYTES_PER_SECOND)
    figure(f"{seconds} s: {num_epochs} epochs meanwhile, {cpu:.1%} of a core, {grown / 2**20:.1f} MiB")


@pytest.mark.parametrize("stalled", [False, True])
@pytest.mark.parametrize("what", ["hang up", "SIGTERM", "SIGHUP"])
def test_the_dashboard_is_gone_soon_after_its_link_or_a_signal_and_the_engine_goes_on(
    link: Link, live: RunFolder, what: str, stalled: bool
) -> None:
    if stalled:
        time.sleep(4)  # its writes block by now
    if what == "hang up":
        link.hang_up()
    else:
        link.process.send_signal(getattr(signal, what))
    link.popen.wait(10)
    epoch = live.last_recorded_epoch()
    wait_for(lambda: live.last_recorded_epoch() > epoch)


LEAVES = {
    "q": (lambda link: link.press(b"q"), 0),
    "SIGTERM": (lambda link: link.process.send_signal(signal.SIGTERM), 128 + signal.SIGTERM),
    "SIGHUP": (lambda link: link.process.send_signal(signal.SIGHUP), 128 + signal.SIGHUP),
}


@pytest.mark.parametrize("how", LEAVES)
def test_after_every_exit_the_terminal_is_as_it_was(link: Link, how: str) -> None:
    leave, code = LEAVES[how]
    link.read_for(1)
    leave(link)
    assert link.exit_code() == code
    assert all(mode in link.output for mode in MODES_LEFT)
    assert link.modes_after() == link.modes_before


CRASHES = {
    "in a handler": "app.Dashboard.on_runs_arrived = lambda self, message: [][1]",
    "in the watcher": "from ssp_tui import watch\nwatch.Watcher._look_at_list = lambda self: [][1]",
    "with markup and escapes in its text": (
        "def crash(self, message):\n    raise KeyError('[/x]\\x1b]0;owned\\x07' + 'y' * 5000)\n"
        "app.Dashboard.on_runs_arrived = crash"
    ),
}


@pytest.mark.parametrize("where", CRASHES)
def test_a_crash_leaves_a_traceback_in_a_file_one_line_and_a_sane_terminal(
    tmp_path: Path, where: str
) -> None:
    home = Home(tmp_path / "home")
    finished_run(home, "done")
    link = Link(home.path, before=CRASHES[where])
    try:
        assert link.exit_code(30) == 1
        said = link.output.rpartition(b"\x1b[?1049l")[2]
        assert b"\x1b]0;owned" not in link.output
        assert b"the dashboard crashed" in said
        assert b"Traceback" not in said
        assert len(said) < 1500
        assert all(mode in link.output for mode in MODES_LEFT)
        assert link.modes_after() == link.modes_before
        kept = (home.path / CRASH_FILE).read_text()
        assert "Traceback (most recent call last)" in kept
        assert (home.path / CRASH_FILE).stat().st_mode & 0o077 == 0
    finally:
        link.close()
    assert run_status(home.run_folder("done")).state == FINISHED

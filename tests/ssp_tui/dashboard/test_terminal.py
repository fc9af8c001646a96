"""The dashboard on a real pseudo-terminal: start, quit, signals, hang-up, and what it never imports."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pexpect
import psutil
import pyte
import pytest

from engine.record.home import Home
from tests.fake_journal import finished_run

ROOT = Path(__file__).parents[3]

START = """
import sys
from pathlib import Path
from ssp_tui.app import open_dashboard
code = open_dashboard(Path(sys.argv[1]), run=sys.argv[2] or None, mouse=sys.argv[3] == "mouse")
heavy = sorted(name for name in ("torch", "torchvision", "matplotlib") if name in sys.modules)
print(f"left with {code}, imported {heavy}")
sys.exit(code)
"""

MODES_LEFT = ("\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l")
"""The alternate screen, the hidden cursor and bracketed paste are given back."""


@pytest.fixture
def one_run(tmp_path: Path) -> Path:
    home = Home(tmp_path / "home")
    finished_run(home, "collapsed", "collapsed")
    return home.path


def started(home: Path, run: str = "collapsed", mouse: str = "mouse") -> "pexpect.spawn[str]":
    # A test runner's own terminal may have left its size in the environment; the child has one of its own.
    ours = ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL", "COLUMNS", "LINES")
    environment = {k: v for k, v in os.environ.items() if k not in ours}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    arguments = ["-c", START, str(home), run, mouse]
    child = pexpect.spawn(
        sys.executable, arguments, env=environment, dimensions=(40, 120), encoding="utf-8", timeout=30
    )
    child.delaybeforesend = None
    return child


def screen_of(text: str) -> list[str]:
    screen = pyte.Screen(120, 40)
    pyte.Stream(screen).feed(text)
    return [row.rstrip() for row in screen.display]


def test_draws_itself_quits_on_q_and_never_imports_torch(one_run: Path) -> None:
    child = started(one_run)
    child.expect("COLLAPSED")
    child.expect("Device")
    time.sleep(0.3)
    child.send("q")
    child.expect("left with 0, imported \\[\\]")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_what_the_terminal_shows_is_what_was_drawn(one_run: Path) -> None:
    child = started(one_run)
    child.expect("Maximise")
    time.sleep(0.5)
    text = child.before + child.after + child.read_nonblocking(100_000, 1)
    for key in ("\x1b[D", "\x1b[D", "\x1b[C", "\x1b[F", "m", "m"):
        child.send(key)
        time.sleep(0.15)
        text += child.read_nonblocking(100_000, 2)
    rows = screen_of(text)
    assert rows[0].startswith(" ssp-tui   1 Runs  2 Compose  3 Presets  4 Compare")
    assert rows[1].startswith(" ✓ finished   Dropout x6 and stretched convolution x12   collapsed")
    assert rows[3].startswith("  COLLAPSED  since epoch 0, step 8: every weight is NaN")
    assert rows[5].startswith("╭─ Errors ─")
    child.terminate(force=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(one_run: Path, number: int) -> None:
    child = started(one_run)
    child.expect("COLLAPSED")
    time.sleep(0.3)
    child.kill(number)
    child.expect(f"left with {128 + number}")
    for mode in MODES_LEFT:
        assert mode in child.before
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 128 + number


def test_leaves_when_the_terminal_is_gone_even_if_hang_ups_are_ignored(one_run: Path) -> None:
    child = started(one_run)
    child.expect("COLLAPSED")
    process = psutil.Process(child.pid)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        os.close(child.fileno())
        process.wait(10)  # raises while it is still there
    finally:
        signal.signal(signal.SIGHUP, before)
        child.closed = True


def test_no_mouse_asks_the_terminal_for_no_mouse(one_run: Path) -> None:
    for mouse, expected in (("mouse", True), ("none", False)):
        child = started(one_run, mouse=mouse)
        child.expect("COLLAPSED")
        assert ("\x1b[?1003h" in child.before) is expected
        child.terminate(force=True)


def test_idle_writes_nothing(one_run: Path) -> None:
    child = started(one_run)
    child.expect("COLLAPSED")
    with contextlib.suppress(pexpect.TIMEOUT):  # what belongs to the start is over once it is quiet
        while child.read_nonblocking(100_000, 2):
            pass
    with pytest.raises(pexpect.TIMEOUT):
        child.read_nonblocking(1, 3)
    child.terminate(force=True)

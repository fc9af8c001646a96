"""Measures what the dashboard costs on a terminal: bytes, CPU, first paint, and a home of 5,000 runs.

Every figure comes from a real pseudo-terminal of 120x40 cells that answers the terminal's queries as xterm
does. Engines are pretended: this process appends the events of a canned real run to their journals.
"""

import argparse
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.record.events import EpochFinished, Progressed
from engine.record.home import Home
from tests.fake_journal import FakeEngine, finished_run, make_run, stream_events

MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("hello")
Minimal().run()
"""

DASHBOARD = """
import sys
from pathlib import Path
from ssp_tui.app import open_dashboard
run = sys.argv[2] if len(sys.argv) > 2 else None
sys.exit(open_dashboard(Path(sys.argv[1]), run=run, mouse=False))
"""


@dataclass
class Terminal:
    """A program on a pseudo-terminal of its own."""

    process: psutil.Process
    fd: int
    started: float
    output: bytearray = field(default_factory=bytearray)

    @classmethod
    def start(cls, code: str, *arguments: str, columns: int = 120, rows: int = 40) -> "Terminal":
        """Run Python code there."""
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        started = time.monotonic()
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(sys.executable, [sys.executable, "-c", code, *arguments], environment)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return cls(psutil.Process(pid), fd, started)

    def read_for(self, seconds: float, do: Callable[[], None] | None = None, every: float = 0.25) -> int:
        """Take what is written for so long, doing something now and then; returns how many bytes came."""
        before, end, due = len(self.output), time.monotonic() + seconds, time.monotonic()
        while (now := time.monotonic()) < end:
            if do is not None and now >= due:
                do()
                due += every
            ready, _, _ = select.select([self.fd], [], [], 0.02)
            if ready:
                self.output += os.read(self.fd, 65536)
        return len(self.output) - before

    def read_until(self, pattern: bytes, timeout: float = 20.0) -> float:
        """Seconds from the start until the pattern was written."""
        while time.monotonic() - self.started < timeout:
            ready, _, _ = select.select([self.fd], [], [], 0.005)
            if ready:
                self.output += os.read(self.fd, 65536)
            if re.search(pattern, self.output):
                return time.monotonic() - self.started
        raise TimeoutError(f"{pattern!r} never came; last: {bytes(self.output[-300:])!r}")

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.fd, keys)

    def end(self) -> None:
        """Quit it."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(OSError):
            self.read_for(1.0)
        os.close(self.fd)
        self.process.wait(5)


def first_paint(rounds: int, home: Path) -> dict[str, float]:
    """Seconds to the first frame, against a minimal Textual app, in turns."""
    minimal: list[float] = []
    ours: list[float] = []
    for _ in range(rounds):
        for code, marks, times in ((MINIMAL, b"hello", minimal), (DASHBOARD, b"Compose", ours)):
            terminal = Terminal.start(code, str(home))
            times.append(terminal.read_until(marks))
            terminal.end()
    return {
        "minimal_seconds": round(statistics.median(minimal), 3),
        "dashboard_seconds": round(statistics.median(ours), 3),
        "ratio": round(statistics.median(ours) / statistics.median(minimal), 2),
    }


def measured(terminal: Terminal, seconds: float, do: Callable[[], None] | None = None) -> dict[str, float]:
    """Bytes a second and CPU share over a stretch of time."""
    cpu = sum(terminal.process.cpu_times()[:2])
    num_bytes = terminal.read_for(seconds, do)
    cpu = sum(terminal.process.cpu_times()[:2]) - cpu
    return {
        "kib_per_second": round(num_bytes / 1024 / seconds, 3),
        "bytes": num_bytes,
        "cpu_percent": round(100 * cpu / seconds, 1),
    }


def idle(home: Path, seconds: float) -> dict[str, object]:
    """On the list of runs and on a finished run nothing is written."""
    results: dict[str, object] = {}
    for name, arguments in (("runs", ()), ("finished_run", ("done",))):
        terminal = Terminal.start(DASHBOARD, str(home), *arguments)
        terminal.read_for(4)
        results[name] = measured(terminal, seconds)
        terminal.end()
    return results


def real_run(home: Path, seconds: float, epoch_seconds: float) -> dict[str, float]:
    """An engine with epochs of some seconds that tells its progress four times a second."""
    engine = FakeEngine(make_run(Home(home), "live", "collapsed"), "clean")
    engine.sign_in()
    engine.emit_epochs(1)
    epochs = [event for event in stream_events("clean") if isinstance(event, EpochFinished)]
    terminal = Terminal.start(DASHBOARD, str(home), "live")
    terminal.read_for(4)
    count = [0]

    def act() -> None:
        ticks = int(epoch_seconds * 4)
        epoch, step = 1 + count[0] // ticks, count[0] % ticks
        if step == ticks - 1:
            engine.emit(replace(epochs[epoch % len(epochs)], epoch=epoch))
        else:
            engine.emit(Progressed(epoch, "child", 3 * step, 3 * ticks, 2.3 - 0.01 * step, 215.0 + step % 7))
        count[0] += 1

    result = measured(terminal, seconds, act)
    terminal.end()
    return result


def every_panel(home: Path, seconds: float) -> dict[str, float]:
    """A whole new epoch four times a second: every panel changes every time."""
    engine = FakeEngine(make_run(Home(home), "fast", "long"), "clean")
    engine.sign_in()
    engine.emit_next()
    epochs = [event for event in stream_events("gaussian") if isinstance(event, EpochFinished)]
    terminal = Terminal.start(DASHBOARD, str(home), "fast")
    terminal.read_for(4)
    count = [0]

    def act() -> None:
        engine.emit(replace(epochs[count[0] % len(epochs)], epoch=count[0]))
        count[0] += 1

    result = measured(terminal, seconds, act)
    terminal.end()
    return result


def many_runs(num_runs: int, place: Path) -> dict[str, object]:
    """A home of many runs: the time until they are listed, and scrolling through them."""
    home = Home(place)
    original = finished_run(home, "run-0000")
    for number in range(1, num_runs):
        shutil.copytree(original.path, home.runs_folder / f"run-{number:04}")
    terminal = Terminal.start(DASHBOARD, str(place))
    painted = terminal.read_until(b"Compose")
    first = terminal.read_until(rb"finished")
    listed = terminal.read_until(rf"{num_runs:,}".encode(), timeout=60)
    terminal.read_for(2)
    times: list[float] = []
    for _ in range(40):
        before = time.monotonic()
        terminal.press(b"\x1b[6~")
        terminal.read_for(0.02)
        while select.select([terminal.fd], [], [], 0.03)[0]:
            terminal.output += os.read(terminal.fd, 65536)
        times.append(time.monotonic() - before)
    result: dict[str, object] = {
        "first_rows_after_paint_seconds": round(first - painted, 2),
        "all_rows_after_paint_seconds": round(listed - painted, 2),
        "page_down_milliseconds": round(1000 * statistics.median(times) - 30, 1),
        "idle": measured(terminal, 10),
    }
    terminal.end()
    return result


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=["paint", "idle", "real", "panels", "many"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "home"
        finished_run(Home(place), "done", "collapsed")
        steps: dict[str, Callable[[], object]] = {
            "paint": lambda: first_paint(options.rounds, place),
            "idle": lambda: idle(place, 10.0),
            "real": lambda: real_run(place, options.seconds, epoch_seconds=5.0),
            "panels": lambda: every_panel(place, options.seconds),
            "many": lambda: many_runs(options.runs, Path(scratch) / "many"),
        }
        for name in options.only:
            print(json.dumps({name: steps[name]()}), flush=True)


if __name__ == "__main__":
    main()

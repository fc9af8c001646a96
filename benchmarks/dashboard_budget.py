"""Measures what the dashboard costs on a terminal: bytes, CPU, first paint, and a home of 5,000 runs.

Every figure comes from a real pseudo-terminal of 120x40 cells that answers the terminal's queries as xterm
does. Engines are pretended: this process appends the events of a canned real run to their journals.
"""

import argparse
import itertools
import json
import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from terminal import Terminal

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


def frame_milliseconds(terminal: Terminal, keys: tuple[bytes, ...], presses: int) -> dict[str, float]:
    """From a key, the next of these in turn, to the last byte that it made the dashboard write."""
    times: list[float] = []
    for key in itertools.islice(itertools.cycle(keys), presses):
        before = last = time.monotonic()
        terminal.press(key)
        while select.select([terminal.fd], [], [], 0.1)[0]:
            terminal.output += os.read(terminal.fd, 65536)
            last = time.monotonic()
        times.append(1000 * (last - before))
    return {"median": round(statistics.median(times), 1), "most": round(max(times), 1)}


SCROLLING = {"down": b"\x1b[B", "page_down": b"\x1b[6~", "page_up": b"\x1b[5~"}
TO_ENDS = (b"\x1b[F", b"\x1b[H")


def listed(place: Path, num_runs: int, has_cache: bool) -> dict[str, object]:
    """Seconds from the first paint to the first rows and to all, then scrolling, then ten idle seconds."""
    if not has_cache:
        Home(place).cache_path.unlink(missing_ok=True)
    terminal = Terminal.start(DASHBOARD, str(place))
    painted = terminal.read_until(b"Compose")
    first = terminal.read_until_shown("finished")
    whole = terminal.read_until_shown(f"{num_runs:,} runs")
    cpu = sum(terminal.process.cpu_times()[:2])
    terminal.read_for(4)
    frames = {name: frame_milliseconds(terminal, (key,), 25) for name, key in SCROLLING.items()}
    frames["end_and_home"] = frame_milliseconds(terminal, TO_ENDS, 20)
    terminal.read_for(2)  # the last key's frame may still be on its way
    result: dict[str, object] = {
        "first_rows_after_paint_seconds": round(first - painted, 2),
        "all_rows_after_paint_seconds": round(whole - painted, 2),
        "cpu_seconds_since_start": round(cpu, 2),
        "frame_milliseconds": frames,
        "idle": measured(terminal, 10),
    }
    terminal.end()
    return result


def many_runs(num_runs: int, place: Path) -> dict[str, object]:
    """A home of many runs in the dashboard and on the command line: never read before, and read before."""
    home = Home(place)
    original = FakeEngine(make_run(home, "run-0000"), "clean")
    original.sign_in(pid_is_alive=False)
    original.emit_ending()
    for number in range(1, num_runs):
        shutil.copytree(original.folder.path, home.runs_folder / f"run-{number:04}")
    return {
        "never_read": listed(place, num_runs, has_cache=False),
        "read_before": listed(place, num_runs, has_cache=True),
        "command_never_read": command_seconds(home, has_cache=False),
        "command_read_before": command_seconds(home, has_cache=True),
    }


def command_seconds(home: Home, has_cache: bool) -> dict[str, float]:
    """`ssp-tui runs`, from start to end."""
    if not has_cache:
        home.cache_path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "ssp_tui", "--home", str(home.path), "runs"]
    start, before = time.monotonic(), os.times()
    subprocess.run(command, cwd=Path(__file__).parents[1], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": round(time.monotonic() - start, 2), "cpu_seconds": round(cpu, 2)}


def comparison() -> list[str]:
    """What compare_speed.py says."""
    script = Path(__file__).with_name("compare_speed.py")
    environment = {**os.environ, "PYTHONPATH": str(script.parents[1])}
    said = subprocess.run(
        [sys.executable, script], env=environment, check=True, capture_output=True, text=True
    )
    return said.stdout.splitlines()


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=["paint", "idle", "real", "panels", "many", "compare"])
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
            "compare": comparison,
        }
        for name in options.only:
            print(json.dumps({name: steps[name]()}), flush=True)


if __name__ == "__main__":
    main()

"""A process that has torch imported and forks an engine for each request: real processes, 200 imports saved.

Requests are JSON lines on standard input: a run's folder and a file in which the engine marks where it is.
The answer is the engine's pid; whoever asked may kill it. A dead engine is reaped by the kernel.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


class ForkServer:
    """The asking side."""

    def __init__(self) -> None:
        """Start the server; it answers once torch is imported."""
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start_engine(self, folder: Path, marks: Path) -> int:
        """The pid of a new engine on the run."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), str(marks)]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the server; engines it started go on."""
        self._process.communicate(timeout=60)


def _warm_up() -> None:
    """Run one search here, so that what torch imports late is there before the first fork."""
    from engine.learn.search import run_search
    from engine.plan.config import read_config
    from engine.record.folder import RunFolder
    from tests.fakes import TINY

    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder.create(Path(place) / "run", read_config({**TINY, "epochs": 1}))
        run_search(folder.read_config(), folder, [].append, lambda: False, Path(place))


def _serve() -> None:
    from tests.torture import marks

    _warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        folder, marks_path = map(Path, json.loads(line))
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        os._exit(marks.run_marked_engine(folder, marks_path))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    _serve()
    os._exit(0)  # tearing torch down takes seconds

"""A dashboard at the far end of a link that is slow, stalls, or breaks: a pseudo-terminal read at will."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import psutil
import pyte

ROOT = Path(__file__).parents[2]
COLUMNS, ROWS = 120, 40
CHUNK_BYTES = 512

START = """
import sys
from pathlib import Path
from ssp_tui import app
{before}
sys.exit(app.open_dashboard(Path(sys.argv[1]), run=sys.argv[2] or None))
"""


class Link:
    """The terminal's side."""

    def __init__(self, home: Path, run: str = "", before: str = "") -> None:
        """Start a dashboard on `home`, on one run if it is named, after some Python code."""
        self._far, near = pty.openpty()
        fcntl.ioctl(self._far, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._near = near
        self.modes_before = termios.tcgetattr(near)
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TEXTUAL")}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        self.popen = subprocess.Popen(
            [sys.executable, "-c", START.format(before=before), str(home), run],
            stdin=near,
            stdout=near,
            stderr=near,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.process = psutil.Process(self.popen.pid)
        self.output = bytearray()
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    def read_for(self, seconds: float, bytes_per_second: float = 10**7) -> int:
        """Take what comes, no faster than so; returns how many bytes came."""
        begun, num_bytes = time.monotonic(), 0
        while (now := time.monotonic() - begun) < seconds:
            if num_bytes > now * bytes_per_second:
                time.sleep(CHUNK_BYTES / bytes_per_second)
                continue
            if not select.select([self._far], [], [], 0.02)[0]:
                continue
            try:
                piece = os.read(self._far, CHUNK_BYTES if bytes_per_second < 10**7 else 65536)
            except OSError:  # nobody has the other end open any more
                break
            num_bytes += len(piece)
            self.output += piece
            self._stream.feed(piece)
        return num_bytes

    def read_until(self, text: str, seconds: float = 30.0, bytes_per_second: float = 10**7) -> bool:
        """Whether the screen shows a text within so many seconds."""
        end = time.monotonic() + seconds
        while not self.shows(text):
            if time.monotonic() > end:
                return False
            self.read_for(0.1, bytes_per_second)
        return True

    def shows(self, text: str) -> bool:
        """Whether the text is on the screen now."""
        return any(text in row for row in self._screen.display)

    def rows(self) -> list[str]:
        """The screen."""
        return [row.rstrip() for row in self._screen.display]

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._far, keys)

    def cpu_seconds(self) -> float:
        """What the dashboard has used so far."""
        return sum(self.process.cpu_times()[:2])

    def exit_code(self, seconds: float = 10.0) -> int:
        """Read on until the dashboard has left; subprocess.TimeoutExpired when it stays."""
        end = time.monotonic() + seconds
        while self.popen.poll() is None and time.monotonic() < end:
            self.read_for(0.05)
        code = self.popen.wait(0.1)
        self.read_for(0.2)
        return code

    def modes_after(self) -> list[object]:
        """How the terminal's line discipline was left."""
        return termios.tcgetattr(self._near)

    def hang_up(self) -> None:
        """The link is gone."""
        for descriptor in (self._near, self._far):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._near = self._far = -1

    def close(self) -> None:
        """End what is left."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.process.kill()
        self.popen.wait()
        self.hang_up()

"""A program on a pseudo-terminal of its own, timed by what it writes."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyte

PRIVATE = re.compile(rb"\x1b\[[<>=?][0-9;]*\$?[a-zA-Z]")
"""Modes and queries that pyte would print."""


@dataclass
class Terminal:
    """A program on a pseudo-terminal of its own."""

    process: psutil.Process
    fd: int
    started: float
    columns: int
    rows: int
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
        return cls(psutil.Process(pid), fd, started, columns, rows)

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

    def read_until_shown(self, text: str, timeout: float = 60.0) -> float:
        """Seconds from the start until the text stood on the screen, however it was written."""
        screen = pyte.Screen(self.columns, self.rows)
        stream, fed = pyte.ByteStream(screen), 0
        while time.monotonic() - self.started < timeout:
            ready, _, _ = select.select([self.fd], [], [], 0.005)
            if ready:
                self.output += os.read(self.fd, 65536)
            if len(self.output) > fed:
                came, new = time.monotonic() - self.started, bytes(self.output[fed:])
                fed += len(new)
                stream.feed(PRIVATE.sub(b"", new))
                if text in "\n".join(screen.display):
                    return came
        raise TimeoutError(f"{text!r} never came")

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

"""A program on a real pseudo-terminal, and its screen as a terminal shows it."""

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pyte

ROOT = Path(__file__).parents[1]

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
}
"""What xterm sends for keys that are no characters."""


_PRIVATE = re.compile(rb"\x1b\[[<>=?][0-9;]*\$?[a-zA-Z]")
"""Modes and queries that pyte would print; none of them moves the cursor or writes a cell."""


class PtyScreen:
    """`ssp-tui` with some arguments, on a terminal of its own; everything it writes goes to the screen."""

    def __init__(self, *arguments: str, size: tuple[int, int] = (120, 40), patience: float = 60.0) -> None:
        """Start it at (columns, rows)."""
        environment = {
            k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TEXTUAL", "TEXTUAL_THEME")
        }
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        self._patience = patience
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self.child: Any = pexpect.spawn(
            sys.executable, ["-m", "ssp_tui", *arguments], env=environment, dimensions=(size[1], size[0])
        )
        self.child.delaybeforesend = None
        self.process = psutil.Process(self.child.pid)

    def pump(self, seconds: float = 0.05) -> None:
        """Take what is written in so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._feed(self.child.read_nonblocking(65536, left))
            except pexpect.TIMEOUT:
                return
            except (pexpect.EOF, OSError):
                time.sleep(max(0.0, left))
                return

    def _feed(self, written: bytes) -> None:
        # pyte knows neither private modes with other prefixes nor queries of newer terminals.
        self._stream.feed(
            re.sub(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z$]?[a-zA-Z]|\x1b\[\?[0-9;$]*[a-zA-Z]", b"", written)
        )

    @property
    def rows(self) -> list[str]:
        """The screen's rows, without blanks at their ends."""
        return [row.rstrip() for row in self._screen.display]

    @property
    def text(self) -> str:
        """The same as one text."""
        return "\n".join(self.rows)

    def row_with(self, *words: str) -> str:
        """The first row with all these words; empty without one."""
        return next((row for row in self.rows if all(word in row for word in words)), "")

    def press(self, *keys: str, pause: float = 0.05) -> None:
        """Press keys, by name or character, one after the other."""
        for key in keys:
            self.child.send(KEYS.get(key, key))
            self.pump(pause)

    def until(self, is_true: Callable[[], object], what: str = "", patience: float | None = None) -> None:
        """Take what is written until something holds; AssertionError with the screen when it never does."""
        deadline = time.monotonic() + (patience or self._patience)
        while not is_true():
            assert time.monotonic() < deadline, f"never came: {what}\n{self.text}"
            self.pump(0.1)

    def until_shown(self, *words: str, patience: float | None = None) -> None:
        """Until every one of these words is on the screen, capitals aside."""
        self.until(lambda: all(w.casefold() in self.text.casefold() for w in words), str(words), patience)

    def press_until(self, key: str, is_true: Callable[[], object], most: int = 80) -> None:
        """Press a key again and again until something holds."""
        for _ in range(most):
            if is_true():
                return
            self.press(key, pause=0.15)
        raise AssertionError(f"{key} pressed {most} times in vain\n{self.text}")

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as when a window is dragged."""
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def is_running(self) -> bool:
        """Whether the program is still there."""
        return bool(self.child.isalive())

    def end(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(OSError, pexpect.ExceptionPexpect):  # it may be gone, and waited for
            self.child.close(force=True)


@contextlib.contextmanager
def pty_screen(*arguments: str, **options: Any) -> Iterator[PtyScreen]:
    """A program on a terminal that is gone when the block is left."""
    screen = PtyScreen(*arguments, **options)
    try:
        yield screen
    finally:
        screen.end()

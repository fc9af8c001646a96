"""A file's lines from its end, without reading what comes before them."""

import os
from collections.abc import Iterator
from pathlib import Path

from engine.plan.opening import open_regular

BLOCK_BYTES = 64 * 2**10

LONGEST_BYTES = 4 * 2**20
"""A longer line is left out; it is never held in memory whole."""


def lines_backwards(
    path: Path, max_bytes: int | None = None, dull: bytes | None = None, near_bytes: int = 0
) -> Iterator[bytes]:
    """Yield lines newest first, without their newlines, reading at most about `max_bytes` from the end.

    A last line without its newline comes first; a line that begins before `max_bytes` is left out, and so
    are, once about `near_bytes` are read, lines with `dull` near their beginning.
    """
    with open_regular(path) as file:
        position = size = file.seek(0, os.SEEK_END)
        pieces = _Pieces()
        while position > 0 and (max_bytes is None or size - position < max_bytes):
            block_end = position
            block_start = max(0, position - BLOCK_BYTES)
            file.seek(block_start)
            head, *whole = file.read(position - block_start).split(b"\n")
            position = block_start
            if whole:
                pieces.add(whole.pop())
                yield from pieces.line()
                # A comprehension, since this is where the time goes when thousands of journals are read.
                if dull is not None and size - block_end >= near_bytes:
                    whole = [line for line in whole if dull not in line[:90]]
                yield from reversed(whole)
                pieces = _Pieces()
            pieces.add(head)
        if position == 0 and pieces.num_bytes:
            yield from pieces.line()


class _Pieces:
    """One line's pieces, the last one first."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.num_bytes = 0

    def add(self, piece: bytes) -> None:
        self.num_bytes += len(piece)
        self._pieces = [*self._pieces, piece] if self.num_bytes <= LONGEST_BYTES else []

    def line(self) -> Iterator[bytes]:
        """The line, unless it is too long to be one."""
        if self.num_bytes <= LONGEST_BYTES:
            yield b"".join(reversed(self._pieces))

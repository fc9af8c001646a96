"""A file's lines from its end, without reading what comes before them."""

import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from engine.plan.opening import open_unbuffered

BLOCK_BYTES = 64 * 2**10

LONGEST_BYTES = 4 * 2**20
"""A longer line is left out; it is never held in memory whole."""


def lines_backwards(path: Path, max_bytes: int | None = None) -> Iterator[bytes]:
    """Yield lines newest first, without their newlines, reading at most about `max_bytes` from the end.

    A last line without its newline comes first; a line that begins before `max_bytes` is left out.
    """
    with open_unbuffered(path) as file:
        for block in blocks_backwards(file, max_bytes):
            yield from reversed(block.split(b"\n"))


def blocks_backwards(
    file: FileIO, max_bytes: int | None = None, block_bytes: int | None = None
) -> Iterator[bytes]:
    """Yield the same lines in blocks of several, newest first, each in the file's order."""
    block_bytes = block_bytes or BLOCK_BYTES
    position = size = file.seek(0, os.SEEK_END)
    pieces: list[bytes] = []
    num_pending = 0
    while position > 0 and (max_bytes is None or size - position < max_bytes):
        block_start = max(0, position - block_bytes)
        file.seek(block_start)
        found = file.read(position - block_start)
        position, first_end = block_start, found.find(b"\n")
        if first_end >= 0:
            last_end = found.rfind(b"\n")
            if num_pending + len(found) - last_end - 1 <= LONGEST_BYTES:
                yield b"".join([found[first_end + 1 :], *reversed(pieces)])
            elif last_end > first_end:
                yield found[first_end + 1 : last_end]
            pieces, num_pending = [], 0
        head = found[:first_end] if first_end >= 0 else found
        num_pending += len(head)
        pieces = [*pieces, head] if num_pending <= LONGEST_BYTES else []
    if position == 0 and 0 < num_pending <= LONGEST_BYTES:
        yield b"".join(reversed(pieces))


def newest_line(block: bytes) -> tuple[bytes, int]:
    """The last line of a block, without its newline, and where it begins."""
    end = len(block) - block.endswith(b"\n")
    start = block.rfind(b"\n", 0, end) + 1
    return block[start:end], start


def lines_before(block: bytes, stop: int) -> Iterator[bytes]:
    """The lines of a block that end before `stop`, newest first, cut one by one as they are wanted."""
    end = stop - 1
    while end >= 0:
        start = block.rfind(b"\n", 0, end) + 1
        yield block[start:end]
        end = start - 1


def lines_with(marks: tuple[bytes, ...], block: bytes, stop: int) -> list[bytes]:
    """The lines before `stop` in which one of the marks stands, newest first; the others are not cut out."""
    starts: set[int] = set()
    for mark in marks:
        place = block.find(mark, 0, stop)
        while place >= 0:
            starts.add(block.rfind(b"\n", 0, place) + 1)
            place = block.find(mark, block.find(b"\n", place), stop)
    return [block[start : block.find(b"\n", start)] for start in sorted(starts, reverse=True)]

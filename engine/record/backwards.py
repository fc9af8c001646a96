"""A file's lines from its end, without reading what comes before them."""

import os
from collections.abc import Iterator
from pathlib import Path

BLOCK_BYTES = 64 * 2**10


def lines_backwards(
    path: Path, max_bytes: int | None = None, dull: bytes | None = None, near_bytes: int = 0
) -> Iterator[bytes]:
    """Yield lines newest first, without their newlines, reading at most about `max_bytes` from the end.

    A last line without its newline comes first; a line that begins before `max_bytes` is left out, and so
    are, once about `near_bytes` are read, lines with `dull` near their beginning.
    """
    with path.open("rb") as file:
        position = size = file.seek(0, os.SEEK_END)
        pieces: list[bytes] = []
        while position > 0 and (max_bytes is None or size - position < max_bytes):
            block_end = position
            block_start = max(0, position - BLOCK_BYTES)
            file.seek(block_start)
            head, *whole = file.read(position - block_start).split(b"\n")
            position = block_start
            if whole:
                pieces.append(whole.pop())
                yield b"".join(reversed(pieces))
                # A comprehension, since this is where the time goes when thousands of journals are read.
                if dull is not None and size - block_end >= near_bytes:
                    whole = [line for line in whole if dull not in line[:90]]
                yield from reversed(whole)
                pieces = []
            pieces.append(head)
        if position == 0 and any(pieces):
            yield b"".join(reversed(pieces))

"""Opening files where other people may have put some: no pipe to wait at, no link to write through."""

import errno
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: str | Path) -> BinaryIO:
    """Open a file for reading; OSError when it is anything that has no end or no bytes: a pipe, a device."""
    return io.BufferedReader(open_unbuffered(path))


def open_unbuffered(path: str | Path) -> io.FileIO:
    """The same for whoever reads large parts, of thousands of files."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return io.FileIO(descriptor)


def read_regular(path: str | Path, max_bytes: int) -> bytes:
    """The first bytes of such a file: for small files by the thousand, at half the cost."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        content = os.read(descriptor, min(max_bytes, found.st_size + 1))
        while found.st_size < len(content) < max_bytes and (
            more := os.read(descriptor, max_bytes - len(content))
        ):
            content += more  # it grew meanwhile
        return content
    finally:
        os.close(descriptor)


def open_own(path: Path, flags: int) -> int:
    """A descriptor of the writer's own file, made 0600 if need be.

    OSError when the path is a link, whose target may be anybody's, or no regular file.
    """
    flags |= os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise OSError(errno.ELOOP, "is a link, and nothing is written through one", str(path)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return descriptor

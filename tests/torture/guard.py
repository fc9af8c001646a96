"""What this process touched while somebody else's bytes were read: by Python's own audit events.

A hook cannot be taken away, so it is there from the first use on and looks only inside `watched`.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_RUNS_CODE = ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn", "socket.connect")
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_state: dict[str, Any] = {"inside": None, "seen": [], "installed": False}


@contextlib.contextmanager
def watched(inside: Path) -> Iterator[None]:
    """AssertionError at the end if anything ran, or anything outside the folder was written or removed."""
    if not _state["installed"]:
        sys.addaudithook(_hook)
        _state["installed"] = True
    _state["seen"], _state["inside"] = [], inside
    try:
        yield
    finally:
        _state["inside"] = None
    assert not _state["seen"], _state["seen"]


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _state["inside"] is None:
        return
    if (
        event in _RUNS_CODE
        or (event == "open" and _is_write(arguments) and _is_outside(arguments[0]))
        or (event in _CHANGES and any(map(_is_outside, arguments[:2])))
        or (event == "pickle.find_class" and arguments[0] not in ("torch", "torch._utils", "collections"))
    ):
        _state["seen"].append((event, arguments[:2]))


def _is_write(arguments: tuple[Any, ...]) -> bool:
    return isinstance(arguments[2], int) and bool(arguments[2] & _WRITES)


def _is_outside(path: Any) -> bool:
    if not isinstance(path, str | bytes):
        return False  # a descriptor that is open already
    real = Path(os.path.realpath(os.fsdecode(path)))
    return not real.is_relative_to(_state["inside"]) and real != Path(os.devnull)

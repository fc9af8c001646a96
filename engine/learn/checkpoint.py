"""Checkpoints: written whole or not at all, checked by their own name, read without running any code."""

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from engine.plan.opening import open_own, open_regular
from engine.record.folder import Fence

FORMAT_VERSION = 1
NUM_KEPT = 2
"""How many of the newest checkpoints a run keeps."""

_NAME = re.compile(r"(?P<number>\d{6,})-(?P<digest>[0-9a-f]{16})\.pt")
_KEPT_NAME = re.compile(r"kept-(?P<number>\d{6,})-(?P<digest>[0-9a-f]{16})\.pt")


def save_checkpoint(folder: Path, contents: dict[str, Any], fence: Fence = contextlib.nullcontext) -> Path:
    """Write the next checkpoint atomically and drop all but the newest two; returns its path.

    Names change under the fence, which raises when the run is another engine's by now.
    The name carries a running number and the content's SHA-256, so a torn or altered file is never loaded.
    """
    buffer = io.BytesIO()
    torch.save({"version": FORMAT_VERSION, **contents}, buffer)
    raw = buffer.getvalue()
    existing = _numbered(folder)
    number = existing[-1][0] + 1 if existing else 1
    path = folder / f"{number:06d}-{_digest(raw)}.pt"
    _write_whole(folder / ".draft", path, raw, fence)
    _sync_folder(folder)
    for _, old in existing[: -(NUM_KEPT - 1)]:
        old.unlink(missing_ok=True)
    return path


def load_newest(folder: Path, warn: Callable[[str], None]) -> dict[str, Any] | None:
    """The newest checkpoint that is whole; `warn` hears of each one passed over. None when there is none.

    ValueError when a whole checkpoint is of a newer format than this engine reads.
    """
    for _, path in reversed(_numbered(folder)):
        try:
            return load_checkpoint(path)
        except DamagedError as error:
            warn(f"{error}; trying the one before")
        except OSError as error:
            warn(f"{path.name} cannot be read ({error.strerror}); trying the one before")
    return None


def _write_whole(draft: Path, path: Path, raw: bytes, fence: Fence) -> None:
    """Write beside the place and rename, so that there is never half a checkpoint of a right name."""
    with fence():
        draft.unlink(missing_ok=True)  # of an engine that was killed; or a link that somebody put there
        descriptor = open_own(draft, os.O_WRONLY | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        with fence():
            draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError), fence():
            draft.unlink(missing_ok=True)  # on a full disk it would keep the room that others need
        raise


class DamagedError(ValueError):
    """A checkpoint's content is not what was written."""


def load_checkpoint(path: Path) -> dict[str, Any]:
    """One checkpoint's contents; DamagedError when it is not whole, ValueError or OSError else."""
    with open_regular(path) as file:
        raw = file.read()
    if _digest(raw) != path.stem.rpartition("-")[2]:
        raise DamagedError(f"{path.name} is damaged: its content is not what was written")
    try:
        contents = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
    except Exception as error:  # a foreign file can make torch.load raise almost anything
        first_line = str(error).partition("\n")[0]
        raise ValueError(f"{path.name} is not a checkpoint of this engine: {first_line}") from None
    if not isinstance(contents, dict) or contents.get("version") != FORMAT_VERSION:
        raise ValueError(
            f"{path.name} has format {contents.get('version') if isinstance(contents, dict) else '?'}; "
            f"this engine reads {FORMAT_VERSION}"
        )
    return contents


def keep_newest(folder: Path) -> None:
    """Keep the newest checkpoint under a name that is never dropped; without one yet, nothing happens."""
    for _, path in _numbered(folder)[-1:]:
        with contextlib.suppress(OSError):  # there already, or a file system without links
            os.link(path, folder / f"kept-{path.name}")


def checkpoints_of(folder: Path) -> list[Path]:
    """Every checkpoint there is, the kept ones too, in no order that matters."""
    if not folder.is_dir():
        return []
    return [
        path for path in folder.iterdir() if _NAME.fullmatch(path.name) or _KEPT_NAME.fullmatch(path.name)
    ]


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """Checkpoints by running number, oldest first."""
    matches = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(match["number"]), path) for match, path in matches if match)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power loss, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

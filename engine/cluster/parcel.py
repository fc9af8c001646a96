"""What travels from a node that does not share the home to the machine that launched the run.

Streams are bytes keyed by their offset, so that sending them twice does no harm; files travel whole when they
change. They are unpacked in an order in which the journal never tells of an epoch without its checkpoint.
"""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

from engine.record.folder import RunFolder

STREAMS = ("events.jsonl", "engine.log")
"""Only ever appended to."""

FILES = ("process.json", "result.json")
"""Replaced whole."""

CHUNK_BYTES = 4 * 2**20


@dataclasses.dataclass(frozen=True)
class Parcel:
    """Some news of a run; every field may be empty."""

    streams: Mapping[str, tuple[int, bytes]] = dataclasses.field(default_factory=dict)
    """Name to offset and bytes."""
    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    checkpoints: Mapping[str, bytes] = dataclasses.field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return any(data for _, data in self.streams.values()) or bool(self.files or self.checkpoints)


class Packer:
    """Packs on the node what is new in a run's folder since the last parcel that arrived."""

    def __init__(self, folder: RunFolder) -> None:
        """Begin with what the folder was made of: that lies at home already."""
        self._folder = folder
        self._offsets = stream_sizes(folder)
        self._sent_files: dict[str, bytes] = {}
        self._sent_checkpoints = set(checkpoint_names(folder))

    def pack(self) -> Parcel:
        """The next parcel. The journal is read first: what it tells of is on disk by then."""
        streams = {name: self._next_bytes(name) for name in STREAMS}
        files = {name: data for name in FILES if (data := self._changed_file(name)) is not None}
        checkpoints: dict[str, bytes] = {}
        for name in checkpoint_names(self._folder)[-1:]:  # an older one would never be loaded
            if name not in self._sent_checkpoints and (data := _read(self._folder.checkpoint_folder / name)):
                checkpoints[name] = data
        return Parcel({name: part for name, part in streams.items() if part[1]}, files, checkpoints)

    def arrived(self, parcel: Parcel) -> None:
        """Note that a parcel is safe with the receiver: it is not packed again."""
        for name, (offset, data) in parcel.streams.items():
            self._offsets[name] = offset + len(data)
        self._sent_files.update(parcel.files)
        self._sent_checkpoints.update(parcel.checkpoints)

    def _next_bytes(self, name: str) -> tuple[int, bytes]:
        """Whole lines only: a torn one is not sent before it is finished, or ended by the next engine."""
        offset = self._offsets[name]
        data = _read(self._folder.path / name, offset, CHUNK_BYTES) or b""
        return offset, data[: data.rfind(b"\n") + 1] if len(data) < CHUNK_BYTES else data

    def _changed_file(self, name: str) -> bytes | None:
        data = _read(self._folder.path / name)
        return data if data and data != self._sent_files.get(name) else None


def unpack(folder: RunFolder, parcel: Parcel) -> None:
    """Write a parcel into the run's folder at home; one that came before, or overlaps one, changes nothing.

    A stream that would leave a gap is passed over: its sender sends again from where the folder ends.
    """
    for name, data in parcel.checkpoints.items():
        _write_whole(folder.checkpoint_folder / name, data)
        _keep_two(folder)
    for name in FILES:
        if name in parcel.files:
            _write_whole(folder.path / name, parcel.files[name])
    for name in reversed(STREAMS):  # the journal last: it tells people to look at the rest
        if name in parcel.streams:
            _append(folder.path / name, *parcel.streams[name])


def stream_sizes(folder: RunFolder) -> dict[str, int]:
    """How far each stream is, in bytes."""
    return {name: _size(folder.path / name) for name in STREAMS}


def checkpoint_names(folder: RunFolder) -> list[str]:
    """The checkpoints a folder holds, oldest first."""
    try:
        return sorted(path.name for path in folder.checkpoint_folder.iterdir() if path.suffix == ".pt")
    except FileNotFoundError:
        return []


def _keep_two(folder: RunFolder) -> None:
    for name in checkpoint_names(folder)[:-2]:
        (folder.checkpoint_folder / name).unlink(missing_ok=True)


def _append(path: Path, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        skip = os.fstat(descriptor).st_size - offset
        if skip < 0:
            return
        rest = data[skip:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _write_whole(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}-draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path, offset: int = 0, most: int = -1) -> bytes | None:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(most)
    except FileNotFoundError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

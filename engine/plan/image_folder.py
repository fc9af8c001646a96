"""A person's own images: what a folder train/CLASS/*, test/CLASS/* holds, and whether it can be used."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.plan.image_file import SUFFIXES, open_image

_BLOCK = 256
"""Files a thread opens at a time, so that a million files don't become a million tasks."""


@dataclass(frozen=True)
class ImageFolder:
    """The image files of one folder, by class; names only, since there may be a million."""

    root: Path

    class_names: tuple[str, ...]
    """Sorted; a class's label is its place here."""

    train: tuple[tuple[str, ...], ...]
    """Sorted file names in train/CLASS, for each class at least one."""

    test: tuple[tuple[str, ...], ...]
    """Sorted file names in test/CLASS; none for a class that test/ leaves out."""

    def train_paths(self) -> Iterator[Path]:
        """Every training file, class by class."""
        return self._paths("train", self.train)

    def test_paths(self) -> Iterator[Path]:
        """Every test file, class by class."""
        return self._paths("test", self.test)

    def paths(self) -> Iterator[Path]:
        """Every file, those for training first."""
        yield from self.train_paths()
        yield from self.test_paths()

    def _paths(self, part: str, by_class: tuple[tuple[str, ...], ...]) -> Iterator[Path]:
        for class_name, files in zip(self.class_names, by_class, strict=True):
            folder = self.root / part / class_name
            yield from (folder / file for file in files)


def scan_image_folder(root: Path) -> ImageFolder:
    """Lists train/CLASS/* and test/CLASS/* of `root` without opening a file.

    Hidden entries are ignored. Links are followed, and as a class holds no folders, none can lead
    round in a circle. Raises ValueError for whatever else doesn't fit, by its path.
    """
    if not _is_folder(root):
        raise ValueError(f"dataset: {root} is not a folder")
    train, test = _scan_part(root / "train"), _scan_part(root / "test")
    if len(train) < 2:
        raise ValueError(f"dataset: {root / 'train'} needs 2 class folders or more, it has {len(train)}")
    if not test:
        raise ValueError(f"dataset: {root / 'test'} has no class folders")
    if unknown := sorted(test.keys() - train.keys()):
        raise ValueError(f"dataset: {root / 'test' / unknown[0]} is a class that train/ doesn't have")
    return ImageFolder(
        root=root,
        class_names=tuple(train),
        train=tuple(train.values()),
        test=tuple(test.get(class_name, ()) for class_name in train),
    )


def verify_images(folder: ImageFolder, *, num_threads: int = 8) -> None:
    """Opens every file's header; ValueError names the first file, in order, that is no usable image."""
    paths = folder.paths()
    blocks = iter(lambda: list(islice(paths, _BLOCK)), [])
    with ThreadPoolExecutor(num_threads) as pool:
        for _ in pool.map(_verify_block, blocks):
            pass


def signature(folder: ImageFolder) -> str:
    """32 hex digits that change when a file is added, removed, renamed, resized or rewritten.

    The root is part of it: archives unpack with fixed times, so two folders of equal names, sizes and
    times need not hold the same pixels.
    """
    digest = hashlib.sha256(os.fsencode(folder.root.resolve()))
    for path in folder.paths():
        status = path.stat()
        digest.update(b"\0" + os.fsencode(path.relative_to(folder.root)))
        digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def _verify_block(paths: list[Path]) -> None:
    for path in paths:
        open_image(path).close()


def _scan_part(part: Path) -> dict[str, tuple[str, ...]]:
    """File names by class."""
    if not _is_folder(part):
        raise ValueError(f"dataset: {part} is missing, expected are train/CLASS/* and test/CLASS/*")
    classes = {}
    for name, kind in _visible_entries(part):
        if kind != "folder":
            raise ValueError(f"dataset: {part / name} is not a class folder")
        classes[name] = _scan_class(part / name)
    return classes


def _scan_class(folder: Path) -> tuple[str, ...]:
    names = []
    for name, kind in _visible_entries(folder):
        if kind != "file" or not name.lower().endswith(SUFFIXES):
            raise ValueError(f"dataset: {folder / name} is not an image file ({' '.join(SUFFIXES)})")
        names.append(name)
    if not names:
        raise ValueError(f"dataset: {folder} has no images")
    return tuple(names)


def _visible_entries(folder: Path) -> list[tuple[str, str]]:
    """Sorted names that aren't hidden, each a `folder`, a `file` or `other` (a pipe, a broken link)."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, _kind(entry)) for entry in entries if entry.name[0] != ".")
    except OSError as error:  # no permission, or a link that leads to itself
        raise ValueError(f"dataset: {error.filename} can't be read ({error.strerror})") from error


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:  # a name too long for any disk, or a folder on the way that is closed to us
        raise ValueError(f"dataset: {path} can't be read ({error.strerror})") from error


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_file():
        return "file"
    return "folder" if entry.is_dir() else "other"

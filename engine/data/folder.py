"""A person's own images at 32x32: decoded once by a pool of threads, then read from a cache."""

import os
import tempfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.image_set import ImageSet, PublishedSplit
from engine.plan.image_file import open_image, unusable
from engine.plan.image_folder import ImageFolder, scan_image_folder, signature

SHUFFLE_SEED = 20_180_209
"""Puts the images in one order for all runs: class folders arrive sorted, and the split takes the
first and the last. The run's own seed has no part in it, so that all seeds share one split."""

_CACHE_VERSION = 1
"""Raise it whenever the same files would decode to other arrays."""

_BLOCK = 64
"""Files a thread decodes at a time."""

Arrays = dict[str, NDArray[np.uint8]]
"""`train` and `test` images [n,3,32,32], in the folder's own order."""


def load_folder(root: Path, data_dir: Path) -> PublishedSplit:
    """Loads train/CLASS/* and test/CLASS/* of `root`, resized to 32x32 whatever their proportions.

    Raises ValueError, naming the file, for what can't be used.
    """
    folder = scan_image_folder(root)
    cache = data_dir / "folder-cache" / f"{signature(folder)}-v{_CACHE_VERSION}.npz"
    arrays = _read_cache(cache, folder)
    if arrays is None:
        arrays = {"train": _decode(folder.train_paths()), "test": _decode(folder.test_paths())}
        _write_cache(cache, arrays)
    rng = np.random.Generator(np.random.PCG64(SHUFFLE_SEED))
    pool, test = (
        _shuffled(arrays[part], by_class, rng)
        for part, by_class in (("train", folder.train), ("test", folder.test))
    )
    return PublishedSplit(folder.class_names, pool, test)


def _shuffled(
    images: NDArray[np.uint8], by_class: tuple[tuple[str, ...], ...], rng: np.random.Generator
) -> ImageSet:
    labels = np.repeat(np.arange(len(by_class), dtype=np.int64), [len(files) for files in by_class])
    order = rng.permutation(len(labels))
    return ImageSet(images[order], labels[order])


def _decode(paths: Iterable[Path]) -> NDArray[np.uint8]:
    """[n,3,32,32]; a file that breaks is the first, in order, that does."""
    paths = iter(paths)
    blocks = iter(lambda: list(islice(paths, _BLOCK)), [])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(_decode_block, blocks)))


def _decode_block(paths: list[Path]) -> NDArray[np.uint8]:
    return np.stack([_decode_image(path) for path in paths])


def _decode_image(path: Path) -> NDArray[np.uint8]:
    """[3,32,32]; an image that is 32x32 already keeps its pixels."""
    from PIL.Image import Resampling

    with open_image(path) as image:
        try:
            small = image.convert("RGB")
        except Exception as error:  # PIL's decoders raise whatever they stumble on
            raise unusable(path, error) from error
    if small.size != (32, 32):
        small = small.resize((32, 32), Resampling.BILINEAR)
    return np.ascontiguousarray(np.asarray(small).transpose(2, 0, 1))


def _read_cache(cache: Path, folder: ImageFolder) -> Arrays | None:
    """None for a cache that is missing or damaged; the zip's checksums tell."""
    try:
        # Opened here: np.load leaves the file of a broken zip open.
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {part: stored[part] for part in ("train", "test")}
    except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
        return None
    sizes = {"train": folder.train, "test": folder.test}
    for part, by_class in sizes.items():
        shape = (sum(len(files) for files in by_class), 3, 32, 32)
        if arrays[part].dtype != np.uint8 or arrays[part].shape != shape:
            return None
    return arrays


def _write_cache(cache: Path, arrays: Arrays) -> None:
    """Atomic, so that a second run reads all of it or none."""
    # No room or no permission costs the next run the decoding, and this run nothing.
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
            partial = Path(scratch) / cache.name
            np.savez(partial, train=arrays["train"], test=arrays["test"])
            partial.replace(cache)

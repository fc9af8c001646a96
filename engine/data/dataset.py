"""One dataset for a run: a source's images, split into training, validation and test."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data import embedded
from engine.data.cifar import load_cifar
from engine.data.folder import load_folder
from engine.data.image_set import ImageSet, PublishedSplit

__all__ = ["Dataset", "ImageSet", "load_dataset"]

SOURCES = "synthetic, cifar10, cifar100 or folder:PATH"

SYNTHETIC_TEST_IMAGES = 10_000
"""What "all there are" means for a source that could go on for ever: as many as CIFAR tests on."""

MAX_SYNTHETIC_IMAGES = 1_000_000
"""Of one set: 3 GB."""


@dataclass(frozen=True)
class Dataset:
    """The three sets a search runs on, and where they came from."""

    source: str
    class_names: tuple[str, ...]
    train: ImageSet
    validation: ImageSet
    test: ImageSet


def load_dataset(
    source: str,
    *,
    num_train: int,
    num_val: int,
    num_test: int,
    num_classes: int,
    seed: int,
    data_dir: Path,
) -> Dataset:
    """Loads `synthetic`, `cifar10`, `cifar100` or `folder:PATH` at 32x32.

    A `num_test` of 0 takes every test image there is. `num_classes` and `seed` shape the synthetic
    images only. `data_dir` holds what is downloaded and cached. Raises ValueError, with the field's
    name, for an unknown source, for images that are missing or broken, and for more than there are.
    """
    if num_test < 0:
        raise ValueError(f"data.num_test = {num_test}: allowed are 0 (all there are) and more")
    if source == "synthetic":
        sizes = (num_train, num_val, num_test or SYNTHETIC_TEST_IMAGES)
        return _make_synthetic(sizes, num_classes, seed)
    if source in ("cifar10", "cifar100"):
        return _split(source, load_cifar(source, data_dir), num_train, num_val, num_test)
    kind, _, path = source.partition(":")
    if kind == "folder" and path:
        published = load_folder(Path(path), data_dir)
        return _split(source, published, num_train, num_val, num_test)
    raise ValueError(f"dataset = {source!r}: allowed are {SOURCES}")


def _make_synthetic(sizes: tuple[int, int, int], num_classes: int, seed: int) -> Dataset:
    for field, size in zip(("num_train", "num_val", "num_test"), sizes, strict=True):
        _check_size(field, size, MAX_SYNTHETIC_IMAGES, "synthetic")
    # One stream a set, so that asking for more of one leaves the images of the others alone.
    streams = np.random.SeedSequence(seed).spawn(3)
    train, validation, test = (
        embedded.make_images(size, num_classes, stream) for size, stream in zip(sizes, streams, strict=True)
    )
    return Dataset("synthetic", embedded.class_names(num_classes), train, validation, test)


def _split(source: str, published: PublishedSplit, num_train: int, num_val: int, num_test: int) -> Dataset:
    """The first `num_train` of the pool train, its last `num_val` validate, as ENAS splits CIFAR."""
    pool, test = published.pool, published.test
    _check_size("num_train", num_train, len(pool) - 1, f"the {len(pool)} images of {source}")
    left = f"the {len(pool)} training images of {source}, {num_train} of them taken by num_train"
    _check_size("num_val", num_val, len(pool) - num_train, left)
    _check_size("num_test", num_test or len(test), len(test), f"the test images of {source}")
    return Dataset(
        source=source,
        class_names=published.class_names,
        train=pool[:num_train],
        validation=pool[len(pool) - num_val :],
        test=test[: num_test or len(test)],
    )


def _check_size(field: str, size: int, largest: int, of_what: str) -> None:
    if not 1 <= size <= largest:
        raise ValueError(f"data.{field} = {size}: allowed are 1 to {largest} ({of_what})")

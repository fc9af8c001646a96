"""CIFAR-10 and CIFAR-100, from disk or downloaded, verified by torchvision's checksums."""

import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.image_set import ImageSet, PublishedSplit


def load_cifar(name: str, data_dir: Path) -> PublishedSplit:
    """Loads `cifar10` or `cifar100` from `data_dir`, downloading what is not there.

    Raises ValueError, saying which archive to put where, when the images can't be had.
    """
    # Here and not above: importing torchvision takes seconds, and other sources do without.
    from torchvision import datasets

    source = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[name]
    try:
        pool = source(str(data_dir), train=True, download=True)
        test = source(str(data_dir), train=False, download=False)
    except (OSError, RuntimeError, EOFError, tarfile.TarError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"dataset: {name} could not be downloaded ({reason}); put {source.filename} into "
            f"{data_dir} (its MD5 checksum, {source.tgz_md5}, is verified)"
        ) from error
    return PublishedSplit(tuple(pool.classes), _to_image_set(pool), _to_image_set(test))


def _to_image_set(published: Any) -> ImageSet:
    images = np.ascontiguousarray(published.data.transpose(0, 3, 1, 2))
    return ImageSet(images, np.asarray(published.targets, np.int64))

"""Labelled images in memory, as every source hands them over."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ImageSet:
    """Images and their classes, in matching order."""

    images: NDArray[np.uint8]
    """[n,3,32,32], red, green, blue."""

    labels: NDArray[np.int64]
    """[n], indices into the dataset's class names."""

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: slice) -> "ImageSet":
        """The images of a slice, without copying them."""
        return ImageSet(self.images[part], self.labels[part])


@dataclass(frozen=True)
class PublishedSplit:
    """What a source publishes: one pool to train and validate on, and a test set."""

    class_names: tuple[str, ...]
    pool: ImageSet
    test: ImageSet

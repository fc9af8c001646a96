"""Images that live on the device as bytes, handed out as normalised batches, and the order of the batches."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from engine.data.augmentation import Crops, crop_and_flip, cut_out, draw_centres, draw_crops, joined
from engine.data.dataset import Dataset
from engine.data.image_set import ImageSet

Channels = tuple[float, float, float]
"""One number for red, green and blue each, where pixels are 0 to 1."""

PUBLISHED_NORMALISATION: dict[str, tuple[Channels, Channels]] = {
    # CIFAR-10's to the digit of the published ENAS code.
    "cifar10": ((0.49139968, 0.48215841, 0.44653091), (0.24703223, 0.24348513, 0.26158784)),
    "cifar100": ((0.50707516, 0.48654887, 0.44091784), (0.26733429, 0.25643846, 0.27615047)),
}


def normalisation(dataset: Dataset) -> tuple[Channels, Channels]:
    """Mean and standard deviation a channel: published for CIFAR, else measured on the training set."""
    return PUBLISHED_NORMALISATION.get(dataset.source) or _measure(dataset.train)


def _measure(images: ImageSet) -> tuple[Channels, Channels]:
    """Exact in float64, from how often each of the 256 values occurs."""
    values = np.arange(256) / 255
    means, stds = [], []
    for channel in range(3):
        counts = np.bincount(images.images[:, channel].ravel(), minlength=256)
        mean = float(np.average(values, weights=counts))
        std = float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))
        means.append(mean)
        stds.append(std or 1.0)  # a channel that never varies becomes 0, not NaN
    return (means[0], means[1], means[2]), (stds[0], stds[1], stds[2])


class ResidentImages:
    """One set of images on one device; a batch is made there, from indices that live there."""

    def __init__(self, images: ImageSet, mean: Channels, std: Channels, device: torch.device) -> None:
        self.images = torch.from_numpy(images.images).to(device)
        """uint8 [n,3,32,32]."""

        self.labels = torch.from_numpy(images.labels).to(device)
        """int64 [n]."""

        self._mean = torch.tensor(mean, device=device).view(3, 1, 1)
        self._std = torch.tensor(std, device=device).view(3, 1, 1)

    def __len__(self) -> int:
        return len(self.labels)

    def plain(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised images, float32 [B,3,32,32], and labels, int64 [B], of indices [B]."""
        return self._normalise(self.images[indices]), self.labels[indices]

    def augmented(
        self, indices: Tensor, generator: torch.Generator, cutout_pixels: int = 0
    ) -> tuple[Tensor, Tensor]:
        """As `plain`, after a random crop (padding 4) and flip; a cutout square is 0 once normalised.

        All chance comes from `generator`, which lives on the images' device.
        """
        return self._augmented(indices, *self._draw(len(indices), generator, cutout_pixels), cutout_pixels)

    def augmented_together(
        self, batches: Iterable[Tensor], generator: torch.Generator, cutout_pixels: int = 0
    ) -> tuple[Tensor, Tensor]:
        """As `augmented` of one batch after the other, put together; few operations, however many batches.

        A batch is asked for when the one before has drawn its share, so both may draw from one generator.
        """
        drawn = [(each, *self._draw(len(each), generator, cutout_pixels)) for each in batches]
        indices, crops, centres = zip(*drawn, strict=True)
        squares = torch.cat(centres, dim=1) if cutout_pixels else None
        return self._augmented(torch.cat(indices), joined(crops), squares, cutout_pixels)

    def _draw(self, num: int, generator: torch.Generator, cutout_pixels: int) -> tuple[Crops, Tensor | None]:
        """Crops, and centres [2, B] of the squares to cut out, if any are."""
        crops = draw_crops(num, generator)
        return crops, draw_centres(num, self.images.shape[-1], generator) if cutout_pixels else None

    def _augmented(
        self, indices: Tensor, crops: Crops, centres: Tensor | None, cutout_pixels: int
    ) -> tuple[Tensor, Tensor]:
        images = self._normalise(crop_and_flip(self.images[indices], crops))
        if centres is not None:
            images = cut_out(images, centres, cutout_pixels)
        return images, self.labels[indices]

    def _normalise(self, images: Tensor) -> Tensor:
        # In this order, each rounded: so they equal torchvision's ToTensor and Normalize bit for bit.
        return images.float().div_(255).sub_(self._mean).div_(self._std)


def shuffled_batches(
    num_images: int, batch_size: int, generator: torch.Generator, drop_last: bool
) -> list[Tensor]:
    """Index batches, int64 [B], over all images in random order, on the generator's device."""
    order = torch.randperm(num_images, generator=generator, device=generator.device)
    return _batches(order, batch_size, drop_last)


def ordered_batches(num_images: int, batch_size: int, drop_last: bool, device: torch.device) -> list[Tensor]:
    """Index batches, int64 [B], over all images in their own order."""
    return _batches(torch.arange(num_images, device=device), batch_size, drop_last)


def _batches(order: Tensor, batch_size: int, drop_last: bool) -> list[Tensor]:
    """The last batch is smaller, or missing, where the sizes don't divide."""
    num_kept = len(order) // batch_size * batch_size if drop_last else len(order)
    return list(torch.split(order[:num_kept], batch_size)) if num_kept else []

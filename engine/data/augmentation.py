"""Random crop, flip and cutout for a whole batch at once; drawing apart from applying."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

PADDING = 4
"""Black pixels on every side before a crop of the original size."""


@dataclass(frozen=True)
class Crops:
    """What one batch drew, a row an image; all on one device."""

    top: Tensor
    """int64 [B], 0 to 8: rows of the padded image above the crop."""

    left: Tensor
    """int64 [B], 0 to 8."""

    flipped: Tensor
    """bool [B]: the crop is mirrored left to right."""


def draw_crops(num_images: int, generator: torch.Generator) -> Crops:
    """Draws uniform offsets and fair flips on the generator's device."""
    device = generator.device
    top, left = torch.randint(2 * PADDING + 1, (2, num_images), generator=generator, device=device)
    flipped = torch.rand(num_images, generator=generator, device=device) < 0.5
    return Crops(top, left, flipped)


def joined(crops: Sequence[Crops]) -> Crops:
    """What several batches drew, as one."""
    return Crops(*(torch.cat([getattr(each, name) for each in crops]) for name in ("top", "left", "flipped")))


def crop_and_flip(images: Tensor, crops: Crops) -> Tensor:
    """Crops and flips uint8 [B,3,H,W] into the same shape; pixels are moved, never changed."""
    num, channels, height, width = images.shape
    padded = functional.pad(images, (PADDING,) * 4).flatten(2)
    rows = crops.top[:, None] + torch.arange(height, device=images.device)
    columns = torch.arange(width, device=images.device)
    columns = crops.left[:, None] + torch.where(crops.flipped[:, None], width - 1 - columns, columns)
    places = rows[:, :, None] * (width + 2 * PADDING) + columns[:, None, :]
    places = places.view(num, 1, height * width).expand(-1, channels, -1)
    return padded.gather(2, places).view_as(images)


def draw_centres(num_images: int, side: int, generator: torch.Generator) -> Tensor:
    """Uniform cutout centres, int64 [2,B] (row, column) in an image `side` pixels wide and high."""
    return torch.randint(side, (2, num_images), generator=generator, device=generator.device)


def cut_out(images: Tensor, centres: Tensor, pixels: int) -> Tensor:
    """Zeroes a square of `pixels` a side around each centre, clipped at the borders; [B,3,H,H].

    The square starts pixels // 2 above and left of its centre, as in DeVries and Taylor 2017.
    """
    first = centres - pixels // 2
    place = torch.arange(images.shape[-1], device=images.device)
    rows, columns = (place >= first[..., None]) & (place < first[..., None] + pixels)
    return images.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)

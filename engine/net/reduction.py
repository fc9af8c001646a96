"""Factorized reduction: halves height and width by two interleaved strided 1x1 convolutions."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.net.batch_norm import BatchNorm


class FactorizedReduction(nn.Module):
    """Path 1 takes every second pixel, path 2 the same one pixel further right and down; both, then BN."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.path1 = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.path2 = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.norm = BatchNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H/2, W/2], C even; past the border of an odd map path 2 reads zeros."""
        out: Tensor = self.norm(self.halved(x), overwrite=True)
        return out

    def halved(self, x: Tensor) -> Tensor:
        """What is normalised in the end: both paths, one's channels after the other's."""
        height, width = x.shape[2:]
        if height % 2 or width % 2:
            x = F.pad(x, (0, width % 2, 0, height % 2))
        even, odd = _EverySecondPixel.apply(x)
        return torch.cat([self.path1(even), self.path2(odd)], dim=1)


class _EverySecondPixel(torch.autograd.Function):
    """The pixels at even places, and those at odd places, of height and width.

    Their gradients meet in one map of zeros; sliced one by one torch makes and adds up four.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        ctx.shape = x.shape
        even, odd = (x[:, :, first::2, first::2] for first in (0, 1))
        kept = torch.channels_last
        return even.contiguous(memory_format=kept), odd.contiguous(memory_format=kept)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        batch, channels, height, width = ctx.shape
        into = gradients[0].new_zeros(batch, height, width, channels).permute(0, 3, 1, 2)
        for first, gradient in enumerate(gradients):
            into[:, :, first::2, first::2] = gradient
        return into

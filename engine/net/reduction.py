"""Factorized reduction: halves height and width by two interleaved strided 1x1 convolutions."""

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
        """[B, C, H, W] -> [B, C, H/2, W/2], C even."""
        shifted = F.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        halves = [self.path1(x[:, :, ::2, ::2]), self.path2(shifted[:, :, ::2, ::2])]
        out: Tensor = self.norm(torch.cat(halves, dim=1))
        return out

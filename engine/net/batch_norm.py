"""Batch normalisation by batch statistics that stays exact where the variance is zero.

torch's own channels-last kernel on the CPU loses the mean of a constant map by 5e-4 of its value: a map of
ones gets a variance, and the gain of 1/sqrt(eps) = 316 on which a collapse rests (docs/ENGINE.md section 7)
shrinks to 303 at 1.7 and to 14 at 123. Its channels-first kernel is exact, but convolutions there are slow.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-5
"""Added to the variance."""


class BatchNorm(nn.Module):
    """(x - mean) / sqrt(var + eps) * weight + bias over batch, height and width; no running statistics.

    The statistics are the batch's own in training and in evaluation alike.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W], channels last on a CPU."""
        if x.is_cuda:
            return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=EPSILON)
        out: Tensor = _ShiftedBatchNorm.apply(x, self.weight, self.bias)
        return out


class _ShiftedBatchNorm(torch.autograd.Function):
    """Statistics of x minus its first pixel, so that a constant map has mean and variance without error."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        rows = _as_rows(x)
        centred = rows - rows[0]
        centred -= centred.mean(0)
        inverse = torch.rsqrt((centred * centred).mean(0) + EPSILON)
        ctx.save_for_backward(centred, inverse, weight)
        return _as_maps(torch.addcmul(bias, centred, inverse * weight), x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        centred, inverse, weight = ctx.saved_tensors
        rows = _as_rows(gradients[0])
        along = (rows * centred).sum(0) * inverse
        total = rows.sum(0)
        count = rows.shape[0]
        into = torch.addcmul(rows - total / count, centred, inverse * along / -count)
        return _as_maps(into.mul_(inverse * weight), gradients[0]), along, total


def _as_rows(maps: Tensor) -> Tensor:
    """[B, C, H, W] -> [B * H * W, C], without a copy when channels are last."""
    return maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[1])


def _as_maps(rows: Tensor, like: Tensor) -> Tensor:
    """[B * H * W, C] -> [B, C, H, W] in the shape of `like`, channels last."""
    batch, channels, height, width = like.shape
    return rows.view(batch, height, width, channels).permute(0, 3, 1, 2)

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
    """Statistics of x minus its first pixel, so that a constant map has mean and variance without error.

    Several pixels share a row, [rows, PIXELS * C]: a row of C = 8 numbers is too short for the CPU's vector
    units, and the same arithmetic takes four times as long.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        rows = _as_rows(x)
        centred = rows - _along_rows(rows[0, : x.shape[1]])
        centred -= _along_rows(_channel_means(centred))
        inverse = torch.rsqrt(_channel_means(centred * centred) + EPSILON)
        ctx.save_for_backward(centred, inverse, weight)
        return _as_maps(torch.addcmul(_along_rows(bias), centred, _along_rows(inverse * weight)), x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        centred, inverse, weight = ctx.saved_tensors
        rows = _as_rows(gradients[0])
        along = _channel_means(rows * centred) * inverse
        mean = _channel_means(rows)
        into = torch.addcmul(rows - _along_rows(mean), centred, _along_rows(-inverse * along))
        into *= _along_rows(inverse * weight)
        count = rows.numel() // len(weight)
        return _as_maps(into, gradients[0]), along * count, mean * count


PIXELS = 16
"""Pixels in one row; every map's height times width is a multiple of it."""


def _as_rows(maps: Tensor) -> Tensor:
    """[B, C, H, W] -> [B * H * W / PIXELS, PIXELS * C], without a copy when channels are last."""
    return maps.permute(0, 2, 3, 1).reshape(-1, PIXELS * maps.shape[1])


def _along_rows(channels: Tensor) -> Tensor:
    """[C] -> [PIXELS * C], once for each pixel of a row."""
    return channels.repeat(PIXELS)


def _channel_means(rows: Tensor) -> Tensor:
    """[rows, PIXELS * C] -> [C]."""
    return rows.mean(0).view(PIXELS, -1).mean(0)


def _as_maps(rows: Tensor, like: Tensor) -> Tensor:
    """[B * H * W / PIXELS, PIXELS * C] -> [B, C, H, W] in the shape of `like`, channels last."""
    batch, channels, height, width = like.shape
    return rows.view(batch, height, width, channels).permute(0, 3, 1, 2)

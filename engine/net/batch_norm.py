"""Batch normalisation by batch statistics that stays exact where the variance is zero.

torch's own channels-last kernel on the CPU loses the mean of a constant map by 5e-4 of its value: a map of
ones gets a variance, and the gain of 1/sqrt(eps) = 316 on which a collapse rests (docs/ENGINE.md section 7)
shrinks to 303 at 1.7 and to 14 at 123. Its channels-first kernel is exact, but convolutions there are slow.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-5
"""Added to the variance."""

MAX_PIXELS = 64
"""Most pixels that share a row of the CPU's arithmetic."""


CACHED_BYTES, MOST_BLOCKS = 8 * 2**20, 16
"""Maps above this size are worked on in so many blocks."""


class BatchNorm(nn.Module):
    """(x - mean) / sqrt(var + eps) * weight + bias over batch, height and width; no running statistics.

    The statistics are the batch's own in training and in evaluation alike. With `relu` a ReLU follows, in the
    same passes over memory.
    """

    def __init__(self, channels: int, *, relu: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.relu = relu

    def forward(self, x: Tensor, overwrite: bool = False) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W], channels last on a CPU.

        `overwrite` allows it to use x's memory: nobody else may need x, as it is with a convolution's output.
        """
        if x.is_cuda:
            return self._by_torch(x)
        if torch.is_grad_enabled():
            out: Tensor = _ShiftedBatchNorm.apply(x, self.weight, self.bias, self.relu, overwrite)
            return out
        normalised = _Normalised.of(x, self.weight, self.bias, overwrite)
        return _as_maps(normalised.result(self.relu, overwrite=True), x)

    def _by_torch(self, x: Tensor) -> Tensor:
        """torch's kernel, of x minus its first pixel: whatever its rounding, a constant map is exactly 0."""
        shifted = x - x[:1, :, :1, :1].detach()
        out = F.batch_norm(shifted, None, None, self.weight, self.bias, training=True, eps=EPSILON)
        return out.relu_() if self.relu else out


@dataclasses.dataclass(frozen=True)
class _Normalised:
    """Statistics of x minus its first pixel, so that a constant map has mean and variance without error.

    Several pixels share a row, [rows, pixels * C]: a row of C = 8 numbers is too short for the CPU's vector
    units. torch's kernel takes each column's mean and variance, over so few numbers that they are accurate;
    of the columns that belong to one channel they are put together here.
    """

    shifted: Tensor
    """[rows, pixels * C], x minus its first pixel."""
    mean: Tensor
    """[C], of the shifted values."""
    inverse: Tensor
    """[C], 1 / sqrt(var + eps)."""
    scale: Tensor
    """[pixels * C]; the result is shifted * scale + shift."""
    shift: Tensor
    """[pixels * C]"""

    @classmethod
    def of(cls, x: Tensor, weight: Tensor, bias: Tensor, overwrite: bool) -> "_Normalised":
        channels, pixels = x.shape[1], _pixels_in_a_row(x)
        rows = _as_rows(x.detach(), pixels)
        first = _along_row(rows[0, :channels], pixels)
        shifted = rows if overwrite else torch.empty_like(rows)
        found = []
        for source, block in zip(_blocks(rows), _blocks(shifted), strict=True):
            torch.sub(source, first, out=block)
            found.append(torch.ops.aten.batch_norm_update_stats(_as_columns(block), None, None, 0.0))
        columns = found[0] if len(found) == 1 else [torch.cat(each) for each in zip(*found, strict=True)]
        means, variances = (each.view(-1, channels) for each in columns)
        mean = means.mean(0)
        means -= mean
        spread = torch.addcmul(variances, means, means)
        inverse = spread.mean(0).add_(EPSILON).rsqrt_()
        scale = inverse * weight
        shift = torch.addcmul(bias, mean, scale, value=-1)
        return cls(shifted, mean, inverse, _along_row(scale, pixels), _along_row(shift, pixels))

    def result(self, relu: bool, overwrite: bool) -> Tensor:
        """[rows, pixels * C], after the ReLU if there is one; `overwrite` writes over the shifted values."""
        rows = self.shifted if overwrite else torch.empty_like(self.shifted)
        for shifted, block in zip(_blocks(self.shifted), _blocks(rows), strict=True):
            torch.addcmul(self.shift, shifted, self.scale, out=block)
            if relu:
                block.relu_()
        return rows


class _ShiftedBatchNorm(torch.autograd.Function):
    """The normalisation with its gradient; see `_Normalised`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, relu: bool, overwrite: bool) -> Tensor:
        norm = _Normalised.of(x, weight, bias, overwrite)
        rows = norm.result(relu, overwrite=False)
        ctx.relu = relu
        ctx.save_for_backward(norm.shifted, norm.mean, norm.inverse, weight, *([rows] if relu else []))
        return _as_maps(rows, x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        shifted, mean, inverse, weight, *outputs = ctx.saved_tensors
        channels = len(weight)
        pixels, count = shifted.shape[1] // channels, shifted.numel() // channels
        rows = _as_rows(gradients[0], pixels)
        if ctx.relu:
            rows = torch.ops.aten.threshold_backward(rows, outputs[0], 0.0)
        along, average = _column_sums(rows, shifted, _along_row(mean, pixels))
        along = _channel_mean(along, len(rows), pixels) * inverse
        average = _channel_mean(average, len(rows), pixels)
        slope = inverse * along
        taken = _along_row(torch.addcmul(average, mean, slope, value=-1), pixels)
        into = rows.sub_(taken) if ctx.relu else rows - taken  # what the ReLU's gradient made is ours
        into.addcmul_(shifted, _along_row(slope.neg_(), pixels)).mul_(_along_row(inverse * weight, pixels))
        return _as_maps(into, gradients[0]), along * count, average * count, None, None


def _column_sums(gradients: Tensor, shifted: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Sums [K] over the rows of gradient * (shifted - mean), and of the gradient, all [rows, K]."""
    _, products, plain = torch.ops.aten.native_batch_norm_backward(
        _as_columns(gradients),
        _as_columns(shifted),
        None,
        None,
        None,
        mean,
        torch.ones_like(mean),
        True,
        EPSILON,
        [False, True, True],
    )
    return products, plain


def _channel_mean(sums: Tensor, num_rows: int, pixels: int) -> Tensor:
    """[pixels * C] sums over rows -> [C]; each is divided before they are added, for they may be huge."""
    return sums.div(num_rows).view(pixels, -1).mean(0)


def _pixels_in_a_row(maps: Tensor) -> int:
    """So many that they divide every map."""
    return math.gcd(MAX_PIXELS, maps.shape[2] * maps.shape[3])


def _blocks(rows: Tensor) -> Sequence[Tensor]:
    """The rows in parts that stay in a core's cache from one operation to the next, all of one size."""
    is_large = rows.numel() * rows.element_size() > CACHED_BYTES
    return rows.chunk(math.gcd(len(rows), MOST_BLOCKS)) if is_large else (rows,)


def _along_row(channels: Tensor, pixels: int) -> Tensor:
    """[C] -> [pixels * C], once for each pixel of a row; a third of what `repeat` takes."""
    return channels.expand(pixels, -1).reshape(-1)


def _as_rows(maps: Tensor, pixels: int) -> Tensor:
    """[B, C, H, W] -> [B * H * W / pixels, pixels * C], without a copy when channels are last."""
    return maps.permute(0, 2, 3, 1).reshape(-1, pixels * maps.shape[1])


def _as_columns(rows: Tensor) -> Tensor:
    """[rows, K] -> [1, K, rows, 1], channels last: each column a channel of its own to torch's kernels."""
    return rows.view(1, rows.shape[0], 1, rows.shape[1]).permute(0, 3, 1, 2)


def _as_maps(rows: Tensor, like: Tensor) -> Tensor:
    """[B * H * W / pixels, pixels * C] -> [B, C, H, W] in the shape of `like`, channels last."""
    batch, channels, height, width = like.shape
    return rows.view(batch, height, width, channels).permute(0, 3, 1, 2)

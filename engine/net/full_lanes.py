"""A dense convolution that fills the CPU's vector units where the number of channels does not.

The library computes 16 output channels at once: of 36 the last 4 take as long as 16. Here those 4 are
computed for four neighbouring pixels at a time, as 16 channels of a wider kernel whose stride is 4: the same
weights, shifted from pixel to pixel, and zeros. Every output is the same sum in the same order, plus products
with zero. These are not zero where a pixel is not finite, so a normalisation must follow, which then makes
the whole channel NaN either way.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

LANES = 16
"""Output channels the library computes at once, with AVX-512."""

LEAST_WORK, LEAST_SIDE = 2**17, 16
"""Values and pixels a side of the smallest map for which it was faster."""

MOST_SHARE = 0.8
"""Share of the library's arithmetic up to which it was faster."""


def fills_lanes_better(x: Tensor, weight: Tensor) -> bool:
    """Whether x [B, C, H, W] and a kernel [C', C, K, K] are convolved faster this way."""
    if x.is_cuda or x.numel() < LEAST_WORK or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    num, _, height, width = weight.shape
    rest, kernel = num % LANES, width
    if not rest or LANES % rest or height != kernel or min(x.shape[2:]) < LEAST_SIDE:
        return False
    pixels = LANES // rest
    blocks = num // LANES + (kernel + pixels - 1) / (kernel * pixels)
    return x.shape[3] % pixels == 0 and blocks <= MOST_SHARE * (num // LANES + 1)


def convolve(x: Tensor, weight: Tensor) -> Tensor:
    """[B, C, H, W] and an odd kernel [C', C, K, K] -> [B, C', H, W], stride 1, padded by half a kernel."""
    out: Tensor = _Convolved.apply(x, weight)
    return out


class _Convolved(torch.autograd.Function):
    """The convolution; its gradients are the library's."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        batch, _, height, width = x.shape
        padding, whole = weight.shape[3] // 2, len(weight) // LANES * LANES
        rest = len(weight) - whole
        pixels = LANES // rest
        several = F.conv2d(x, _shifted(weight[whole:], pixels), stride=(1, pixels), padding=padding)
        last = several.permute(0, 2, 3, 1).reshape(batch, height, width, rest)
        if whole:
            blocks = F.conv2d(x, weight[:whole], padding=padding)
            last = torch.cat([blocks.permute(0, 2, 3, 1), last], dim=3)
        return last.permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        padding = [weight.shape[3] // 2] * 2
        wanted = [*ctx.needs_input_grad, False]
        into, by_weight, _ = torch.ops.aten.convolution_backward(
            gradients[0], x, weight, None, [1, 1], padding, [1, 1], False, [0, 0], 1, wanted
        )
        return into, by_weight


def _shifted(weight: Tensor, pixels: int) -> Tensor:
    """[R, C, K, K] -> [pixels * R, C, K, K + pixels - 1]: the kernel, one pixel further right each time."""
    num, channels, height, width = weight.shape
    wide = weight.new_zeros(pixels, num, channels, height, width + pixels - 1)
    for pixel in range(pixels):
        wide[pixel, :, :, :, pixel : pixel + width] = weight
    return wide.flatten(0, 1)

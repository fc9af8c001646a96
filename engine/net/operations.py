"""The operations of a search space as modules (docs/ENGINE.md section 2)."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.net.batch_norm import BatchNorm
from engine.net.full_lanes import convolve, fills_lanes_better
from engine.net.noise import Dropout, GaussianNoise, NoiseSource
from engine.plan import operations as plan
from engine.plan.protocol import Switches


class Pointwise(nn.Module):
    """The 1x1 conv, BN, ReLU that every convolution and pooling operation starts with."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = BatchNorm(channels, relu=True)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        out: Tensor = self.norm(self.conv(x), overwrite=True)
        return out


class Convolved(nn.Sequential):
    """Modules of which the last is a normalisation, and the one before it a convolution."""

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        *before, norm = self
        for module in before:
            x = module(x)
        out: Tensor = norm(x, overwrite=True)
        return out


class Convolution(nn.Conv2d):
    """A kxk convolution that knows when it is a 1x1 one: when it is stretched as far as the map is wide.

    Then only its centre tap ever meets data. The library computes the gradients of the others all the same,
    zeros at nine times the price. A normalisation must follow (engine/net/full_lanes.py).
    """

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        size, (kernel, _) = max(x.shape[2:]), self.kernel_size
        centred = self.padding == tuple(
            d * (k // 2) for d, k in zip(self.dilation, self.kernel_size, strict=True)
        )
        if kernel % 2 and self.dilation[0] >= size and centred:
            middle = slice(kernel // 2, kernel // 2 + 1)
            return F.conv2d(x, self.weight[:, :, middle, middle])
        if kernel % 2 and self.dilation[0] == 1 and centred and fills_lanes_better(x, self.weight):
            return convolve(x, self.weight)
        return super().forward(x)


class AveragePool(nn.Module):
    """Average pooling, stride 1, padding counted as zeros, written as a depthwise convolution.

    torch's own channels-last average pooling on the CPU takes five to nine times as long.
    """

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.padding = kernel // 2
        self.register_buffer("shares", torch.full((channels, 1, kernel, kernel), 1 / kernel**2), False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        return F.conv2d(x, cast(Tensor, self.shares), padding=self.padding, groups=x.shape[1])


class MaxPool(nn.MaxPool2d):
    """Max pooling, stride 1; without a gradient it is taken over rows, then over columns, on the CPU.

    torch's channels-last kernel also finds where each maximum was, and takes up to eight times as long.
    """

    def __init__(self, kernel: int) -> None:
        super().__init__(kernel, stride=1, padding=kernel // 2)
        self.reach = kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        if x.is_cuda or torch.is_grad_enabled():
            pooled: Tensor = super().forward(x)
            return pooled
        batch, channels, height, width = x.shape
        rows = x.permute(0, 2, 3, 1).reshape(batch, height, width * channels)
        found = _running_max(_running_max(rows, 2, channels, self.reach), 1, 1, self.reach)
        return found.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _running_max(x: Tensor, dimension: int, step: int, reach: int) -> Tensor:
    """The maximum of each entry of [B, H, W * C] and those up to `reach` steps away along a dimension."""
    found, size = x.clone(), x.shape[dimension]
    for distance in range(step, min(reach * step, size - 1) + 1, step):
        for start, other in ((distance, 0), (0, distance)):
            part = found.narrow(dimension, start, size - distance)
            torch.maximum(part, x.narrow(dimension, other, size - distance), out=part)
    return found


def build_operation(
    operation: plan.Operation, channels: int, switches: Switches, noise: NoiseSource
) -> nn.Module:
    """The module of an operation: [B, C, H, W] -> [B, C, H, W]."""
    match operation:
        case plan.Conv(kernel=kernel, padding=padding, dilation=dilation):
            conv = Convolution(channels, channels, kernel, padding=padding, dilation=dilation, bias=False)
            return Convolved(Pointwise(channels), conv, BatchNorm(channels, relu=True))
        case plan.SepConv(kernel=kernel):
            groups = channels if switches.sepconv_pointwise == "per_channel" else 1
            depthwise = nn.Conv2d(
                channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False
            )
            pointwise = nn.Conv2d(channels, channels, 1, groups=groups, bias=False)
            return Convolved(Pointwise(channels), depthwise, pointwise, BatchNorm(channels, relu=True))
        case plan.MaxPool(kernel=kernel):
            return nn.Sequential(Pointwise(channels), MaxPool(kernel))
        case plan.AvgPool(kernel=kernel):
            return nn.Sequential(Pointwise(channels), AveragePool(channels, kernel))
        case plan.Identity():
            return nn.Identity()
        case plan.Gaussian(sigma=sigma):
            return GaussianNoise(sigma, noise)
        case plan.Dropout(p=p):
            return Dropout(p, noise)
        case plan.TransposedConv(kernel=kernel):
            return nn.ConvTranspose2d(channels, channels, kernel, padding=kernel // 2, bias=False)
    raise AssertionError(f"no module for {operation}")

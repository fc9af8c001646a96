"""The operations of a search space as modules (docs/ENGINE.md section 2)."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.net.batch_norm import BatchNorm
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
    zeros at nine times the price.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        size, (kernel, _) = max(x.shape[2:]), self.kernel_size
        centred = self.padding == tuple(d * (k // 2) for d, k in zip(self.dilation, self.kernel_size, strict=True))
        if kernel % 2 and self.dilation[0] >= size and centred:
            middle = slice(kernel // 2, kernel // 2 + 1)
            return F.conv2d(x, self.weight[:, :, middle, middle])
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
            return nn.Sequential(Pointwise(channels), nn.MaxPool2d(kernel, stride=1, padding=kernel // 2))
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

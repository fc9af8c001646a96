"""One architecture's network in plain torch, importing nothing else: what an export copies and completes.

Modules are named as those of the search's child are, so that its weights load. Every choice is written out
the simple way; the search computes the same by faster means.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """The batch's own statistics in training and in evaluation alike."""
    return nn.BatchNorm2d(channels, eps=1e-5, track_running_stats=False)


class Pointwise(nn.Module):
    """1x1 convolution, BN, ReLU: [B, C, H, W] -> [B, C, H, W]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = batch_norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        return F.relu(self.norm(self.conv(x)))


class GaussianNoise(nn.Module):
    """Training: x + sigma * x * n with n ~ N(0, 1), the scale detached; evaluation: x."""

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        return x + torch.randn_like(x) * (self.sigma * x.detach()) if self.training else x


class Reduction(nn.Module):
    """Halves height and width: every second pixel, and those one further right and down, each by a 1x1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.path1 = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.path2 = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.norm = batch_norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H/2, W/2], for even H and W."""
        halves = self.path1(x[:, :, ::2, ::2]), self.path2(x[:, :, 1::2, 1::2])
        out: Tensor = self.norm(torch.cat(halves, dim=1))
        return out


def operation(kind: str, parameters: Mapping[str, Any], channels: int, separable_groups: int) -> nn.Module:
    """The module of an operation: [B, C, H, W] -> [B, C, H, W]."""
    if kind == "identity":
        return nn.Identity()
    if kind == "gaussian":
        return GaussianNoise(parameters["sigma"])
    if kind == "dropout":
        return nn.Dropout(parameters["p"])
    kernel = parameters["kernel"]
    if kind == "transposed_conv":
        return nn.ConvTranspose2d(channels, channels, kernel, padding=kernel // 2, bias=False)
    if kind == "maxpool":
        return nn.Sequential(Pointwise(channels), nn.MaxPool2d(kernel, stride=1, padding=kernel // 2))
    if kind == "avgpool":
        return nn.Sequential(Pointwise(channels), nn.AvgPool2d(kernel, stride=1, padding=kernel // 2))
    if kind == "sepconv":
        return nn.Sequential(
            Pointwise(channels),
            nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False),
            nn.Conv2d(channels, channels, 1, groups=separable_groups, bias=False),
            batch_norm(channels),
            nn.ReLU(),
        )
    padding, dilation = parameters["padding"], parameters["dilation"]
    return nn.Sequential(
        Pointwise(channels),
        nn.Conv2d(channels, channels, kernel, padding=padding, dilation=dilation, bias=False),
        batch_norm(channels),
        nn.ReLU(),
    )


class Layer(nn.Module):
    """One operation joined with its skips: by BN of their sum, or by 1x1 of all of them, ReLU, BN."""

    def __init__(self, slot: int, chosen: nn.Module, num_skips: int, channels: int, is_summed: bool) -> None:
        super().__init__()
        self.operations = nn.ModuleDict({str(slot): chosen})
        self.norm = batch_norm(channels)
        self.reductions = nn.ModuleDict()
        self.join = None
        if not is_summed:
            self.join = nn.Conv2d((num_skips + 1) * channels, channels, 1, bias=False)

    def forward(self, x: Tensor, skipped: Sequence[Tensor]) -> Tensor:
        """[B, C, H, W] each -> [B, C, H, W]."""
        (chosen,) = self.operations.values()
        out: Tensor = chosen(x)
        if self.join is not None:
            out = F.relu(self.join(torch.cat([*skipped, out], dim=1)))
        else:
            for each in skipped:
                out = out + each
        normed: Tensor = self.norm(out)
        return normed


class Network(nn.Module):
    """Logits of images [B, 3, 32, 32] under one architecture.

    Each of `layers` names its operation, that one's parameters, the slot of the search space it comes from,
    and the earlier layers it reads, from 0. After L/3 and 2 (L/3) layers every output that is still read is
    reduced.
    """

    def __init__(
        self,
        layers: Sequence[Mapping[str, Any]],
        filters: int,
        num_classes: int,
        keep_prob: float,
        separable_groups: int,
        is_summed: bool,
    ) -> None:
        super().__init__()
        self.skips = [tuple(layer["skips"]) for layer in layers]
        self.stem = nn.Sequential(nn.Conv2d(3, filters, 3, padding=1, bias=False), batch_norm(filters))
        self.layers = nn.ModuleList()
        third = len(layers) // 3
        for index, layer in enumerate(layers):
            chosen = operation(layer["operation"], layer["parameters"], filters, separable_groups)
            made = Layer(layer["slot"], chosen, len(layer["skips"]), filters, is_summed)
            if index in (third - 1, 2 * third - 1):
                later = {source for skips in self.skips[index + 1 :] for source in skips if source <= index}
                for source in sorted(later | {index}):
                    made.reductions[str(source)] = Reduction(filters)
            self.layers.append(made)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(1 - keep_prob), nn.Linear(filters, num_classes)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, mode="fan_in", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """[B, 3, 32, 32] -> [B, K]."""
        x: Tensor = self.stem(images)
        outputs: list[Tensor] = []
        for skips, layer in zip(self.skips, self.layers, strict=True):
            assert isinstance(layer, Layer)
            x = layer(x, [outputs[source] for source in skips])
            outputs.append(x)
            for source, reduction in layer.reductions.items():
                outputs[int(source)] = reduction(outputs[int(source)])
            x = outputs[-1]
        logits: Tensor = self.head(x)
        return logits

"""The child network in the plain form ENAS publishes: channels first, torch's own modules, nothing lazy."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.net.child import Child
from engine.plan import operations as plan
from engine.plan.architecture import Architecture
from engine.plan.space import Space
from tests.oracle.noise import ReplayedNoise


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Affine, eps 1e-5, no running statistics."""
    return nn.BatchNorm2d(channels, eps=1e-5, affine=True, track_running_stats=False)


class CentredNorm(nn.BatchNorm2d):
    """The same normalisation of x minus its first pixel: a constant map becomes exactly the shift.

    torch's kernel for CPUs leaves a residue of 1e-6 to 1e-3 there, of either sign. Where the shift is still
    zero the sign decides whether the ReLU behind it passes a gradient.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-5, affine=True, track_running_stats=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        return super().forward(x - x[:1, :, :1, :1].detach())


NormFactory = Callable[[int], nn.BatchNorm2d]


class Pointwise(nn.Sequential):
    """1x1 conv, BN, ReLU."""

    def __init__(self, channels: int, norm: NormFactory) -> None:
        super().__init__(nn.Conv2d(channels, channels, 1, bias=False), norm(channels), nn.ReLU())


class Gaussian(nn.Module):
    """x + sigma * x * n, the scale detached."""

    def __init__(self, sigma: float, noise: Callable[[], ReplayedNoise]) -> None:
        super().__init__()
        self.sigma, self.noise = sigma, noise

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        return x + self.sigma * x.detach() * self.noise().next_like(x) if self.training else x


class Dropout(nn.Module):
    """torch's dropout, its mask given."""

    def __init__(self, p: float, noise: Callable[[], ReplayedNoise]) -> None:
        super().__init__()
        self.p, self.noise = p, noise

    def forward(self, x: Tensor) -> Tensor:
        """[B, ...] -> [B, ...]."""
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return F.dropout(x, 1.0)
        return x * self.noise().next_like(x) / (1 - self.p)


class FactorizedReduction(nn.Module):
    """Two strided 1x1 convolutions, the second one pixel further, concatenated, then BN."""

    def __init__(self, channels: int, norm: NormFactory) -> None:
        super().__init__()
        self.path1 = nn.Sequential(
            nn.AvgPool2d(1, stride=2), nn.Conv2d(channels, channels // 2, 1, bias=False)
        )
        self.path2 = nn.Sequential(
            nn.AvgPool2d(1, stride=2), nn.Conv2d(channels, channels // 2, 1, bias=False)
        )
        self.norm = norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H/2, W/2]."""
        shifted = F.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        out: Tensor = self.norm(torch.cat([self.path1(x), self.path2(shifted)], dim=1))
        return out


def operation(
    value: plan.Operation, channels: int, dense: bool, noise: Callable[[], ReplayedNoise], norm: NormFactory
) -> nn.Module:
    """ENGINE.md section 2, line by line."""
    c = channels
    match value:
        case plan.Conv(kernel=k, padding=p, dilation=d):
            conv = nn.Conv2d(c, c, k, padding=p, dilation=d, bias=False)
            return nn.Sequential(Pointwise(c, norm), conv, norm(c), nn.ReLU())
        case plan.SepConv(kernel=k):
            depthwise = nn.Conv2d(c, c, k, padding=(k - 1) // 2, groups=c, bias=False)
            pointwise = nn.Conv2d(c, c, 1, groups=1 if dense else c, bias=False)
            return nn.Sequential(Pointwise(c, norm), depthwise, pointwise, norm(c), nn.ReLU())
        case plan.MaxPool(kernel=k):
            return nn.Sequential(Pointwise(c, norm), nn.MaxPool2d(k, stride=1, padding=(k - 1) // 2))
        case plan.AvgPool(kernel=k):
            return nn.Sequential(Pointwise(c, norm), nn.AvgPool2d(k, stride=1, padding=(k - 1) // 2))
        case plan.Identity():
            return nn.Sequential()
        case plan.Gaussian(sigma=sigma):
            return Gaussian(sigma, noise)
        case plan.Dropout(p=rate):
            return Dropout(rate, noise)
        case plan.TransposedConv(kernel=k):
            return nn.ConvTranspose2d(c, c, k, stride=1, padding=(k - 1) // 2, bias=False)
    raise AssertionError(value)


class OracleChild(nn.Module):
    """Every candidate operation of every layer; each forward runs one, and reduces every earlier output."""

    def __init__(
        self,
        space: Space,
        num_layers: int,
        channels: int,
        num_classes: int,
        keep_prob: float,
        dense: bool = False,
        norm: NormFactory = batch_norm,
    ) -> None:
        super().__init__()
        third = num_layers // 3
        self.space, self.reduce_after = space, (third - 1, 2 * third - 1)
        self.noise: ReplayedNoise | None = None
        self.stem = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), norm(channels))
        self.operations = nn.ModuleList(
            nn.ModuleList(
                operation(slot.operation, channels, dense, self._noise, norm) for slot in space.slots
            )
            for _ in range(num_layers)
        )
        self.norms = nn.ModuleList(norm(channels) for _ in range(num_layers))
        self.reductions = nn.ModuleDict(
            {
                str(after): nn.ModuleList(FactorizedReduction(channels, norm) for _ in range(after + 1))
                for after in self.reduce_after
            }
        )
        self.drop = Dropout(1 - keep_prob, self._noise)
        self.linear = nn.Linear(channels, num_classes)

    def _noise(self) -> ReplayedNoise:
        assert self.noise is not None
        return self.noise

    def forward(self, images: Tensor, architecture: Architecture) -> Tensor:
        """Logits [B, K] of images [B, 3, 32, 32]."""
        x = self.stem(images.contiguous())
        earlier: list[Tensor] = []
        for layer, output in enumerate(architecture.outputs):
            y = self.operations[layer][self.space.slot_of_output[output]](x)  # type: ignore[index]
            for source in architecture.skips[layer]:
                y = y + earlier[source]
            x = self.norms[layer](y)
            earlier.append(x)
            if layer in self.reduce_after:
                reductions: Iterable[nn.Module] = self.reductions[str(layer)].children()
                earlier = [reduce(each) for reduce, each in zip(reductions, earlier, strict=True)]
                x = earlier[-1]
        logits: Tensor = self.linear(self.drop(x.mean((2, 3))))
        return logits

    def parts(self) -> list[list[nn.Module]]:
        """Parts in the order in which the engine's child lists its own."""
        parts: list[list[nn.Module]] = [[self.stem]]
        for layer, norm in enumerate(self.norms):
            parts += [[op] for op in self.operations[layer].children()]
            parts.append([norm])
            if layer in self.reduce_after:
                parts += [[each] for each in self.reductions[str(layer)].children()]
        return [*parts, [self.drop, self.linear]]

    def parameters_by_part(self) -> list[list[nn.Parameter]]:
        """The parameters of each part in the order they are computed with."""
        return [[p for module in part for p in module.parameters()] for part in self.parts()]

    def take_over(self, child: Child) -> "OracleChild":
        """Copy the engine's weights, part by part."""
        for ours, part in zip(self.parameters_by_part(), child.parts(), strict=True):
            for own, theirs in zip(ours, part.parameters(), strict=True):
                assert own.shape == theirs.shape
                own.data.copy_(theirs.data)
        return self

    def gradients(self) -> list[Tensor | None]:
        """The gradient of every parameter, part by part; None where none ever was."""
        return [p.grad for part in self.parameters_by_part() for p in part]

    def values(self) -> Tensor:
        """All weights as one vector in the engine's order."""
        return torch.cat([p.detach().reshape(-1) for part in self.parameters_by_part() for p in part])

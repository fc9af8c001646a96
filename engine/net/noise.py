"""Random and erasing operations whose randomness comes from one generator that a checkpoint carries."""

import torch
from torch import Tensor, nn


class NoiseSource:
    """The generator every random layer of a child draws from; it lives on the child's device."""

    def __init__(self, device: torch.device, seed: int) -> None:
        self.generator = torch.Generator(device)
        self.generator.manual_seed(seed)

    def normal_like(self, x: Tensor) -> Tensor:
        """Standard normal values in the shape of x."""
        return torch.empty_like(x).normal_(generator=self.generator)

    def kept_like(self, x: Tensor, keep_prob: float) -> Tensor:
        """Ones with probability keep_prob, else zeros, in the shape of x."""
        return torch.empty_like(x).bernoulli_(keep_prob, generator=self.generator)


class GaussianNoise(nn.Module):
    """Training: x + sigma * x * n with n ~ N(0, 1) per element, the scale detached; evaluation: x."""

    def __init__(self, sigma: float, noise: NoiseSource) -> None:
        super().__init__()
        self.sigma, self.noise = sigma, noise

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        if not self.training:
            return x
        return x + self.noise.normal_like(x) * (self.sigma * x.detach())


class Dropout(nn.Module):
    """Training: each element is zeroed with probability p, the rest scaled by 1/(1-p); evaluation: x.

    With p = 1 this is x * 0, not zeros: inf and NaN go through, forward and backward (docs/ENGINE.md 7).
    """

    def __init__(self, p: float, noise: NoiseSource) -> None:
        super().__init__()
        self.p, self.noise = p, noise

    def forward(self, x: Tensor) -> Tensor:
        """[B, ...] -> [B, ...]."""
        if not self.training or self.p == 0.0:
            return x
        if self.p == 1.0:
            return x * 0.0
        return x * (self.noise.kept_like(x, 1 - self.p) / (1 - self.p))

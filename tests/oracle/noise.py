"""Noise an engine run drew, handed to the oracle in the same order, so that both compute the same thing."""

from collections import deque

import torch
from torch import Tensor

from engine.net.noise import NoiseSource


class RecordedNoise(NoiseSource):
    """The engine's noise source, which remembers every draw for the oracle to take over."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(torch.device("cpu"), seed)
        self.draws: deque[Tensor] = deque()

    def normal_like(self, x: Tensor) -> Tensor:
        """Standard normal values, remembered."""
        return self._remember(super().normal_like(x))

    def kept_like(self, x: Tensor, keep_prob: float) -> Tensor:
        """A mask of zeros and ones, remembered."""
        return self._remember(super().kept_like(x, keep_prob))

    def _remember(self, drawn: Tensor) -> Tensor:
        self.draws.append(drawn.clone(memory_format=torch.contiguous_format))
        return drawn


class ReplayedNoise:
    """Gives the oracle what a recording holds, first draw first."""

    def __init__(self, recorded: RecordedNoise) -> None:
        self._draws = recorded.draws

    def next_like(self, x: Tensor) -> Tensor:
        """The next draw, which must have the shape of x."""
        drawn = self._draws.popleft()
        assert drawn.shape == x.shape
        return drawn

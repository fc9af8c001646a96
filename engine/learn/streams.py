"""The seeded generators of a search: every random number of a run comes from one of these."""

import torch
from torch import Tensor

from engine.net.noise import NoiseSource


class Streams:
    """One generator per purpose, so that drawing more for one never shifts another."""

    def __init__(self, seed: int, device: torch.device) -> None:
        cpu = torch.device("cpu")
        self.shuffle = _generator(seed, 1, device)
        """Order of the training images."""
        self.augment = _generator(seed, 2, device)
        """Crops and flips of the training images."""
        self.validation = _generator(seed, 3, device)
        """Choice, crops and flips of validation images."""
        self.policy = _generator(seed, 4, cpu)
        """Decisions of the controller."""
        self.noise = NoiseSource(device, derived_seed(seed, 5))
        """Dropout and Gaussian noise inside the child."""

    def _generators(self) -> dict[str, torch.Generator]:
        return {
            "shuffle": self.shuffle,
            "augment": self.augment,
            "validation": self.validation,
            "policy": self.policy,
            "noise": self.noise.generator,
        }

    def state(self) -> dict[str, Tensor]:
        """Each generator's state by name, as a checkpoint holds it."""
        return {name: generator.get_state() for name, generator in self._generators().items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Set each generator back to a state."""
        for name, generator in self._generators().items():
            generator.set_state(state[name])


WEIGHTS, POLICY_WEIGHTS = 6, 7
"""Purposes whose numbers are drawn once, when a network is built."""


def derived_seed(seed: int, purpose: int) -> int:
    """A seed for one purpose of a run, distant from those of neighbouring runs."""
    return (seed * 1_000_003 + purpose * 7_919) % 2**63


def _generator(seed: int, purpose: int, device: torch.device) -> torch.Generator:
    generator = torch.Generator(device)
    generator.manual_seed(derived_seed(seed, purpose))
    return generator

"""The child's updates under guard: what is done where numbers are not finite (docs/ENGINE.md section 9)."""

import dataclasses
from typing import Any

import torch
from torch import Tensor

from engine.learn.shared_weights import SharedWeights
from engine.plan.defences import Defences


@dataclasses.dataclass(frozen=True)
class Reaction:
    """What the defences did about one step."""

    is_skipped: bool = False
    """Its update was left out."""
    rolled_back_to: int | None = None
    """The number of steps done when the snapshot that came back was taken."""


class Guard:
    """Does each step's update, or what the defences do instead.

    Without a defence it is the update and nothing else. With one it waits for the device once a step.
    """

    def __init__(self, weights: SharedWeights, defences: Defences) -> None:
        self._weights, self._defences = weights, defences
        self._snapshot: dict[str, Tensor] = {}
        self._snapshot_step = 0
        if defences.rollback:
            self._take_snapshot(0)

    def update(self, loss: Tensor, norm: Tensor, learning_rate: float, step: int) -> Reaction:
        """Update the weights by the gradients of child step `step`, counted from the start of the run."""
        defences = self._defences
        is_skipped = defences.skip_nonfinite and not bool(torch.isfinite(norm))
        if not is_skipped:
            self._weights.step(norm, learning_rate)
        if not defences.rollback:
            return Reaction(is_skipped)
        if not bool(torch.isfinite(loss)) or not bool(torch.isfinite(self._weights.values).all()):
            self._roll_back()
            return Reaction(is_skipped, self._snapshot_step)
        if (step + 1) % defences.rollback_interval == 0:
            self._take_snapshot(step + 1)
        return Reaction(is_skipped)

    def _live(self) -> dict[str, Tensor]:
        weights = self._weights
        return {"values": weights.values, "momentum": weights.momentum, "used": weights.used}

    def _take_snapshot(self, num_steps: int) -> None:
        self._snapshot = {name: tensor.clone() for name, tensor in self._live().items()}
        self._snapshot_step = num_steps

    def _roll_back(self) -> None:
        for name, tensor in self._live().items():
            tensor.copy_(self._snapshot[name])
        self._weights.forget_unmarked()

    def saved(self) -> dict[str, Any]:
        """The snapshot as a checkpoint holds it; empty without one."""
        return {"step": self._snapshot_step, **self._snapshot} if self._snapshot else {}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take the snapshot back from what `saved` returned."""
        if self._defences.rollback:
            self._snapshot = {name: saved[name].to(live.device) for name, live in self._live().items()}
            self._snapshot_step = saved["step"]

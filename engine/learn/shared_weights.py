"""The child's weights, gradients and momentum as three flat vectors, and the step that trains them.

Branches that a step did not use have zero gradients once they have been used, and none before: momentum and
weight decay go on for them, as in the code behind the paper. One flat vector makes this a mask and the whole
update a handful of operations, however many branches a space has.
"""

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from engine.net.child import Child
from engine.plan.config import ChildSettings

CLIP_EPSILON = 1e-6
"""Added to the norm in the clip coefficient, as torch.nn.utils.clip_grad_norm_ does."""


class SharedWeights:
    """Flat views of a child's parameters [P], their gradients [P], momentum [P] and the used mask [P]."""

    def __init__(self, child: Child, settings: ChildSettings, clip_rule: str) -> None:
        self.child, self.settings, self.clip_rule = child, settings, clip_rule
        parameters = [p for part in child.parts() for p in part.parameters()]
        self.values = torch.cat([p.detach().reshape(-1) for p in parameters])
        self.gradients = torch.zeros_like(self.values)
        self.momentum = torch.zeros_like(self.values)
        self.used = torch.zeros_like(self.values, dtype=torch.bool)
        self.slices = self._share_storage()
        self.unused_parts = {part for part in self.slices if self.slices[part].stop > self.slices[part].start}

    def _share_storage(self) -> dict[nn.Module, slice]:
        """Make every parameter and its gradient a view of the flat vectors; part -> its slice."""
        slices, begin = {}, 0
        for part in self.child.parts():
            start = begin
            for parameter in part.parameters():
                end = begin + parameter.numel()
                parameter.data = self.values[begin:end].view_as(parameter)
                parameter.grad = self.gradients[begin:end].view_as(parameter)
                begin = end
            slices[part] = slice(start, begin)
        return slices

    def backward(self, loss: Tensor, parts: Iterable[nn.Module]) -> None:
        """Make the gradients those of a loss that depends on these parts, and zero everywhere else.

        They are taken and then copied all at once: added to their places they are a kernel each on a GPU.
        """
        parameters = [parameter for part in parts for parameter in part.parameters()]
        found = torch.autograd.grad(loss, parameters)
        self.gradients.zero_()
        places = [cast(Tensor, parameter.grad).view(-1) for parameter in parameters]
        torch._foreach_copy_(places, [gradient.reshape(-1) for gradient in found])

    def mark_used(self, parts: Iterable[nn.Module]) -> None:
        """Note that a step used these parts: from now on they have gradients, zero or not."""
        if self.unused_parts:
            for part in self.unused_parts.intersection(parts):
                self.used[self.slices[part]] = True
                self.unused_parts.discard(part)

    def forget_unmarked(self) -> None:
        """Recompute which parts were never used, after the mask came back from a checkpoint."""
        self.unused_parts = {
            part for part, s in self.slices.items() if s.stop > s.start and not self.used[s.start]
        }

    def gradient_norm(self) -> Tensor:
        """Euclidean norm of all gradients, a float32 scalar: its sum of squares overflows above 1.8e19."""
        norm: Tensor = torch.linalg.vector_norm(self.gradients)
        return norm

    def largest_gradient(self) -> Tensor:
        """Largest absolute gradient entry; finite if and only if every entry is."""
        return self.gradients.abs().max()

    def step(self, norm: Tensor, learning_rate: float) -> None:
        """Clip by `norm`, then one SGD step with Nesterov momentum and weight decay on every used branch."""
        settings = self.settings
        coefficient = (settings.grad_clip / (norm + CLIP_EPSILON)).clamp(max=1.0)
        if self.clip_rule == "legacy":  # a NaN coefficient is not below 1, so it scales nothing
            coefficient = torch.where(coefficient < 1.0, coefficient, torch.ones_like(coefficient))
        self.gradients.mul_(coefficient)
        direction = self.gradients.add(self.values, alpha=settings.l2)
        momentum = self.momentum.mul(settings.momentum).add_(direction)
        direction.add_(momentum, alpha=settings.momentum)
        if self.unused_parts:  # `where`, not a product: 0 * NaN would poison branches never used
            momentum = torch.where(self.used, momentum, self.momentum)
            direction = torch.where(self.used, direction, torch.zeros_like(direction))
        self.momentum.copy_(momentum)
        self.values.add_(direction, alpha=-learning_rate)

"""The child phase as published: torch's SGD, torch's clipping, gradients zeroed and not dropped."""

import dataclasses
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.plan.architecture import Architecture
from engine.plan.config import ChildSettings
from tests.oracle.child import OracleChild

Batch = tuple[Tensor, Tensor]


@dataclasses.dataclass
class Trace:
    """What each step showed."""

    losses: list[float] = dataclasses.field(default_factory=list)
    norms: list[float] = dataclasses.field(default_factory=list)
    finite_entries: list[bool] = dataclasses.field(default_factory=list)

    @property
    def first_nan_step(self) -> int | None:
        """The first step with a gradient entry that is not finite."""
        return next((step for step, finite in enumerate(self.finite_entries) if not finite), None)

    @property
    def null_steps(self) -> list[int]:
        """Steps whose norm is infinite although every entry is finite."""
        return [
            step
            for step, (norm, finite) in enumerate(zip(self.norms, self.finite_entries, strict=True))
            if finite and norm == float("inf")
        ]

    def num_clipped(self, clip: float) -> int:
        """Steps whose norm is above the clip."""
        return sum(norm > clip for norm in self.norms)


class OracleTrainer:
    """One child, one optimizer, step after step."""

    def __init__(self, child: OracleChild, settings: ChildSettings, learning_rate: float) -> None:
        self.child, self.settings = child, settings
        self.optimizer = torch.optim.SGD(
            child.parameters(),
            lr=learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.l2,
            nesterov=True,
            foreach=False,
        )
        self.trace = Trace()

    def step(self, batch: Batch, architecture: Architecture) -> None:
        """One step on one batch under one architecture."""
        images, labels = batch
        self.child.train()
        self.optimizer.zero_grad(set_to_none=False)
        loss = F.cross_entropy(self.child(images, architecture), labels)
        torch.autograd.backward(loss)
        present = [p.grad for p in self.child.parameters() if p.grad is not None]
        self.trace.finite_entries.append(all(bool(g.isfinite().all()) for g in present))
        norm = torch.nn.utils.clip_grad_norm_(self.child.parameters(), self.settings.grad_clip)
        self.optimizer.step()
        self.trace.losses.append(float(loss.detach()))
        self.trace.norms.append(float(norm))

    def run(self, batches: Iterable[tuple[Batch, Architecture]]) -> Trace:
        """Step through batches, each with its architecture."""
        for batch, architecture in batches:
            self.step(batch, architecture)
        return self.trace

"""Notices the first steps whose numbers are not finite, without asking the device at every step."""

import dataclasses
import math
from collections.abc import Iterable

import torch
from torch import Tensor

from engine.learn.anatomy import Anatomy, dissect
from engine.learn.reporter import Reporter
from engine.learn.search_state import SearchState
from engine.plan.architecture import Architecture, zero_variance_chain
from engine.record.events import NumericsBroke

GPU_INTERVAL = 16
"""Most steps between two looks on a GPU; a look waits for the device, and each step keeps its weights."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All it takes to do one step again."""

    batch: int
    """Step of the epoch."""
    step: int
    """Step of the run."""
    images: Tensor
    labels: Tensor
    architecture: Architecture
    noise: Tensor
    """The noise generator's state before the step."""
    values: Tensor
    """The weights before the step, [P]."""


class BreakWatch:
    """Keeps the latest steps until it has looked at what they measured, and tells of each first break.

    On a CPU it looks after every step. On a GPU that would be a wait for the device at every step, so it
    looks every `interval` steps, and when a phase ends or stops: what it tells is the same, only later. Once
    losses and gradients were NaN it keeps nothing: nothing new can come. What it reads is also what progress
    tells of, which so waits for nothing of its own.
    """

    def __init__(self, search: SearchState, epoch: int, measured: dict[str, Tensor]) -> None:
        self._search, self._epoch, self._measured = search, epoch, measured
        self.interval = GPU_INTERVAL if search.device.type == "cuda" else 1
        self.latest_loss = math.nan
        """Of the last step it has looked at."""
        self._kept: list[Evidence] = []
        self._unseen: list[int] = []
        """Steps of the epoch since the last look."""

    def noise_state(self) -> Tensor | None:
        """The noise generator's state, to be taken before a step; None when nothing new can break."""
        known = self._search.first_steps
        return (
            None if {"loss", "gradient"} <= known.keys() else self._search.streams.noise.generator.get_state()
        )

    def keep(
        self, batch: int, images: Tensor, labels: Tensor, architecture: Architecture, noise: Tensor | None
    ) -> None:
        """Remember a step before its update, but not how to do it again if `noise` says nothing can break."""
        self._unseen.append(batch)
        if noise is not None:
            search, values = self._search, self._search.weights.values.clone()
            step = search.num_child_steps
            self._kept.append(Evidence(batch, step, images, labels, architecture, noise, values))

    def look_if_due(self, reporter: Reporter) -> bool:
        """Look when so many steps were done; whether it looked."""
        is_due = len(self._unseen) >= self.interval
        if is_due:
            self.look(reporter)
        return is_due

    def look(self, reporter: Reporter) -> None:
        """Tell of every kind of break that a kept step is the first of the run to show; forget the steps."""
        kept, unseen = self._kept, self._unseen
        self._kept, self._unseen = [], []
        if not unseen:
            return
        span = slice(unseen[0], unseen[-1] + 1)
        numbers = torch.stack([self._measured[name][span] for name in ("loss", "norm", "largest")]).T.tolist()
        self.latest_loss = numbers[-1][0]
        values_after = [*(each.values for each in kept[1:]), self._search.weights.values]
        for evidence, step, after in zip(kept, numbers, values_after, strict=False):  # all are kept, or none
            broken = self._newly_broken(*map(math.isfinite, step))
            if broken:
                if "gradient" in broken and not bool(torch.isfinite(after).all()):
                    broken.append("weight")
                self._tell(broken, evidence, self._dissected(evidence), reporter)

    def _newly_broken(self, loss_finite: bool, norm_finite: bool, entries_finite: bool) -> list[str]:
        known = self._search.first_steps
        kinds = [] if loss_finite else ["loss"]
        if "gradient" not in known and not norm_finite:
            kinds.append("null_step" if entries_finite else "gradient")
        return [kind for kind in kinds if kind not in known]

    def _dissected(self, evidence: Evidence) -> Anatomy:
        """The step done again, on the weights it was done on."""
        values = self._search.weights.values
        now = values.clone()
        values.copy_(evidence.values)
        try:
            return dissect(
                self._search, evidence.images, evidence.labels, evidence.architecture, evidence.noise
            )
        finally:
            values.copy_(now)

    def _tell(self, broken: Iterable[str], evidence: Evidence, anatomy: Anatomy, reporter: Reporter) -> None:
        search, architecture = self._search, evidence.architecture
        chain = zero_variance_chain(search.config.space, architecture)
        for what in broken:
            before = search.first_steps.get("null_step", -1)
            search.first_steps[what] = evidence.step
            reporter.emit(
                NumericsBroke(
                    what=what,
                    epoch=self._epoch,
                    step=evidence.step,
                    batch=evidence.batch,
                    architecture=architecture,
                    chain_length=chain.length,
                    predicted=chain.predicted,
                    direction=anatomy.direction,
                    layer=anatomy.layer,
                    operation=anatomy.operation,
                    part=anatomy.part,
                    gradient_norm=float(self._measured["norm"][evidence.batch]),
                    gradient_norm_by_layer=anatomy.gradient_norm_by_layer,
                    activation_gradient_by_layer=anatomy.activation_gradient_by_layer,
                    measured_chain_length=anatomy.chain_length,
                    chain_norms=anatomy.chain_norms,
                    overflow=anatomy.overflow,
                    largest_gradient=anatomy.largest_gradient,
                    num_bad_entries=anatomy.num_bad_entries,
                    first_null_step=before,
                    num_null_steps=search.num_null_steps + self._num_null_steps_before(evidence.batch),
                )
            )

    def _num_null_steps_before(self, batch: int) -> int:
        """Null steps of the phase before its step `batch`."""
        norm, largest = (self._measured[name][:batch] for name in ("norm", "largest"))
        return int((torch.isfinite(largest) & ~torch.isfinite(norm)).sum())

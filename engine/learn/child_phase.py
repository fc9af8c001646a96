"""The child phase: one pass over the training set, each batch under its own sampled architecture."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.data.resident import shuffled_batches
from engine.learn.break_watch import BreakWatch
from engine.learn.reporter import Reporter
from engine.learn.schedule import learning_rate
from engine.learn.search_state import SearchState
from engine.net.controller import Decisions
from engine.record.events import Progressed


@dataclasses.dataclass
class ChildPhase:
    """Where the phase is, and what each finished step measured; all of it fits a checkpoint."""

    search: SearchState
    epoch: int
    order: Tensor
    """int64 [num_train], the epoch's order of images."""
    decisions: Decisions
    """The epoch's architectures, one a step."""
    policy: Tensor
    """[L, slots], the mean policy they were sampled from, copies added up."""
    op_entropy: float
    """Mean entropy of one op decision, nats."""
    skip_entropy: float
    """Mean entropy of one skip decision, nats."""
    measured: dict[str, Tensor]
    """Per step: loss, gradient norm, largest absolute gradient, images classified right."""
    step: int = 0
    seconds: float = 0.0
    skipped_steps: list[int] = dataclasses.field(default_factory=list)
    """Steps of the run whose update a defence left out."""
    rollbacks: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    """Steps of the run after which the weights were rolled back, and how many steps those had done."""

    name = "child"

    @classmethod
    def begin(cls, search: SearchState, epoch: int) -> "ChildPhase":
        """Draw the epoch's order of images and all its architectures: the policy is constant within it."""
        config, streams = search.config, search.streams
        order = shuffled_batches(len(search.train), len(search.train), streams.shuffle, drop_last=False)[0]
        with torch.no_grad():
            rollout = search.policy(config.steps_per_epoch, streams.policy)
        layers = config.child.layers
        return cls(
            search,
            epoch,
            order,
            rollout.decisions,
            policy=_by_slot(rollout.op_probabilities.mean(0), config.space.slot_of_output),
            op_entropy=float(rollout.op_entropy.mean()) / layers,
            skip_entropy=float(rollout.skip_entropy.mean()) / (layers * (layers - 1) / 2),
            measured={
                name: torch.zeros(config.steps_per_epoch, device=search.device)
                for name in ("loss", "norm", "largest", "correct")
            },
        )

    def __post_init__(self) -> None:
        self.learning_rate = learning_rate(self.search.config.child, self.epoch)
        self.architectures = self.decisions.architectures()
        self.watch = BreakWatch(self.search, self.epoch, self.measured)
        self.num_steps = len(self.architectures)

    def run(self, reporter: Reporter, stop_requested: Callable[[], bool]) -> bool:
        """Train until the phase ends (True) or a stop is asked for (False, after a whole step)."""
        self.search.child.train()
        started, stopped = time.perf_counter(), False
        try:
            while self.step < self.num_steps and not stopped:
                self._train_step()
                if self.watch.look_if_due(reporter) and reporter.progress_is_due():
                    self._report(reporter, time.perf_counter() - started)
                stopped = stop_requested()
            self.watch.look(reporter)
            return not stopped
        finally:
            self.seconds += time.perf_counter() - started

    def _train_step(self) -> None:
        search, step = self.search, self.step
        architecture = self.architectures[step]
        size = search.config.child.batch_size
        indices = self.order[step * size : (step + 1) * size]
        images, labels = search.child_images(search.train, indices, search.streams.augment, augment=True)
        noise_before = self.watch.noise_state()
        logits = search.child(images, architecture)
        loss = F.cross_entropy(logits, labels)
        used = list(search.child.used_parts(architecture))
        search.weights.backward(loss, used)
        search.weights.mark_used(used)
        norm, largest = search.weights.gradient_norm(), search.weights.largest_gradient()
        for name, value in (("loss", loss.detach()), ("norm", norm), ("largest", largest)):
            self.measured[name][step] = value
        self.measured["correct"][step] = (logits.detach().argmax(1) == labels).sum()
        self.watch.keep(step, images, labels, architecture, noise_before)
        self._update(loss.detach(), norm)
        search.num_child_steps += 1
        self.step += 1

    def _update(self, loss: Tensor, norm: Tensor) -> None:
        """Step, or do what the defences do instead, and keep it in mind."""
        step = self.search.num_child_steps
        reaction = self.search.guard.update(loss, norm, self.learning_rate, step)
        if reaction.is_skipped:
            self.skipped_steps.append(step)
        if reaction.rolled_back_to is not None:
            self.rollbacks.append((step, reaction.rolled_back_to))

    def _report(self, reporter: Reporter, seconds: float) -> None:
        seconds += self.seconds
        num_images = min(self.step * self.search.config.child.batch_size, len(self.search.train))
        reporter.progress(
            Progressed(
                epoch=self.epoch,
                phase=self.name,
                step=self.step,
                num_steps=self.num_steps,
                loss=self.watch.latest_loss,
                images_per_second=num_images / seconds,
            )
        )

    def saved(self) -> dict[str, Any]:
        """The phase as tensors and numbers."""
        saved = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)[2:]}
        return {**saved, "decisions": [self.decisions.outputs, self.decisions.skips]}

    @classmethod
    def restored(cls, search: SearchState, epoch: int, saved: dict[str, Any]) -> "ChildPhase":
        """The phase as it was when `saved` was taken; draws nothing."""
        on_device = {
            "order": saved["order"].to(search.device),
            "measured": {name: values.to(search.device) for name, values in saved["measured"].items()},
            "decisions": Decisions(*saved["decisions"]),
        }
        return cls(search, epoch, **{**saved, **on_device})


def _by_slot(probabilities: Tensor, slot_of_output: tuple[int, ...]) -> Tensor:
    """[L, N] over controller outputs -> [L, slots]."""
    index = torch.tensor(slot_of_output)
    summed = torch.zeros(len(probabilities), max(slot_of_output) + 1)
    return summed.index_add_(1, index, probabilities)

"""The controller phase: REINFORCE on the validation accuracy of sampled architectures."""

import dataclasses
import functools
import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.learn.reporter import Reporter
from engine.learn.scoring import scores
from engine.learn.search_state import SearchState
from engine.net.controller import Controller, Rollout
from engine.record.events import Progressed


@dataclasses.dataclass
class ControllerPhase:
    """Where the phase is, and what each finished update measured; all of it fits a checkpoint."""

    search: SearchState
    epoch: int
    measured: dict[str, Tensor]
    """float64 per sample [updates, S]: reward, baseline, advantage, and accuracy, NaN where logits were not
    all finite; [updates, S, slots]: layers that use the slot; per update [updates]: loss, norm."""
    num_bad_logits: int = 0
    """Evaluations whose logits were not all finite."""
    step: int = 0
    """Updates done."""
    seconds: float = 0.0

    name = "controller"

    @classmethod
    def begin(cls, search: SearchState, epoch: int) -> "ControllerPhase":
        """A phase with nothing done yet; it has no updates in epochs that do not train the controller."""
        settings = search.config.controller
        is_due = search.config.derived is None and epoch % settings.train_every == 0
        updates = settings.updates if is_due else 0
        sizes = {"reward": 2, "baseline": 2, "advantage": 2, "accuracy": 2, "layers": 3, "loss": 1, "norm": 1}
        shape = (updates, settings.samples_per_update, len(search.config.space.slots))
        measured = {
            name: torch.full(shape[:dimensions], math.nan, dtype=torch.float64)
            for name, dimensions in sizes.items()
        }
        return cls(search, epoch, measured)

    @property
    def num_steps(self) -> int:
        """Updates of the phase."""
        return len(self.measured["loss"])

    def run(self, reporter: Reporter, stop_requested: Callable[[], bool]) -> bool:
        """Update until the phase ends (True) or a stop is asked for (False, after a whole update)."""
        self.search.child.eval()
        started = time.perf_counter()
        try:
            while self.step < self.num_steps:
                self._update()
                if reporter.progress_is_due():
                    self._report(reporter, self.seconds + time.perf_counter() - started)
                if stop_requested():
                    return False
            return True
        finally:
            self.seconds += time.perf_counter() - started

    def _update(self) -> None:
        search, step = self.search, self.step
        settings = search.config.controller
        rollout = search.policy(settings.samples_per_update, search.streams.policy)
        accuracies = self._accuracies(rollout)
        rewards = accuracies + settings.entropy_weight * self._reward_entropy(rollout)
        baselines = self._follow_baseline(accuracies, rewards.detach())
        advantages = rewards - baselines
        losses = -rollout.log_prob * advantages + settings.skip_weight * rollout.skip_penalty
        self.measured["layers"][step] = self._layers_of_slots(rollout)
        self.measured["reward"][step] = rewards.detach()
        self.measured["baseline"][step] = baselines
        self.measured["advantage"][step] = advantages.detach()
        self.measured["loss"][step] = losses.detach().mean()
        if isinstance(search.policy, Controller) and search.policy_optimizer:
            search.policy_optimizer.zero_grad()
            torch.autograd.backward(losses.mean())
            norm = torch.nn.utils.clip_grad_norm_(search.policy.parameters(), settings.grad_clip)
            search.policy_optimizer.step()
            self.measured["norm"][step] = norm
        self.step += 1

    def _accuracies(self, rollout: Rollout) -> Tensor:
        """Accuracy [S] of each architecture on its own random validation batch, child in evaluation mode."""
        search, architectures = self.search, rollout.decisions.architectures()
        found = torch.stack(scores(search, architectures)).cpu()  # the update's one wait
        num_bad = int((found[1] == 0).sum())
        if num_bad:
            search.first_steps.setdefault("logit", search.num_child_steps)
        self.num_bad_logits += num_bad
        self.measured["accuracy"][self.step] = found[0].where(found[1] == 1, math.nan)
        return found[0]

    def _layers_of_slots(self, rollout: Rollout) -> Tensor:
        """How many layers [S, slots] of each architecture use each slot."""
        slots = self._slot_of_output[rollout.decisions.outputs]
        return torch.nn.functional.one_hot(slots, len(self.search.config.space.slots)).sum(1)

    @functools.cached_property
    def _slot_of_output(self) -> Tensor:
        """[N], on the host like the decisions: asking the device would be a wait of its own each update."""
        return torch.tensor(self.search.config.space.slot_of_output)

    def _reward_entropy(self, rollout: Rollout) -> Tensor:
        kept = self.search.config.switches.entropy_gradient == "kept"
        return rollout.entropy if kept else rollout.entropy.detach()

    def _follow_baseline(self, accuracies: Tensor, rewards: Tensor) -> Tensor:
        """The baseline [S] each sample is compared with, moved on sample by sample.

        The run's first sample sets it to its accuracy; each later one moves it by
        (1 - decay) * (reward - baseline) before it is used.
        """
        decay = self.search.config.controller.baseline_decay
        baseline, followed = self.search.baseline, []
        for accuracy, reward in zip(accuracies.tolist(), rewards.tolist(), strict=True):
            baseline = accuracy if baseline is None else baseline - (1 - decay) * (baseline - reward)
            followed.append(baseline)
        self.search.baseline = baseline
        return torch.tensor(followed)

    def _report(self, reporter: Reporter, seconds: float) -> None:
        settings = self.search.config
        num_images = self.step * settings.controller.samples_per_update * settings.child.batch_size
        reporter.progress(
            Progressed(
                epoch=self.epoch,
                phase=self.name,
                step=self.step,
                num_steps=self.num_steps,
                loss=float(self.measured["reward"][self.step - 1].mean()),
                images_per_second=num_images / seconds,
            )
        )

    def saved(self) -> dict[str, Any]:
        """The phase as tensors and numbers."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)[2:]}

    @classmethod
    def restored(cls, search: SearchState, epoch: int, saved: dict[str, Any]) -> "ControllerPhase":
        """The phase as it was when `saved` was taken; what an older one did not measure stays NaN."""
        begun = cls.begin(search, epoch)
        return cls(search, epoch, **saved | {"measured": begun.measured | saved["measured"]})

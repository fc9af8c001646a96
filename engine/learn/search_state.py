"""Everything a search carries from step to step: networks, optimisers, generators, images, counters."""

import dataclasses
import functools
from pathlib import Path

import torch
from torch import Tensor

from engine.data.dataset import load_dataset
from engine.data.resident import ResidentImages, normalisation
from engine.learn.defences import Guard
from engine.learn.shared_weights import SharedWeights
from engine.learn.streams import POLICY_WEIGHTS, WEIGHTS, Streams, derived_seed
from engine.net.child import Child, seeded_child
from engine.net.controller import Controller, Policy, build_policy
from engine.net.fixed_child import FixedChild, FixedPolicy
from engine.plan.config import RunConfig


@dataclasses.dataclass
class SearchState:
    """The mutable heart of a run; `saved` and `restore` carry it through a checkpoint."""

    config: RunConfig
    device: torch.device
    train: ResidentImages
    validation: ResidentImages
    test: ResidentImages
    num_classes: int
    streams: Streams
    child: Child
    weights: SharedWeights
    guard: Guard
    policy: Policy
    policy_optimizer: torch.optim.Adam | None
    baseline: float | None = None
    """REINFORCE's moving average of the reward; None before the first sample."""
    num_child_steps: int = 0
    """Child steps done since the start of the run."""
    num_null_steps: int = 0
    """Null steps of the finished epochs."""
    first_steps: dict[str, int] = dataclasses.field(default_factory=dict)
    """Kind of non-finite value to the first child step that saw it."""

    def child_images(
        self, images: ResidentImages, indices: Tensor, generator: torch.Generator, augment: bool
    ) -> tuple[Tensor, Tensor]:
        """A batch [B, 3, 32, 32], channels last, and its labels [B]."""
        if augment:
            batch, labels = images.augmented(indices, generator, self.config.data.cutout)
        else:
            batch, labels = images.plain(indices)
        return batch.contiguous(memory_format=torch.channels_last), labels

    def validation_batch(self) -> tuple[Tensor, Tensor]:
        """One random batch of validation images, augmented or plain by the protocol."""
        indices, generator = self._validation_indices(), self.streams.validation
        return self.child_images(self.validation, indices, generator, self.augments_validation)

    def validation_batches(self, num: int) -> tuple[Tensor, Tensor]:
        """As so many of them, one after the other: images [num, B, 3, 32, 32] and labels [num, B]."""
        drawn, generator = (self._validation_indices() for _ in range(num)), self.streams.validation
        if self.augments_validation:
            images, labels = self.validation.augmented_together(drawn, generator, self.config.data.cutout)
        else:
            images, labels = self.validation.plain(torch.cat(list(drawn)))
        return images.view(num, -1, *images.shape[1:]), labels.view(num, -1)

    def _validation_indices(self) -> Tensor:
        generator = self.streams.validation
        order = torch.randperm(len(self.validation), generator=generator, device=self.device)
        return order[: self.config.child.batch_size]

    @property
    def augments_validation(self) -> bool:
        """Whether validation images are cropped and flipped."""
        return self.config.switches.validation_augmentation == "augmented"

    @property
    def evaluates_together(self) -> bool:
        """Whether sampled architectures are evaluated many in one pass; a derived run has but one."""
        if self.config.derived is not None:
            return False
        population = self.config.engine.population
        return population == "on" or (population == "auto" and self.device.type == "cuda")

    def saved(self) -> dict[str, object]:
        """The state as tensors, numbers and text: what a checkpoint holds."""
        optimizer = self.policy_optimizer
        return {
            "values": self.weights.values,
            "momentum": self.weights.momentum,
            "used": self.weights.used,
            "snapshot": self.guard.saved(),
            "policy": self.policy.state_dict() if isinstance(self.policy, Controller) else {},
            "policy_optimizer": optimizer.state_dict() if optimizer else {},
            "streams": self.streams.state(),
            "baseline": self.baseline,
            "num_child_steps": self.num_child_steps,
            "num_null_steps": self.num_null_steps,
            "first_steps": dict(self.first_steps),
        }

    def restore(self, saved: dict[str, object]) -> None:
        """Take everything back from what `saved` returned; ValueError when it is of another space."""
        values = saved["values"]
        assert isinstance(values, Tensor)
        if values.shape != self.weights.values.shape:
            raise ValueError(
                f"the checkpoint holds {len(values)} weights, this space has {len(self.weights.values)}"
            )
        for name in ("values", "momentum", "used"):
            getattr(self.weights, name).copy_(saved[name])
        self.weights.forget_unmarked()
        self.guard.restore(saved.get("snapshot", {}))  # type: ignore[arg-type]
        if isinstance(self.policy, Controller):
            self.policy.load_state_dict(saved["policy"])  # type: ignore[arg-type]
        if self.policy_optimizer:
            self.policy_optimizer.load_state_dict(saved["policy_optimizer"])  # type: ignore[arg-type]
        self.streams.restore(saved["streams"])  # type: ignore[arg-type]
        self.baseline = saved["baseline"]  # type: ignore[assignment]
        self.num_child_steps = saved["num_child_steps"]  # type: ignore[assignment]
        self.num_null_steps = saved.get("num_null_steps", 0)  # type: ignore[assignment]
        self.first_steps = dict(saved["first_steps"])  # type: ignore[call-overload]


def new_search(config: RunConfig, device: torch.device, data_dir: Path) -> SearchState:
    """Load the images onto the device and build fresh networks; ValueError when the data set is not right.

    A derived run's are the network of its one architecture, and no controller.
    """
    data = config.data
    dataset = load_dataset(
        config.dataset,
        num_train=data.num_train,
        num_val=data.num_val,
        num_test=data.num_test,
        num_classes=data.num_classes,
        seed=config.seed,
        data_dir=data_dir,
    )
    mean, std = normalisation(dataset)
    num_classes = len(dataset.class_names)
    streams = Streams(config.seed, device)
    child = seeded_child(
        config.space,
        config.child,
        config.switches,
        num_classes,
        streams.noise,
        derived_seed(config.seed, WEIGHTS),
        functools.partial(FixedChild, config.derived.architecture) if config.derived else Child,
    ).to(device)
    weights = SharedWeights(child, config.child, config.switches.clip_rule)
    policy = _policy(config)
    return SearchState(
        config=config,
        device=device,
        train=ResidentImages(dataset.train, mean, std, device),
        validation=ResidentImages(dataset.validation, mean, std, device),
        test=ResidentImages(dataset.test, mean, std, device),
        num_classes=num_classes,
        streams=streams,
        child=child,
        weights=weights,
        guard=Guard(weights, config.defences),
        policy=policy,
        policy_optimizer=_optimizer(policy, config),
    )


def _policy(config: RunConfig) -> Policy:
    if config.derived is not None:
        return FixedPolicy(config.derived.architecture, config.space.num_outputs)
    return build_policy(
        config.child.layers,
        config.space.num_outputs,
        config.controller,
        config.switches,
        derived_seed(config.seed, POLICY_WEIGHTS),
        config.space.kind_of_output if config.space.by_kind else None,
    )


def _optimizer(policy: Policy, config: RunConfig) -> torch.optim.Adam | None:
    if not isinstance(policy, Controller):
        return None
    settings = config.controller
    return torch.optim.Adam(
        policy.parameters(),
        lr=settings.lr,
        betas=(settings.adam_beta1, settings.adam_beta2),
        eps=settings.adam_eps,
        fused=True,
    )

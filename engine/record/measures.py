"""The figures of one epoch, grouped by what they measure (docs/ENGINE.md section 8)."""

import dataclasses
import math

from engine.plan.architecture import Architecture


@dataclasses.dataclass(frozen=True)
class ChildMeasures:
    """The child phase: training of the shared weights."""

    learning_rate: float
    num_steps: int
    loss: float
    """Mean cross entropy over the steps, NaN included."""
    accuracy: float
    """Training accuracy, a fraction of the images seen."""
    gradient_norm_median: float
    gradient_norm_max: float
    num_clipped: int
    """Steps whose norm was above the clip."""
    gradient_norms: tuple[float, ...]
    """The norm of evenly chosen steps, at most 200, first step first; inf and NaN as they were."""
    num_poisoned_layers: tuple[int, ...]
    """How many sampled children had 0, 1, ... L poisoned layers."""


@dataclasses.dataclass(frozen=True)
class ChainMeasures:
    """The zero-variance chains of the epoch's sampled children, from their architectures alone."""

    longest: int
    num_harmless: int
    num_hijack: int
    num_overflow: int
    num_nan: int
    num_by_length: tuple[int, ...] = ()
    """How many steps had a chain of 0, 1, ... `longest` normalisations."""


@dataclasses.dataclass(frozen=True)
class NonFiniteMeasures:
    """How often numbers were not finite in this epoch, and the first step of the run that saw it."""

    num_losses: int
    num_null_steps: int
    """Infinite norm over finite entries: the step does nothing but decay and momentum."""
    num_nan_steps: int
    """Gradient entries not finite."""
    num_weights: int
    """Weights not finite at the end of the epoch."""
    num_logits: int
    """Evaluations in the controller phase whose logits were not finite."""
    nan_parameter_share: float
    """Share of all weights that is not finite at the end of the epoch."""
    first_steps: dict[str, int]
    """Kind (loss, null_step, gradient, weight, logit) to the first step of the run that saw it."""


@dataclasses.dataclass(frozen=True)
class DefenceMeasures:
    """What the defences did in this epoch; steps are counted from the start of the run."""

    num_skipped: int = 0
    """Updates left out."""
    skipped_steps: tuple[int, ...] = ()
    """The first of them, at most 100."""
    num_rollbacks: int = 0
    rollback_steps: tuple[int, ...] = ()
    """The first steps after which the weights were rolled back, at most 100."""
    rollback_targets: tuple[int, ...] = ()
    """For each of those, how many steps the weights that came back had done."""
    num_undone: int = 0
    """Steps undone by all the epoch's rollbacks, the broken ones included."""


NO_DEFENCES = DefenceMeasures()
"""Nothing was done, or no defence was on."""


@dataclasses.dataclass(frozen=True)
class RewardMeasures:
    """What the controller's samples say of each slot: sums over samples, about their means within the epoch.

    They add up over epochs, and give each operation's marginal reward: the slope of the accuracy on how many
    layers use the slot (analyse/marginal_reward.py). Samples whose logits were not all finite are left out.
    """

    num_samples: int = 0
    accuracy_mean: float = math.nan
    accuracy_squares: float = 0.0
    """Sum of (accuracy - mean)^2."""
    layers_mean: tuple[float, ...] = ()
    """[slots] layers of an architecture that use the slot, copies added up."""
    layers_squares: tuple[float, ...] = ()
    """[slots] sum of (layers - mean)^2."""
    products: tuple[float, ...] = ()
    """[slots] sum of (layers - mean) * (accuracy - mean)."""


NO_REWARDS = RewardMeasures()
"""No sample, or a journal from before they were recorded."""


@dataclasses.dataclass(frozen=True)
class ControllerMeasures:
    """The controller phase; entropies, skip rate and policy are those of the epoch's sampled children."""

    reward_mean: float
    reward_spread: float
    """Standard deviation over the epoch's samples."""
    baseline: float
    advantage_mean: float
    advantage_spread: float
    loss_mean: float
    gradient_norm_mean: float
    op_entropy: float
    """Mean entropy of one op decision, nats; its maximum is log N."""
    op_entropy_max: float
    skip_entropy: float
    """Mean entropy of one skip decision, nats; its maximum is log 2."""
    skip_rate: float
    policy: tuple[tuple[float, ...], ...]
    """Mean policy probability [layers][slots], copies added up."""
    baseline_mean: float = math.nan
    baseline_spread: float = math.nan
    """Over the epoch's samples; `baseline` is its last value."""
    rewards: RewardMeasures = NO_REWARDS


@dataclasses.dataclass(frozen=True)
class CandidateMeasures:
    """One evaluated architecture."""

    architecture: Architecture
    accuracy: float
    """On one validation batch, child in evaluation mode."""
    num_poisoned: int
    chain_length: int


@dataclasses.dataclass(frozen=True)
class EvaluationMeasures:
    """The epoch's candidates, and the best one's errors with the poison active and inert."""

    candidates: tuple[CandidateMeasures, ...]
    best: int
    """Index into candidates."""
    val_error: float
    """The protocol's own: active or inert by its final_eval_mode."""
    test_error: float
    val_error_active: float
    val_error_inert: float
    test_error_active: float
    test_error_inert: float

    def __post_init__(self) -> None:
        if not 0 <= self.best < len(self.candidates):
            raise ValueError(f"best = {self.best} is not one of {len(self.candidates)} candidates")


@dataclasses.dataclass(frozen=True)
class PhaseTimes:
    """Where the epoch's time went; the only measures that differ between two identical runs."""

    child_seconds: float
    controller_seconds: float
    evaluation_seconds: float
    images_per_second: float
    """Training images, over the child phase."""
    memory_bytes: int
    """Peak memory: of the device on a GPU, of the process on a CPU."""

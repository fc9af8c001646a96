"""What tables and figures need of one run, read from its journal; everything else is let go."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig
from engine.plan.space import Space
from engine.record.events import EpochFinished, RunFinished
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.measures import RewardMeasures
from engine.record.state import RunState


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """One run as a report sees it; texts are clean, errors fractions."""

    run_id: str
    folder: RunFolder
    config: RunConfig
    final: RunFinished | None
    """Its final errors; None while it is not finished."""
    epochs: tuple[int, ...]
    """Finished epochs, in order; what follows is epoch by epoch."""
    val_errors: tuple[float, ...]
    test_errors: tuple[float, ...]
    test_errors_active: tuple[float, ...]
    test_errors_inert: tuple[float, ...]
    gradient_norm_medians: tuple[float, ...]
    gradient_norm_maxima: tuple[float, ...]
    nan_shares: tuple[float, ...]
    """Share of the weights that is not finite at each epoch's end."""
    rewards: tuple[RewardMeasures, ...]
    """What the controller's samples say of each slot."""
    num_bad_logits: tuple[int, ...]
    """Samples met by a child whose logits were not all finite."""
    policy_distances: tuple[float, ...]
    """How far the policy of each epoch is from a uniform one, 0 to 1; NaN where it is not known."""
    clipped_share: float
    """Share of all child steps whose gradient was clipped; NaN before any."""
    num_skipped: int
    """Updates that a defence left out."""
    num_rollbacks: int
    num_undone: int
    """Child steps undone by rollbacks."""
    poisoned_layers: tuple[int, ...]
    """How many sampled children, over all epochs, had 0, 1, ... L poisoned layers."""
    best: Architecture | None
    """The best candidate of the last epoch."""
    best_accuracy: float | None
    first_nan_step: int | None
    """First child step with a non-finite gradient or weight."""
    versions: Mapping[str, str]
    device_name: str

    @property
    def mean_poisoned_layers(self) -> float | None:
        """Poisoned layers of the mean sampled child; None before any was sampled."""
        return mean_layers(self.poisoned_layers)


def mean_layers(counts: Sequence[int]) -> float | None:
    """Poisoned layers of the mean child, from how many had 0, 1, ... of them; None when there is none."""
    total = sum(counts)
    return sum(layers * count for layers, count in enumerate(counts)) / total if total else None


def read_record(folder: RunFolder, clean: Callable[[str], str]) -> RunRecord:
    """Read a run; ValueError when its configuration cannot be read. `clean` makes outside text safe."""
    return record_of(folder, folder.read_config(), read_state(folder.journal_path), clean)


def record_of(
    folder: RunFolder, config: RunConfig, state: RunState, clean: Callable[[str], str]
) -> RunRecord:
    """The record of a folded journal."""
    epochs, latest, started = state.epochs, state.latest, state.started
    return RunRecord(
        run_id=clean(folder.run_id),
        folder=folder,
        config=config,
        final=state.ending if isinstance(state.ending, RunFinished) else None,
        epochs=tuple(each.epoch for each in epochs),
        val_errors=tuple(each.evaluation.val_error for each in epochs),
        test_errors=tuple(each.evaluation.test_error for each in epochs),
        test_errors_active=tuple(each.evaluation.test_error_active for each in epochs),
        test_errors_inert=tuple(each.evaluation.test_error_inert for each in epochs),
        gradient_norm_medians=tuple(each.child.gradient_norm_median for each in epochs),
        gradient_norm_maxima=tuple(each.child.gradient_norm_max for each in epochs),
        nan_shares=tuple(each.nonfinite.nan_parameter_share for each in epochs),
        rewards=tuple(each.controller.rewards for each in epochs),
        num_bad_logits=tuple(each.nonfinite.num_logits for each in epochs),
        policy_distances=tuple(policy_distance(each.controller.policy, config.space) for each in epochs),
        clipped_share=_clipped_share(epochs),
        num_skipped=sum(each.defences.num_skipped for each in epochs),
        num_rollbacks=sum(each.defences.num_rollbacks for each in epochs),
        num_undone=sum(each.defences.num_undone for each in epochs),
        poisoned_layers=_summed([each.child.num_poisoned_layers for each in epochs]),
        best=latest.best.architecture if latest else None,
        best_accuracy=latest.best.accuracy if latest else None,
        first_nan_step=_first_nan_step(latest),
        versions={clean(key): clean(text) for key, text in started.versions.items()} if started else {},
        device_name=clean(started.device_name) if started else "",
    )


def policy_distance(policy: Sequence[Sequence[float]], space: Space) -> float:
    """Total variation distance of a policy [layers][slots] from the uniform one, the mean over layers.

    Half the sum of |difference|: the share of decisions in which the two must differ. NaN where the policy is
    none of this space.
    """
    uniform = [space.slot_probability(slot) for slot in space.slots]
    if not policy or any(len(row) != len(uniform) for row in policy):
        return math.nan
    rows = [sum(abs(ours - theirs) for ours, theirs in zip(row, uniform, strict=True)) / 2 for row in policy]
    return sum(rows) / len(rows)


def _first_nan_step(latest: EpochFinished | None) -> int | None:
    steps = latest.nonfinite.first_steps if latest else {}
    return min((steps[kind] for kind in ("gradient", "weight") if kind in steps), default=None)


def _clipped_share(epochs: Sequence[EpochFinished]) -> float:
    num_steps = sum(each.child.num_steps for each in epochs)
    return sum(each.child.num_clipped for each in epochs) / num_steps if num_steps else math.nan


def _summed(histograms: list[tuple[int, ...]]) -> tuple[int, ...]:
    length = max(map(len, histograms), default=0)
    return tuple(sum(each[i] for each in histograms if i < len(each)) for i in range(length))

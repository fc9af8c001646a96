"""One epoch's figures, made from what its phases measured."""

import math
from collections import Counter

import numpy as np
import torch

from engine.learn.child_phase import ChildPhase
from engine.learn.controller_phase import ControllerPhase
from engine.learn.search_state import SearchState
from engine.plan.architecture import HARMLESS, HIJACK, NAN, OVERFLOW, chain_class, chain_lengths
from engine.record.measures import (
    ChainMeasures,
    ChildMeasures,
    ControllerMeasures,
    DefenceMeasures,
    NonFiniteMeasures,
    RewardMeasures,
)

MAX_NORMS = 200
"""Most gradient norms one epoch records."""

MAX_STEPS = 100
"""Most steps of each kind at which a defence acted that one epoch records."""


def child_measures(phase: ChildPhase) -> ChildMeasures:
    """What the child phase measured; median and maximum norm are over the steps whose norm is a number."""
    config = phase.search.config
    norms = phase.measured["norm"].cpu().numpy()
    numbers = norms[~np.isnan(norms)]
    chosen = np.unique(np.linspace(0, len(norms) - 1, MAX_NORMS).astype(int))
    poisoned = Counter(each.num_poisoned(config.space) for each in phase.architectures)
    return ChildMeasures(
        learning_rate=phase.learning_rate,
        num_steps=phase.num_steps,
        loss=float(phase.measured["loss"].double().mean()),
        accuracy=float(phase.measured["correct"].double().sum()) / len(phase.search.train),
        gradient_norm_median=float(np.median(numbers)) if len(numbers) else math.nan,
        gradient_norm_max=float(numbers.max()) if len(numbers) else math.nan,
        num_clipped=int((numbers > config.child.grad_clip).sum()),
        gradient_norms=tuple(float(norm) for norm in norms[chosen]),
        num_poisoned_layers=tuple(poisoned[count] for count in range(config.child.layers + 1)),
    )


def chain_measures(phase: ChildPhase) -> ChainMeasures:
    """The zero-variance chains of the epoch's sampled children."""
    lengths = chain_lengths(phase.search.config.space, phase.architectures)
    classes = Counter(chain_class(length) for length in lengths)
    return ChainMeasures(
        longest=max(lengths),
        num_harmless=classes[HARMLESS],
        num_hijack=classes[HIJACK],
        num_overflow=classes[OVERFLOW],
        num_nan=classes[NAN],
        num_by_length=tuple(lengths.count(length) for length in range(max(lengths) + 1)),
    )


def nonfinite_measures(child: ChildPhase, controller: ControllerPhase) -> NonFiniteMeasures:
    """How often numbers were not finite in the epoch."""
    search, measured = child.search, child.measured
    finite_entries = torch.isfinite(measured["largest"])
    bad_weights = int((~torch.isfinite(search.weights.values)).sum())
    return NonFiniteMeasures(
        num_losses=int((~torch.isfinite(measured["loss"])).sum()),
        num_null_steps=int((finite_entries & ~torch.isfinite(measured["norm"])).sum()),
        num_nan_steps=int((~finite_entries).sum()),
        num_weights=bad_weights,
        num_logits=controller.num_bad_logits,
        nan_parameter_share=bad_weights / len(search.weights.values),
        first_steps=dict(search.first_steps),
    )


def defence_measures(phase: ChildPhase) -> DefenceMeasures:
    """What the defences did in the child phase."""
    shown = phase.rollbacks[:MAX_STEPS]
    return DefenceMeasures(
        num_skipped=len(phase.skipped_steps),
        skipped_steps=tuple(phase.skipped_steps[:MAX_STEPS]),
        num_rollbacks=len(phase.rollbacks),
        rollback_steps=tuple(step for step, _ in shown),
        rollback_targets=tuple(target for _, target in shown),
        num_undone=sum(step + 1 - target for step, target in phase.rollbacks),
    )


def controller_measures(child: ChildPhase, controller: ControllerPhase) -> ControllerMeasures:
    """What the controller phase measured, and the policy the epoch's children were sampled from."""
    search: SearchState = child.search
    measured = {name: values.numpy() for name, values in controller.measured.items()}
    return ControllerMeasures(
        reward_mean=_mean(measured["reward"]),
        reward_spread=_spread(measured["reward"]),
        baseline=math.nan if search.baseline is None else search.baseline,
        advantage_mean=_mean(measured["advantage"]),
        advantage_spread=_spread(measured["advantage"]),
        loss_mean=_mean(measured["loss"]),
        gradient_norm_mean=_mean(measured["norm"]),
        op_entropy=child.op_entropy,
        op_entropy_max=math.log(search.config.space.num_outputs),
        skip_entropy=child.skip_entropy,
        skip_rate=_skip_rate(child),
        policy=tuple(tuple(row) for row in child.policy.tolist()),
        baseline_mean=_mean(measured["baseline"]),
        baseline_spread=_spread(measured["baseline"]),
        rewards=reward_measures(measured["layers"], measured["accuracy"]),
    )


def reward_measures(layers: np.ndarray, accuracy: np.ndarray) -> RewardMeasures:
    """What samples say of each slot: layers [..., slots] that use it, accuracy [...], NaN where not known."""
    known = np.isfinite(accuracy) & np.isfinite(layers).all(-1)
    layers, accuracy = layers[known], accuracy[known]
    if not len(accuracy):
        return RewardMeasures()
    layers_mean, accuracy_mean = layers.mean(0), float(accuracy.mean())
    layers_off, accuracy_off = layers - layers_mean, accuracy - accuracy_mean
    return RewardMeasures(
        num_samples=len(accuracy),
        accuracy_mean=accuracy_mean,
        accuracy_squares=float(accuracy_off @ accuracy_off),
        layers_mean=tuple(layers_mean.tolist()),
        layers_squares=tuple((layers_off**2).sum(0).tolist()),
        products=tuple((accuracy_off @ layers_off).tolist()),
    )


def _skip_rate(child: ChildPhase) -> float:
    skips = child.decisions.skips
    layers = skips.shape[1]
    return float(skips.sum()) / (len(skips) * layers * (layers - 1) / 2)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan


def _spread(values: np.ndarray) -> float:
    return float(values.std()) if len(values) else math.nan

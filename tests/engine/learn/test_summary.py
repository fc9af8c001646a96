"""An epoch's figures, each from known measurements and by hand, so that none can stand for another."""

import math

import pytest
import torch

from engine.learn.child_phase import ChildPhase
from engine.learn.controller_phase import ControllerPhase
from engine.learn.summary import chain_measures, child_measures, controller_measures, nonfinite_measures
from engine.net.controller import Decisions
from engine.plan.architecture import Architecture
from tests.builders import DROPOUT, STRETCHED, chain_of, poison_table, search_of, small_config

LAYERS = 12
STRETCHED_OUTPUT, DROPOUT_OUTPUT = 6, 7
INF, NAN = math.inf, math.nan


def begun() -> tuple[ChildPhase, ControllerPhase]:
    """Both phases of an epoch of four steps and two updates of three samples, nothing done yet."""
    config = small_config(
        space=poison_table(1, STRETCHED, DROPOUT),
        child={"layers": LAYERS},
        controller={"updates": 2, "samples_per_update": 3},
    )
    search = search_of(config)
    child, controller = ChildPhase.begin(search, 0), ControllerPhase.begin(search, 0)
    assert (child.num_steps, controller.num_steps, len(search.train)) == (4, 2, 14)
    return child, controller


def stretched_chain(num_stretched: int, more: int) -> Architecture:
    """Layers whose last see constants: dropout, then so many stretched convolutions, then plain ones."""
    before = (0,) * (LAYERS - 1 - num_stretched - more)
    return chain_of(*before, DROPOUT_OUTPUT, *(STRETCHED_OUTPUT,) * num_stretched, *(0,) * more)


def measured(phase: ChildPhase, **steps: list[float]) -> None:
    for name, values in steps.items():
        phase.measured[name] = torch.tensor(values)


def test_the_child_phases_figures() -> None:
    child, _ = begun()
    measured(child, loss=[1, 2, 3, 6], norm=[1, 7, 4, 6], correct=[4, 2, 0, 1], largest=[1, 1, 1, 1])
    child.architectures = [chain_of(*outputs, *(0,) * 9) for outputs in ((0, 6, 7), (6, 6, 6), (1, 2, 3))] + [
        chain_of(*(7,) * 12)
    ]
    found = child_measures(child)
    assert found.learning_rate == child.search.config.child.lr_max
    assert (found.num_steps, found.loss, found.accuracy) == (4, 3.0, 0.5)
    assert (found.gradient_norm_median, found.gradient_norm_max, found.num_clipped) == (5.0, 7.0, 2)
    assert found.gradient_norms == (1, 7, 4, 6)
    assert found.num_poisoned_layers == (1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1)


def test_median_and_maximum_leave_nan_out_and_keep_infinity() -> None:
    child, _ = begun()
    measured(child, loss=[1, 1, 1, 1], norm=[1, NAN, INF, 6], correct=[0, 0, 0, 0])
    found = child_measures(child)
    assert (found.gradient_norm_median, found.gradient_norm_max, found.num_clipped) == (6.0, INF, 2)


def test_the_chains_figures() -> None:
    child, _ = begun()
    child.architectures = [stretched_chain(*each) for each in ((0, 3), (1, 2), (4, 0), (6, 0))]
    found = chain_measures(child)
    assert (found.num_harmless, found.num_hijack, found.num_overflow, found.num_nan) == (1, 1, 1, 1)
    assert found.longest == 20
    assert {length for length, count in enumerate(found.num_by_length) if count} == {2, 5, 14, 20}


def test_the_non_finite_figures() -> None:
    child, controller = begun()
    search = child.search
    measured(child, loss=[1, NAN, INF, NAN], norm=[1, INF, INF, NAN], largest=[1, 3e19, INF, NAN])
    search.weights.values[:3], search.weights.values[3:5] = NAN, INF
    controller.num_bad_logits = 7
    search.first_steps.update(null_step=1, gradient=2)
    found = nonfinite_measures(child, controller)
    assert (found.num_losses, found.num_null_steps, found.num_nan_steps) == (3, 1, 2)
    assert (found.num_weights, found.num_logits) == (5, 7)
    assert found.nan_parameter_share == 5 / len(search.weights.values)
    assert found.first_steps == {"null_step": 1, "gradient": 2}


def test_the_controller_phases_figures() -> None:
    child, controller = begun()
    for name, shift in (("reward", 0.0), ("baseline", 10.0), ("advantage", 20.0)):
        scale = 1 + shift
        controller.measured[name] = shift + scale * torch.arange(6, dtype=torch.float64).reshape(2, 3)
    controller.measured["loss"] = torch.tensor([30.0, 32.0])
    controller.measured["norm"] = torch.tensor([40.0, 44.0])
    controller.measured["accuracy"] = torch.tensor([[1.0, 0.0, NAN], [0.5, 0.5, 0.0]], dtype=torch.float64)
    controller.measured["layers"] = torch.zeros(2, 3, 8, dtype=torch.float64)
    controller.measured["layers"][0, :, 6] = torch.tensor([3.0, 1.0, 9.0])
    child.search.baseline = 0.25
    child.op_entropy, child.skip_entropy = 1.5, 0.5
    skips = torch.zeros(4, LAYERS, LAYERS, dtype=torch.bool)
    skips[0] = torch.ones(LAYERS, LAYERS, dtype=torch.bool).tril(-1)
    child.decisions = Decisions(child.decisions.outputs, skips)
    found = controller_measures(child, controller)
    spread = math.sqrt(35 / 12)  # of 0 to 5
    assert (found.reward_mean, found.baseline_mean, found.advantage_mean) == (2.5, 37.5, 72.5)
    spreads = (found.reward_spread, found.baseline_spread, found.advantage_spread)
    assert spreads == pytest.approx((spread, 11 * spread, 21 * spread))
    assert (found.loss_mean, found.gradient_norm_mean, found.baseline) == (31.0, 42.0, 0.25)
    assert (found.op_entropy, found.skip_entropy, found.skip_rate) == (1.5, 0.5, 0.25)
    assert found.op_entropy_max == pytest.approx(math.log(8))
    assert found.policy == tuple(map(tuple, child.policy.tolist()))
    rewards = found.rewards
    assert (rewards.num_samples, rewards.accuracy_mean) == (5, 0.4)  # the NaN sample is left out
    assert rewards.accuracy_squares == pytest.approx(1.5 - 5 * 0.16)
    assert rewards.layers_mean == (0,) * 6 + (0.8, 0)
    assert rewards.layers_squares == pytest.approx((0,) * 6 + (10 - 5 * 0.64, 0))
    assert rewards.products == pytest.approx((0,) * 6 + (3 - 5 * 0.8 * 0.4, 0))

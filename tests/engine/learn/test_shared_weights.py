"""The flat step equals torch's SGD with torch's clipping, idle branches and broken gradients included."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.learn.schedule import learning_rate
from engine.learn.shared_weights import SharedWeights
from engine.net.child import Child
from engine.plan.architecture import Architecture
from engine.plan.config import ChildSettings
from engine.plan.operations import Identity
from engine.plan.space import Space
from tests.builders import chain_of, child_of, images_of, random_architectures, space_of
from tests.oracle.child import OracleChild
from tests.oracle.training import OracleTrainer

SPACE = space_of((Identity(), 2))
SETTINGS = ChildSettings(layers=6, filters=4)
LR = 0.05


def weights_of(child: Child, clip_rule: str = "clamped") -> SharedWeights:
    return SharedWeights(child, SETTINGS, clip_rule)


def backward(weights: SharedWeights, architecture: Architecture, seed: int = 0, scale: float = 1.0) -> None:
    """Fill the gradients of one step, as the child phase does."""
    used = list(weights.child.used_parts(architecture))
    weights.backward(scale * loss_of(weights.child, architecture, seed), used)
    weights.mark_used(used)


def loss_of(child: Child, architecture: Architecture, seed: int) -> Tensor:
    images, labels = images_of(4, seed)
    return F.cross_entropy(child(images, architecture), labels)


class Shadow:
    """A second copy of the weights, trained by torch.optim.SGD on the same gradients."""

    def __init__(self, weights: SharedWeights) -> None:
        self.weights = weights
        self.parts = [
            (part, [nn.Parameter(p.detach().clone()) for p in part.parameters()])
            for part in weights.child.parts()
        ]
        self.all = [p for _, parameters in self.parts for p in parameters]
        self.optimizer = torch.optim.SGD(
            self.all,
            lr=LR,
            momentum=SETTINGS.momentum,
            weight_decay=SETTINGS.l2,
            nesterov=True,
            foreach=False,
        )

    def step(self, architecture: Architecture) -> Tensor:
        """zero_grad(set_to_none=False), the engine's gradients, clipping, step; returns the norm."""
        self.optimizer.zero_grad(set_to_none=False)
        used = set(self.weights.child.used_parts(architecture))
        for part, parameters in self.parts:
            if part in used:
                for own, theirs in zip(parameters, part.parameters(), strict=True):
                    assert theirs.grad is not None
                    own.grad = theirs.grad.clone()
        norm = torch.nn.utils.clip_grad_norm_(self.all, SETTINGS.grad_clip, foreach=False)
        self.optimizer.step()
        return norm

    def values(self) -> Tensor:
        return torch.cat([p.detach().reshape(-1) for p in self.all])


def test_gradients_are_those_autograd_adds_up_bit_for_bit_and_nothing_is_left_of_the_last_step() -> None:
    weights, plain = (weights_of(child_of(SPACE, layers=6, seed=1)) for _ in range(2))
    for seed, architecture in enumerate(random_architectures(SPACE, 6, 6, seed=1)):
        backward(weights, architecture, seed)
        plain.gradients.zero_()
        torch.autograd.backward(loss_of(plain.child, architecture, seed))
        assert torch.equal(weights.gradients, plain.gradients)
        assert weights.gradients.count_nonzero()


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_thirty_steps_equal_torchs_sgd_with_zero_gradients_on_idle_branches(scale: float) -> None:
    weights = weights_of(child_of(SPACE, 6))
    shadow = Shadow(weights)
    for step, architecture in enumerate(random_architectures(SPACE, 30, 6, 1)):
        backward(weights, architecture, step, scale)
        norm = weights.gradient_norm()
        theirs = shadow.step(architecture)
        assert float(norm) == pytest.approx(float(theirs), rel=1e-6)
        assert (float(norm) > SETTINGS.grad_clip) == (scale > 1)
        weights.step(norm, LR)
        torch.testing.assert_close(weights.values, shadow.values(), rtol=2e-6, atol=1e-7)
    for part, parameters in shadow.parts:
        for parameter in parameters:
            buffer = shadow.optimizer.state.get(parameter, {}).get("momentum_buffer")
            used = weights.used[weights.slices[part]]
            assert used.all() if buffer is not None else not used.any()


def test_a_whole_training_follows_the_oracles() -> None:
    child = child_of(SPACE, 6)
    oracle = OracleChild(SPACE, 6, 4, 10, 1.0).take_over(child)
    weights, trainer = weights_of(child), OracleTrainer(oracle, SETTINGS, LR)
    for step, architecture in enumerate(random_architectures(SPACE, 20, 6, 2)):
        backward(weights, architecture, step)
        weights.step(weights.gradient_norm(), LR)
        trainer.step(images_of(4, step), architecture)
    difference = (weights.values - oracle.values()).norm() / oracle.values().norm()
    assert float(difference) < 1e-3


def idle_layer_0(weights: SharedWeights) -> Tensor:
    """The weights of layer 0's first operation."""
    return weights.values[weights.slices[weights.child.layer(0).operations[0]]].clone()


def test_a_branch_that_was_used_and_idles_goes_on_by_momentum_and_decay() -> None:
    weights = weights_of(child_of(SPACE, 6))
    uses, idles = chain_of(0, 0, 0, 0, 0, 0), chain_of(1, 0, 0, 0, 0, 0)
    never_used = weights.child.layer(0).operations[2]
    untouched = weights.values[weights.slices[never_used]].clone()
    backward(weights, uses)
    weights.step(weights.gradient_norm(), LR)
    part = weights.slices[weights.child.layer(0).operations[0]]
    before, momentum = idle_layer_0(weights), weights.momentum[part].clone()
    backward(weights, idles)
    assert (weights.gradients[part] == 0).all()
    weights.step(weights.gradient_norm(), LR)
    decay = SETTINGS.l2 * before
    expected_momentum = SETTINGS.momentum * momentum + decay
    torch.testing.assert_close(weights.momentum[part], expected_momentum)
    moved = LR * (decay + SETTINGS.momentum * expected_momentum)
    torch.testing.assert_close(idle_layer_0(weights), before - moved)
    assert (moved != 0).any()
    assert torch.equal(weights.values[weights.slices[never_used]], untouched)
    assert (weights.momentum[weights.slices[never_used]] == 0).all()


def used_once(clip_rule: str = "clamped", space: Space = SPACE) -> SharedWeights:
    """Weights after one ordinary step under one architecture, with fresh gradients of the next."""
    weights = weights_of(child_of(space, 6), clip_rule)
    architecture = chain_of(0, 1, 2, 3, 4, 5)
    backward(weights, architecture)
    weights.step(weights.gradient_norm(), LR)
    backward(weights, architecture, 1)
    return weights


def test_a_norm_that_overflows_leaves_nothing_but_decay_and_momentum() -> None:
    weights = used_once()
    weights.gradients[weights.used] *= 1e25
    norm = weights.gradient_norm()
    assert norm == math.inf
    assert math.isfinite(float(weights.largest_gradient()))
    values, momentum, used = weights.values.clone(), weights.momentum.clone(), weights.used
    weights.step(norm, LR)
    decay = SETTINGS.l2 * values
    expected = torch.where(used, SETTINGS.momentum * momentum + decay, 0.0)
    torch.testing.assert_close(weights.momentum, expected)
    moved = torch.where(used, decay + SETTINGS.momentum * expected, 0.0)
    torch.testing.assert_close(weights.values, values - LR * moved)
    assert weights.values.isfinite().all()


def test_the_norm_overflows_just_above_1_8e19_as_torchs_does() -> None:
    weights = used_once()
    for entry, finite in ((1.8e19, True), (1.9e19, False)):
        weights.gradients.zero_()
        weights.gradients[3] = entry
        parameter = nn.Parameter(torch.zeros(5))
        parameter.grad = torch.tensor([0.0, 0.0, 0.0, entry, 0.0])
        torchs = torch.nn.utils.clip_grad_norm_([parameter], 5.0)
        assert bool(weights.gradient_norm().isfinite()) == bool(torchs.isfinite()) == finite


@pytest.mark.parametrize("bad", [math.nan])
def test_a_bad_entry_gives_nan_everywhere_that_was_ever_used_and_nowhere_else(bad: float) -> None:
    weights = used_once()
    weights.gradients[int(weights.used.nonzero()[0])] = bad
    untouched = weights.values[~weights.used].clone()
    assert untouched.numel() > 100
    weights.step(weights.gradient_norm(), LR)
    assert weights.values[weights.used].isnan().all()
    assert torch.equal(weights.values[~weights.used], untouched)
    assert (weights.momentum[~weights.used] == 0).all()


def test_an_infinite_entry_is_nan_at_once_and_everywhere_from_the_next_step_on() -> None:
    weights = used_once()
    place = int(weights.used.nonzero()[0])
    weights.gradients[place] = math.inf
    weights.step(weights.gradient_norm(), LR)
    assert weights.values.isnan().nonzero().tolist() == [[place]]
    backward(weights, chain_of(0, 1, 2, 3, 4, 5), 2)
    weights.step(weights.gradient_norm(), LR)
    assert weights.values[weights.used].isnan().all()


def test_a_branch_first_used_after_nan_turns_nan_and_one_never_used_stays() -> None:
    weights = used_once()
    weights.gradients.fill_(math.nan)
    weights.step(weights.gradient_norm(), LR)
    backward(weights, chain_of(3, 1, 2, 3, 4, 5), 3)
    weights.step(weights.gradient_norm(), LR)
    operations = weights.child.layer(0).operations
    assert weights.values[weights.slices[operations[3]]].isnan().all()
    assert weights.values[weights.slices[operations[1]]].isfinite().all()


def test_the_legacy_rule_scales_nothing_by_a_nan_coefficient() -> None:
    clamped, legacy = used_once(), used_once("legacy")
    for weights in (clamped, legacy):
        weights.gradients[int(weights.used.nonzero()[0])] = math.nan
        weights.step(weights.gradient_norm(), LR)
    assert clamped.values.isnan().sum() == clamped.used.sum()
    assert legacy.values.isnan().sum() == 1


@pytest.mark.parametrize("scale", [1.0, 1000.0, 1e25])
def test_short_of_nan_both_clip_rules_do_the_same(scale: float) -> None:
    found = []
    for rule in ("clamped", "legacy"):
        weights = used_once(rule)
        weights.gradients *= scale
        weights.step(weights.gradient_norm(), LR)
        found.append(weights.values)
    assert torch.equal(*found)


def test_parameters_and_gradients_are_views_of_the_flat_vectors() -> None:
    weights = weights_of(child_of(SPACE, 3))
    weights.values.fill_(2.0)
    weights.gradients.fill_(3.0)
    for parameter in weights.child.parameters():
        assert (parameter == 2).all()
        assert parameter.grad is not None
        assert (parameter.grad == 3).all()
    assert sum(p.numel() for p in weights.child.parameters()) == len(weights.values)


@pytest.mark.parametrize(
    ("epoch", "rate"),
    [(0, 0.05), (5, 0.02525), (10, 0.0005), (20, 0.05), (149, 0.0017), (299, 0.0488)],
)
def test_the_learning_rate_is_a_cosine_without_restart(epoch: int, rate: float) -> None:
    assert learning_rate(ChildSettings(), epoch) == pytest.approx(rate, abs=5e-5)


def test_the_learning_rate_equals_torchs_schedule() -> None:
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=0.0005)
    for epoch in range(40):
        assert learning_rate(ChildSettings(), epoch) == pytest.approx(
            optimizer.param_groups[0]["lr"], abs=1e-9
        )
        optimizer.step()
        schedule.step()

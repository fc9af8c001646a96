"""The zero-variance chain: against brute force, against measured constant maps, and its frequency."""

import functools

import pytest
import torch
from torch import Tensor, nn

from engine.net.batch_norm import BatchNorm
from engine.net.child import Child
from engine.plan.architecture import (
    Architecture,
    Chain,
    chain_class,
    chain_lengths,
    map_sizes,
    reduction_layers,
    zero_variance_chain,
)
from engine.plan.operations import (
    AvgPool,
    Conv,
    Dropout,
    Gaussian,
    Identity,
    MaxPool,
    SepConv,
    TransposedConv,
)
from engine.plan.space import Space
from tests.builders import (
    P3,
    P3_PLUS,
    chain_of,
    child_of,
    images_of,
    poisoned,
    random_architectures,
    randomise_norms,
    space_of,
)
from tests.oracle.chains import Norm, longest_chain, predicted_constants

EVERYTHING = space_of(
    (Conv(3, dilation=50), 4),
    (Dropout(1.0), 4),
    (MaxPool(3), 2),
    (Identity(), 2),
    (Gaussian(10.0), 1),
    (TransposedConv(3), 1),
    (Conv(3, dilation=20), 2),
    (Conv(1), 1),
    (SepConv(1), 1),
    (AvgPool(1), 1),
    (TransposedConv(1), 1),
)
"""Dilation 20 keeps constancy on 16 and 8 pixels only."""

SPACES = {
    "everything": EVERYTHING,
    "one-shot": poisoned(P3_PLUS, 3),
    "one-shot x36": poisoned(P3_PLUS, 36),
    "dropout": poisoned(P3, 36),
    "part dropout": space_of((Dropout(0.9), 4), (Dropout(1.0), 4), (Conv(3, dilation=15), 4)),
}


def test_maps_are_halved_after_a_third_and_two_thirds() -> None:
    assert reduction_layers(12) == (3, 7)
    assert reduction_layers(3) == (0, 1)
    assert reduction_layers(8) == (1, 3)
    assert map_sizes(12) == (32,) * 4 + (16,) * 4 + (8,) * 4


@pytest.mark.parametrize(
    ("lengths", "name"),
    [((0, 3), "harmless"), ((4, 5, 7, 9), "hijack"), ((10, 15), "overflow"), ((16, 18, 40), "nan")],
)
def test_chains_are_classed_as_measured(lengths: tuple[int, ...], name: str) -> None:
    assert {chain_class(length) for length in lengths} == {name}


@pytest.mark.parametrize(
    ("slots", "length"),
    [
        ((0, 6, 6, 6, 6, 6), 0),  # nothing erases, so nothing is constant
        ((0, 7, 0, 0, 0, 0), 1 + 1 + 1),  # own norm, the reduction behind layer 1, the next layer's first
        ((0, 7, 6, 6, 6, 0), 1 + 3 + 3 + 3 + 1 + 2),  # layers 1 and 3 end in a reduction
        ((0, 7, 5, 0, 0, 0), 1 + 1 + 2 + 1),
        ((0, 0, 0, 0, 0, 0), 0),
        ((7, 0, 0, 0, 0, 0), 2),
        ((7, 7, 7, 7, 7, 7), 1),  # the last dropout ends every path
    ],
)
def test_hand_made_chains_without_skips(slots: tuple[int, ...], length: int) -> None:
    space = poisoned(P3_PLUS, 1)  # outputs 6: stretched, 7: dropout
    assert zero_variance_chain(space, chain_of(*slots)).length == length


def test_a_skip_from_a_map_that_varies_breaks_constancy() -> None:
    space = poisoned(P3_PLUS, 1)
    slots = (0, 0, 7, 6, 6, 6, 6, 6, 6)
    constant = zero_variance_chain(space, chain_of(*slots))
    broken = zero_variance_chain(space, chain_of(*slots, skips={2: (0,)}))
    assert constant.length >= 18
    assert constant.predicted == "nan"
    assert broken == Chain(0, ())


@pytest.mark.parametrize("name", SPACES)
def test_the_chain_equals_the_longest_of_all_backward_paths(name: str) -> None:
    space = SPACES[name]
    for density, seed in ((0.5, 1), (0.15, 2)):
        for architecture in random_architectures(space, 60, 12, seed, density):
            constants = predicted_constants(space, architecture)
            expected = longest_chain(space, architecture, constants.__contains__)
            assert zero_variance_chain(space, architecture).length == expected, architecture


@pytest.mark.parametrize("num_layers", [3, 4, 5, 6, 7, 9])
def test_the_chain_is_right_for_other_depths(num_layers: int) -> None:
    for architecture in random_architectures(EVERYTHING, 60, num_layers, 3, 0.3):
        constants = predicted_constants(EVERYTHING, architecture)
        expected = longest_chain(EVERYTHING, architecture, constants.__contains__)
        assert zero_variance_chain(EVERYTHING, architecture).length == expected, architecture


class ConstantNorms:
    """Which normalisations of a child see a constant map, by looking at their inputs."""

    def __init__(self, child: Child) -> None:
        self.found: set[Norm] = set()
        for name, module in child.named_modules():
            if isinstance(module, BatchNorm) and name.startswith("layers."):
                module.register_forward_pre_hook(functools.partial(self._look, self._place(name)))

    @staticmethod
    def _place(name: str) -> Norm:
        parts = name.split(".")
        layer = int(parts[1])
        if parts[2] == "norm":
            return Norm("sum", layer)
        if parts[2] == "reductions":
            return Norm(f"reduction{layer}", int(parts[3]))
        return Norm("first" if parts[4] == "0" else "second", layer)

    def _look(self, norm: Norm, _module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        x = inputs[0].double()
        spread = x.amax((0, 2, 3)) - x.amin((0, 2, 3))
        if bool((spread <= 1e-4 * (1 + x.abs().amax())).all()):
            self.found.add(norm)


@pytest.mark.parametrize("name", SPACES)
def test_the_predicted_constant_maps_are_those_a_real_child_has(name: str) -> None:
    space = SPACES[name]
    child = child_of(space, layers=12, filters=4, seed=5).train()
    randomise_norms(child, seed=6, positive=True)
    measured = ConstantNorms(child)
    images, _ = images_of(2)
    for architecture in random_architectures(space, 30, 12, 11) + random_architectures(
        space, 30, 12, 12, 0.15
    ):
        measured.found.clear()
        with torch.no_grad():
            child(images, architecture)
        expected = longest_chain(space, architecture, measured.found.__contains__)
        assert zero_variance_chain(space, architecture).length == expected, architecture


def measured_length(child: Child, space: Space, architecture: Architecture) -> int:
    measured = ConstantNorms(child)
    with torch.no_grad():
        child(images_of(2)[0], architecture)
    return longest_chain(space, architecture, measured.found.__contains__)


def test_while_shifts_are_zero_a_constant_is_zero_and_padded_convolutions_keep_it_too() -> None:
    """Before training, every chain is at least as long as predicted, and often longer: k is a lower bound."""
    space = poisoned(P3_PLUS, 1)
    fresh = chain_of(0, 7, 0, 0, 0, 0)
    assert zero_variance_chain(space, fresh).length == 3
    assert measured_length(child_of(space, layers=6).train(), space, fresh) == 15
    trained = child_of(space, layers=6).train()
    randomise_norms(trained, seed=1, positive=True)
    assert measured_length(trained, space, fresh) == 3


@pytest.mark.parametrize("kernel", [15, 31])
def test_an_average_over_more_than_the_whole_map_keeps_a_constant(kernel: int) -> None:
    space = space_of((AvgPool(kernel), 1), (Dropout(1.0), 1), base=(Conv(3),))
    child = child_of(space, layers=6).train()
    randomise_norms(child, seed=1, positive=True)
    architecture = chain_of(0, 0, 0, 2, 1, 1)  # layers 4 and 5 are 8 pixels wide
    assert zero_variance_chain(space, architecture).length == measured_length(child, space, architecture)


def share_of_nan_chains(space: Space, num: int, seed: int) -> float:
    lengths = chain_lengths(space, random_architectures(space, num, 12, seed))
    return sum(length >= 16 for length in lengths) / num


def test_three_copies_of_each_one_shot_poison_break_five_steps_in_a_thousand() -> None:
    assert 0.0045 < share_of_nan_chains(poisoned(P3_PLUS, 3), 12_000, 1) < 0.0070


@pytest.mark.slow
def test_one_copy_of_each_breaks_one_or_two_steps_in_ten_thousand() -> None:
    assert 1.2e-4 < share_of_nan_chains(poisoned(P3_PLUS, 1), 200_000, 2) < 2.7e-4


@pytest.mark.slow
def test_dropout_alone_breaks_next_to_none() -> None:
    for copies in (6, 36, 300):
        assert share_of_nan_chains(poisoned(P3, copies), 60_000, 3) <= 1.1e-4


def test_the_layers_of_a_chain_are_those_it_runs_through() -> None:
    space = poisoned(P3_PLUS, 1)
    chain = zero_variance_chain(space, chain_of(0, 0, 7, 6, 6, 0))
    assert chain.layers == (2, 3, 4, 5)


def test_poisoned_layers_are_counted_by_slot() -> None:
    space = poisoned(P3_PLUS, 2)
    assert chain_of(0, 6, 7, 8, 9, 5).num_poisoned(space) == 4

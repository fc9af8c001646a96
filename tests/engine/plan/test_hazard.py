"""The sampled hazard agrees with the chain of every single architecture, and with what was measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.architecture import Architecture, zero_variance_chain
from engine.plan.hazard import Hazard, estimate_hazard, sampled_chain_lengths
from engine.plan.operations import Conv, Dropout, Gaussian, Identity, Operation, SepConv, TransposedConv
from engine.plan.space import Space, make_space

DROPOUT, STRETCHED = Dropout(1.0), Conv(3, 50, 50)
STEPS_PER_EPOCH = 352


def one_shot(copies: int) -> Space:
    return make_space("enas6", ((DROPOUT, copies), (STRETCHED, copies)))


def architectures_of(space: Space, slots: np.ndarray, skips: np.ndarray) -> list[Architecture]:
    """The same decisions as the oracle takes them."""
    first_output = {slot: space.slot_of_output.index(slot) for slot in range(len(space.slots))}
    num_layers, num_samples = slots.shape
    return [
        Architecture(
            tuple(first_output[int(slot)] for slot in slots[:, s]),
            tuple(tuple(j for j in range(layer) if skips[layer, j, s]) for layer in range(num_layers)),
        )
        for s in range(num_samples)
    ]


operations = st.sampled_from(
    (
        *(DROPOUT, STRETCHED, Dropout(0.5), Identity(), Gaussian(2.0), TransposedConv(5)),
        *(Conv(1), SepConv(1), Conv(3, 16, 16), Conv(3, 8, 8)),
    )
)
poisons = st.lists(st.tuples(operations, st.integers(1, 40)), max_size=4)


@given(
    base=st.sampled_from(["enas6", "paper5"]),
    poison=poisons,
    num_layers=st.integers(3, 16),
    skip_probability=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_every_chain_is_that_of_its_architecture(
    base: str, poison: list[tuple[Operation, int]], num_layers: int, skip_probability: float, seed: int
) -> None:
    space = make_space(base, ((DROPOUT, 3), *poison))
    rng = np.random.default_rng(seed)
    slots = rng.integers(len(space.slots), size=(num_layers, 50))
    skips = rng.random((num_layers, num_layers, 50)) < skip_probability
    expected = [zero_variance_chain(space, each).length for each in architectures_of(space, slots, skips)]
    assert sampled_chain_lengths(space, slots, skips).tolist() == expected


def test_one_shot_with_three_copies_breaks_within_an_epoch() -> None:
    hazard = estimate_hazard(one_shot(3), 12)
    assert 4e-3 < hazard.nan_probability < 8e-3
    assert hazard.expected_epoch(STEPS_PER_EPOCH) < 1


def test_one_shot_with_one_copy_breaks_within_tens_of_epochs() -> None:
    hazard = estimate_hazard(one_shot(1), 12)
    assert 1e-4 < hazard.nan_probability < 4e-4
    assert hazard.nan_standard_error < 5e-5
    assert 5 < hazard.expected_epoch(STEPS_PER_EPOCH) < 35


def test_dropout_alone_hardly_ever_breaks_but_often_does_nothing() -> None:
    hazard = estimate_hazard(make_space("enas6", ((DROPOUT, 36),)), 12)
    assert hazard.nan_probability <= 7.5e-5
    assert hazard.null_probability > 0.1


def test_without_an_erasing_operation_the_chance_is_exactly_nought() -> None:
    hazard = estimate_hazard(make_space("enas6", ((Gaussian(10.0), 300), (STRETCHED, 3))), 12)
    assert hazard == Hazard(0, 0, 0)
    assert hazard.nan_probability == hazard.nan_upper_bound == 0
    assert hazard.expected_epoch(STEPS_PER_EPOCH) == float("inf")


def test_nothing_seen_is_bounded_by_three_over_the_samples() -> None:
    assert Hazard(3000, 0, 10).nan_upper_bound == pytest.approx(1e-3)


def test_a_seed_gives_the_same_answer_again() -> None:
    first = estimate_hazard(one_shot(1), 12, 20_000, seed=3)
    estimate_hazard.cache_clear()
    assert estimate_hazard(one_shot(1), 12, 20_000, seed=3) == first
    assert estimate_hazard(one_shot(1), 12, 20_000, seed=4) != first


def test_standard_error_is_that_of_a_share() -> None:
    assert Hazard(10_000, 100, 400).nan_standard_error == pytest.approx((0.01 * 0.99 / 10_000) ** 0.5)


def test_a_slot_is_drawn_as_often_as_it_has_copies() -> None:
    without_identity = estimate_hazard(make_space((DROPOUT, STRETCHED)), 12)
    drowned = estimate_hazard(make_space((Identity(),), ((DROPOUT, 10_000), (STRETCHED, 10_000))), 12)
    spread = drowned.nan_standard_error + without_identity.nan_standard_error
    assert drowned.nan_probability == pytest.approx(without_identity.nan_probability, abs=4 * spread)

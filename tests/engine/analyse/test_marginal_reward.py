"""Marginal rewards: against a plain regression on every single sample with a dummy an epoch, and bad sums."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analyse.marginal_reward import MarginalReward, marginal_rewards, student_quantile
from engine.learn.summary import reward_measures
from engine.record.measures import NO_REWARDS, RewardMeasures


@dataclasses.dataclass(frozen=True)
class Samples:
    """layers [epoch][samples, slots] and accuracy [epoch][samples]."""

    layers: list[np.ndarray]
    accuracy: list[np.ndarray]

    def measures(self) -> list[RewardMeasures]:
        """As the engine keeps them."""
        return [reward_measures(*each) for each in zip(self.layers, self.accuracy, strict=True)]


def samples_of(seed: int, sizes: list[int], num_slots: int) -> Samples:
    """Architectures of a policy and accuracies of a child that both change from epoch to epoch."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(0, 0.02, num_slots)
    layers, accuracy = [], []
    for epoch, size in enumerate(sizes):
        policy = rng.dirichlet(np.full(num_slots, 2.0))
        counts = rng.multinomial(12, policy, size).astype(float)
        layers.append(counts)
        accuracy.append(0.1 * (epoch + 1) + counts @ worth + rng.normal(0, 0.05, size))
    return Samples(layers, accuracy)


def regressed(samples: Samples, slot: int) -> tuple[float, float, int]:
    """Slope, standard error and degrees of freedom by the normal equations, a dummy column an epoch."""
    x = np.concatenate([layers[:, slot] for layers in samples.layers])
    y = np.concatenate(samples.accuracy)
    epochs = np.concatenate([np.full(len(each), epoch) for epoch, each in enumerate(samples.accuracy)])
    dummies = (epochs[:, None] == np.arange(len(samples.accuracy))).astype(float)
    design = np.column_stack([x, dummies])
    found, *_ = np.linalg.lstsq(design, y, rcond=None)
    residuals = y - design @ found
    num_degrees = len(y) - design.shape[1]
    covariance = (residuals @ residuals) / num_degrees * np.linalg.inv(design.T @ design)
    return float(found[0]), math.sqrt(covariance[0, 0]), num_degrees


@given(
    seed=st.integers(0, 10**6),
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5).filter(lambda each: sum(each) > len(each) + 1),
    num_slots=st.integers(2, 7),
)
def test_a_slope_and_its_error_equal_a_regression_on_the_single_samples(
    seed: int, sizes: list[int], num_slots: int
) -> None:
    samples = samples_of(seed, sizes, num_slots)
    for slot, found in enumerate(marginal_rewards(samples.measures(), num_slots)):
        spread = sum(float(((each - each.mean(0))[:, slot] ** 2).sum()) for each in samples.layers)
        if spread == 0:
            assert found is None
            continue
        assert found is not None
        slope, error, num_degrees = regressed(samples, slot)
        assert found.slope == pytest.approx(slope, rel=1e-7, abs=1e-9)
        assert found.standard_error == pytest.approx(error, rel=1e-6, abs=1e-7)
        assert found.num_degrees == num_degrees


def test_a_child_that_learns_while_the_policy_moves_does_not_pass_for_merit() -> None:
    """Pooled without the epochs' own constants the slope would be 0.1 a layer and more."""
    counts = [np.array([[1.0], [2.0], [3.0]]), np.array([[6.0], [7.0], [8.0]])]
    accuracy = [0.2 - 0.01 * counts[0][:, 0], 0.8 - 0.01 * counts[1][:, 0]]
    [found] = marginal_rewards(Samples(counts, accuracy).measures(), 1)
    assert found is not None
    assert found.slope == pytest.approx(-0.01)
    assert found.standard_error == pytest.approx(0, abs=1e-9)


def test_about_95_of_100_intervals_hold_the_true_slope() -> None:
    """Independent counts, so that one slot's true slope is what the accuracy was made with."""
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(400):
        counts = [rng.poisson(2.0, (8, 1)).astype(float) for _ in range(3)]
        accuracy = [0.3 + 0.02 * each[:, 0] + rng.normal(0, 0.05, 8) for each in counts]
        [found] = marginal_rewards(Samples(counts, accuracy).measures(), 1)
        assert found is not None
        low, high = found.interval
        hits += low <= 0.02 <= high
    assert 365 <= hits <= 393  # 380 expected, 4.4 its standard deviation


@pytest.mark.parametrize(
    ("num_degrees", "quantile"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (60, 2.0003), (10**6, 1.95997)],
)
def test_quantiles_are_those_of_a_printed_table(num_degrees: int, quantile: float) -> None:
    assert student_quantile(0.975, num_degrees) == pytest.approx(quantile, rel=2e-3)


def test_what_was_never_recorded_or_never_varied_has_no_slope() -> None:
    assert marginal_rewards([], 2) == (None, None)
    assert marginal_rewards([NO_REWARDS, NO_REWARDS], 2) == (None, None)
    same = RewardMeasures(5, 0.5, 0.1, (2.0, 1.0), (0.0, 3.0), (0.0, 0.3))
    constant, varied = marginal_rewards([same], 2)
    assert constant is None
    assert varied is not None
    assert varied.slope == pytest.approx(0.1)
    assert marginal_rewards([same], 3) == (None, None, None)


def test_equal_accuracies_of_all_samples_say_nothing() -> None:
    dead = RewardMeasures(5, 0.1, 0.0, (2.0,), (3.0,), (0.0,))
    [found] = marginal_rewards([dead], 1)
    assert found is not None
    assert (found.slope, found.standard_error) == (0, 0)
    assert math.isnan(found.t_value)
    assert MarginalReward(-0.1, 0.0, 3).t_value == -math.inf


@given(
    num_samples=st.integers(),
    squares=st.floats(),
    layers=st.lists(st.floats(), max_size=3),
    products=st.lists(st.floats(), max_size=3),
)
def test_no_journal_makes_it_raise(
    num_samples: int, squares: float, layers: list[float], products: list[float]
) -> None:
    bad = RewardMeasures(num_samples, 0.5, squares, tuple(layers), tuple(layers), tuple(products))
    for found in marginal_rewards([bad, bad], 2):
        assert found is None or math.isfinite(sum(found.interval))

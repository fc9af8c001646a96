"""Kendall's tau against a count of every pair and a count of every permutation, ties and NaN included."""

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.analyse.rank_correlation import MAX_ENUMERATED, kendall_tau, rank_correlation

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=12)


def counted(first: Sequence[float], second: Sequence[float]) -> float:
    """Tau-b, pair by pair, in words."""
    agree = disagree = tied_first = tied_second = 0
    for i in range(len(first)):
        for j in range(i):
            if first[i] == first[j]:
                tied_first += 1
            if second[i] == second[j]:
                tied_second += 1
            if first[i] == first[j] or second[i] == second[j]:
                continue
            if (first[i] < first[j]) == (second[i] < second[j]):
                agree += 1
            else:
                disagree += 1
    every = len(first) * (len(first) - 1) / 2
    below = math.sqrt((every - tied_first) * (every - tied_second))
    return (agree - disagree) / below if below else math.nan


@given(pairs)
def test_tau_is_what_counting_every_pair_comes_to(values: list[tuple[int, int]]) -> None:
    first, second = [a for a, _ in values], [b for _, b in values]
    found, expected = kendall_tau(first, second), counted(first, second)
    assert found == pytest.approx(expected, abs=1e-12) or (math.isnan(found) and math.isnan(expected))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=5))
def test_the_chance_is_the_share_of_all_orders_that_lie_as_far_out(values: list[tuple[int, int]]) -> None:
    first, second = [a for a, _ in values], [b for _, b in values]
    expected = counted(first, second)
    assume(not math.isnan(expected))
    orders = list(itertools.permutations(second))
    far = sum(abs(counted(first, order)) >= abs(expected) - 1e-12 for order in orders)
    found = rank_correlation(first, second)
    assert found.is_exact
    assert found.p_value == pytest.approx(far / len(orders))


def test_a_textbook_example() -> None:
    """Twelve in order but for three exchanged pairs: 66 pairs, 3 of them discordant."""
    second = [2, 1, 4, 3, 6, 5, 7, 8, 9, 10, 11, 12]
    assert rank_correlation(range(12), second).tau == pytest.approx(60 / 66)


def test_a_sampled_chance_is_near_the_exact_one_and_the_same_each_time() -> None:
    """Eight things without ties in perfect order: 2 of 8! orders lie as far out."""
    assert MAX_ENUMERATED < 8
    found = rank_correlation(range(8), range(8))
    assert (found.tau, found.is_exact) == (1.0, False)
    assert 0 < found.p_value < 1e-3
    middling = [2, 0, 1, 3, 5, 4, 7, 6]
    # Of the 40,320 orders of eight, 2 x 1 + ... inversions: the exact chance by the Mahonian numbers.
    inversions = sum(a > b for a, b in itertools.combinations(middling, 2))
    numbers = [1]
    for size in range(2, 9):
        numbers = [
            sum(numbers[k - j] for j in range(size) if 0 <= k - j < len(numbers))
            for k in range(len(numbers) + size - 1)
        ]
    exact = 2 * sum(numbers[: inversions + 1]) / sum(numbers)
    again = [rank_correlation(range(8), middling).p_value for _ in range(2)]
    assert again[0] == again[1] == pytest.approx(exact, abs=0.002)


def test_what_cannot_be_ranked_is_nan() -> None:
    for second in ([0.5, 0.5, 0.5], [0.1, math.nan, 0.3]):
        found = rank_correlation([0.1, 0.2, 0.3], second)
        assert math.isnan(found.tau)
        assert math.isnan(found.p_value)
    assert math.isnan(rank_correlation([], []).tau)


def test_values_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 1 values cannot be paired"):
        rank_correlation([1, 2], [1])

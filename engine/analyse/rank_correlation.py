"""Kendall's tau: whether two measures put the same things into the same order, and by what chance."""

import dataclasses
import itertools
import math
import random
from collections.abc import Sequence

MAX_ENUMERATED = 7
"""Up to so many things every permutation is tried (5,040); above, a seeded sample of them is."""

NUM_PERMUTATIONS = 20_000


@dataclasses.dataclass(frozen=True)
class RankCorrelation:
    """Tau-b of two measures over the same things."""

    tau: float
    """-1 to 1; NaN where one measure gives all things the same value, or a value is NaN."""
    p_value: float
    """Share of the permutations of one measure whose tau is at least as far from 0; NaN with tau."""
    num: int
    """Things that were ranked."""
    is_exact: bool
    """Whether every permutation was tried."""


def kendall_tau(first: Sequence[float], second: Sequence[float]) -> float:
    """Kendall's tau-b; NaN where one measure gives all things the same value, or a value is NaN.

    tau_b = (C - D) / sqrt((n0 - n1) (n0 - n2)): C and D pairs in the same and in opposite order, n0 all
    n (n - 1) / 2 pairs, n1 and n2 those that the first and the second measure tie (Kendall 1945).
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} values cannot be paired")
    ours, theirs = _orders(first), _orders(second)
    scale = math.sqrt(sum(map(abs, ours)) * sum(map(abs, theirs)))
    if not scale or any(math.isnan(value) for value in (*first, *second)):
        return math.nan
    return _dot(ours, theirs) / scale


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> RankCorrelation:
    """Tau-b with a two-sided permutation test.

    Permuting leaves the denominator as it is, so C - D alone is compared. Of sampled permutations the chance
    is (1 + found) / (1 + tried): the order as it was measured is one of them, and it never is 0.
    """
    tau, num = kendall_tau(first, second), len(first)
    is_exact = num <= MAX_ENUMERATED
    if math.isnan(tau):
        return RankCorrelation(tau, math.nan, num, is_exact)
    permutations = list(itertools.permutations(range(num))) if is_exact else _sampled_permutations(num)
    ours = _orders(first)
    concordance = abs(_dot(ours, _orders(second)))
    orders = ([second[place] for place in order] for order in permutations)
    far = sum(abs(_dot(ours, _orders(order))) >= concordance for order in orders)
    extra = 0 if is_exact else 1
    return RankCorrelation(tau, (far + extra) / (len(permutations) + extra), num, is_exact)


def _orders(values: Sequence[float]) -> list[int]:
    """Of every pair i < j the sign of value j - value i."""
    return [(b > a) - (b < a) for a, b in itertools.combinations(values, 2)]


def _dot(ours: Sequence[int], theirs: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(ours, theirs, strict=True))


def _sampled_permutations(num: int) -> list[tuple[int, ...]]:
    rng = random.Random(num)  # the same for everybody who asks again
    return [tuple(rng.sample(range(num), num)) for _ in range(NUM_PERMUTATIONS)]

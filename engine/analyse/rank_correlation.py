"""Kendall's tau: whether two measures put the same things into the same order, and by what chance."""

import dataclasses
import functools
import itertools
import math
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MAX_ENUMERATED = 7
"""Up to so many things every permutation is tried (5,040); above, a seeded sample of them is."""

NUM_PERMUTATIONS = 20_000

_TRIED_AT_ONCE = 1000
"""Permutations whose pairs are compared in one go: of a hundred things they take 40 MB."""


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
    permutations = _permutations(num)
    ours = _orders(first)
    far = _num_as_far(ours, second, permutations, abs(_dot(ours, _orders(second))))
    extra = 0 if is_exact else 1
    return RankCorrelation(tau, (far + extra) / (len(permutations) + extra), num, is_exact)


def _num_as_far(
    ours: Sequence[int], second: Sequence[float], permutations: "np.ndarray", concordance: int
) -> int:
    """How many of the permutations [P, n] of `second` have a C - D at least as far from 0."""
    import numpy as np  # late: only a report and `rank` need it

    earlier, later = np.triu_indices(len(second), 1)  # the pairs in the order of `_orders`
    far = 0
    for start in range(0, len(permutations), _TRIED_AT_ONCE):
        values = np.asarray(second)[permutations[start : start + _TRIED_AT_ONCE]]
        a, b = values[:, earlier], values[:, later]
        theirs = (b > a).astype(np.int8) - (b < a)
        far += int((np.abs(theirs @ np.array(ours)) >= concordance).sum())
    return far


def _orders(values: Sequence[float]) -> list[int]:
    """Of every pair i < j the sign of value j - value i."""
    return [(b > a) - (b < a) for a, b in itertools.combinations(values, 2)]


def _dot(ours: Sequence[int], theirs: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(ours, theirs, strict=True))


@functools.lru_cache(4)
def _permutations(num: int) -> "np.ndarray":
    """All of them, or a seeded sample that is the same for everybody who asks again: [P, n]."""
    import numpy as np

    if num <= MAX_ENUMERATED:
        return np.array(list(itertools.permutations(range(num))))
    rng = random.Random(num)
    return np.array([rng.sample(range(num), num) for _ in range(NUM_PERMUTATIONS)])

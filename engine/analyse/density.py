"""Distributions over whole counts: the binomial expected, and a smooth curve of what was seen."""

import math
from collections.abc import Sequence

LEAST_BANDWIDTH = 0.5
"""Narrower kernels on whole counts draw a bump at each of them: 17 % deep at 0.4, 3 % at 0.5."""


def binomial(num_trials: int, chance: float) -> list[float]:
    """The probability of 0, 1, ... `num_trials` successes."""
    return [
        math.comb(num_trials, hits) * chance**hits * (1 - chance) ** (num_trials - hits)
        for hits in range(num_trials + 1)
    ]


def density(counts: Sequence[int], points: Sequence[float]) -> list[float]:
    """A Gaussian kernel density estimate at the given points, with Scott's bandwidth, at least half a step.

    `counts[i]` is how often the value i was seen.
    """
    total = sum(counts)
    if not total:
        return [0.0] * len(points)
    mean = sum(value * count for value, count in enumerate(counts)) / total
    variance = sum(count * (value - mean) ** 2 for value, count in enumerate(counts)) / total
    bandwidth = max(LEAST_BANDWIDTH, math.sqrt(variance) * total**-0.2)
    scale = 1 / (total * bandwidth * math.sqrt(2 * math.pi))
    return [
        scale
        * sum(
            count * math.exp(-(((point - value) / bandwidth) ** 2) / 2)
            for value, count in enumerate(counts)
            if count
        )
        for point in points
    ]

"""Moving averages that leave the gaps where they are."""

import math
from collections.abc import Sequence


def moving_average(values: Sequence[float], window: int = 20) -> list[float]:
    """The mean of the finite ones among the last `window` values; a value that is not finite stays."""
    averages: list[float] = []
    for index, value in enumerate(values):
        if not math.isfinite(value):
            averages.append(value)
            continue
        recent = [v for v in values[max(0, index - window + 1) : index + 1] if math.isfinite(v)]
        averages.append(math.fsum(recent) / len(recent))
    return averages

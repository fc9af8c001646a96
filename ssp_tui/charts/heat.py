"""Policy probabilities as heat levels on one fixed scale, steady against flicker."""

import math
from collections.abc import Sequence

from ssp_tui.charts.roles import HEAT

OCTAVES = math.log2(math.exp(3))
"""Logits lie in +-1.5, so no output can leave uniform by more than a factor of e^3, 4.33 octaves."""

UNIFORM = len(HEAT) // 2
"""The level of a policy that has not moved: what lies about it is calm, not half cold and half hot."""

UNKNOWN = -1
"""The level of a probability that is no number."""

Levels = tuple[tuple[int, ...], ...]
"""One level a slot and layer: 0 to 15, `UNIFORM` in the middle of its own, or UNKNOWN."""

_SLACK = 0.25
"""How far past a border, in levels, a value must move before its level changes."""


def heat_levels(
    shares: Sequence[Sequence[float]], uniform: Sequence[float], previous: Levels | None = None
) -> Levels:
    """log2(share / uniform) of each slot in each layer, in 16 levels; near a border the previous stays."""
    before: Sequence[Sequence[int | None]] = previous or ()
    if [len(row) for row in before] != [len(row) for row in shares]:
        before = [[None] * len(row) for row in shares]
    return tuple(_layer_levels(row, uniform, old) for row, old in zip(shares, before, strict=True))


def _layer_levels(
    shares: Sequence[float], uniform: Sequence[float], before: Sequence[int | None]
) -> tuple[int, ...]:
    return tuple(_level(*slot) for slot in zip(shares, uniform, before, strict=True))


def exact_level(ratio: float) -> float:
    """Where a ratio to uniform lies on the scale of levels, 1.0 to 16.0; NaN for what is no ratio.

    Level 0 is left to what no controller can reach.
    """
    if not (math.isfinite(ratio) and ratio >= 0):
        return math.nan
    place = math.log2(ratio) / OCTAVES if ratio > 0 else -2.0
    return max(0.0, UNIFORM + 0.5 + (len(HEAT) - UNIFORM - 0.5) * min(1.0, place))


def _level(share: float, uniform: float, previous: int | None) -> int:
    exact = exact_level(share / uniform if uniform > 0 else math.nan)
    if math.isnan(exact):
        return UNKNOWN
    if previous is not None and previous - _SLACK <= exact <= previous + 1 + _SLACK:
        return previous
    return min(len(HEAT) - 1, int(exact))

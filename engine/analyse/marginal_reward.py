"""Each operation's marginal reward: what one more layer of it is worth, from the controller's own samples."""

import dataclasses
import math
import statistics
from collections.abc import Iterable

from engine.record.measures import RewardMeasures

CONFIDENCE = 0.95

_MOST_SAMPLES = 10**12
"""More in one epoch were counted by no engine."""

_MOST_SLOPE = 1e9
"""Accuracies lie between 0 and 1, and counts are whole: no engine's sums come near this."""


@dataclasses.dataclass(frozen=True)
class MarginalReward:
    """The slope of the accuracy on how many layers use a slot, and how well it is known.

    An architecture's counts add up to its layers, so a slope is relative: one more layer of this slot in the
    place of whatever the policy would have put there. Of useful operations about half are below zero.
    """

    slope: float
    """A fraction of the images a layer: 0.01 is one point of accuracy."""
    standard_error: float
    """Of the slope; 0 when the samples lie on a line exactly."""
    num_degrees: int
    """Degrees of freedom of the residuals: samples less epochs less one."""

    @property
    def t_value(self) -> float:
        """How many standard errors the slope is away from zero; NaN where both are 0."""
        if self.standard_error == 0:
            return math.copysign(math.inf, self.slope) if self.slope else math.nan
        return self.slope / self.standard_error

    @property
    def interval(self) -> tuple[float, float]:
        """The slope's 95 % confidence interval."""
        reach = student_quantile(0.5 + CONFIDENCE / 2, self.num_degrees) * self.standard_error
        return self.slope - reach, self.slope + reach


def marginal_rewards(epochs: Iterable[RewardMeasures], num_slots: int) -> tuple[MarginalReward | None, ...]:
    """Every slot's marginal reward over these epochs; None where there is nothing to tell it from.

    Least squares with a constant of its own for each epoch (fixed effects, the within-group estimator;
    Wooldridge, Econometric Analysis of Cross Section and Panel Data, section 10.5), so that a child which
    learns, or a policy which moves, from one epoch to the next does not pass for an operation's merit. With
    sums over all samples about their epoch's means,

        slope = Sxy / Sxx,   residuals R = Syy - Sxy^2 / Sxx,   d = sum(n_e - 1) - 1,
        standard error = sqrt(R / d / Sxx),

    which takes the residuals to be equally large in all epochs. Slots are looked at one by one: what the
    others did besides is noise here, or, where two go together, shared between them.
    """
    known = [each for each in epochs if _is_usable(each, num_slots)]
    num_degrees = sum(each.num_samples - 1 for each in known) - 1
    if num_degrees < 1:
        return (None,) * num_slots
    accuracy_squares = math.fsum(each.accuracy_squares for each in known)
    return tuple(
        _slope(
            math.fsum(each.layers_squares[slot] for each in known),
            math.fsum(each.products[slot] for each in known),
            accuracy_squares,
            num_degrees,
        )
        for slot in range(num_slots)
    )


def _slope(
    layers_squares: float, products: float, accuracy_squares: float, num_degrees: int
) -> MarginalReward | None:
    if layers_squares <= 0:
        return None  # every architecture used the slot equally often
    slope = products / layers_squares
    residuals = max(0.0, accuracy_squares - slope * products)  # rounding may take it just below
    error = math.sqrt(residuals / num_degrees / layers_squares)
    return MarginalReward(slope, error, num_degrees) if abs(slope) + error < _MOST_SLOPE else None


def _is_usable(rewards: RewardMeasures, num_slots: int) -> bool:
    """Whether an epoch has sums for these slots, all of them numbers: a journal may be anybody's."""
    columns = (rewards.layers_squares, rewards.products)
    return (
        0 < rewards.num_samples <= _MOST_SAMPLES
        and all(len(column) == num_slots for column in columns)
        and all(_is_sum(value) for column in (*columns, (rewards.accuracy_squares,)) for value in column)
    )


def _is_sum(value: float) -> bool:
    return abs(value) < 1e100  # false for NaN too; the squares of larger ones would be no numbers


def student_quantile(probability: float, num_degrees: int) -> float:
    """A quantile of Student's t distribution, of the probability 0.5 to 1.

    The expansion of Abramowitz and Stegun 26.7.5, from the normal quantile: at 97.5 % right to 0.2 % from
    three degrees of freedom on. Of one and two the quantiles have closed forms.
    """
    if num_degrees == 1:
        return math.tan(math.pi * (probability - 0.5))
    if num_degrees == 2:
        return (2 * probability - 1) / math.sqrt(2 * probability * (1 - probability))
    x = statistics.NormalDist().inv_cdf(probability)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / float(num_degrees) ** power for power, term in enumerate(terms, start=1))

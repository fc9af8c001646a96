"""Scales, round ticks, and ranges that only ever widen."""

import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from ssp_tui import wording


class Scale(StrEnum):
    """How values are laid along an axis; percent is linear with fractions labelled as percentages."""

    LINEAR = "linear"
    LOG = "log"
    PERCENT = "percent"


class Range(NamedTuple):
    """The values an axis covers, low below high."""

    low: float
    high: float


class Tick(NamedTuple):
    """A round value and the label it carries."""

    value: float
    label: str


STARTING_RANGE = {
    Scale.LINEAR: Range(0.0, 1.0),
    Scale.PERCENT: Range(0.0, 1.0),
    Scale.LOG: Range(0.1, 100.0),
}
"""What an axis shows while there is nothing to show."""

_LARGEST = 1e300
"""Bounds from here on overflow in the arithmetic of an axis."""

_ROOM = 0.08
"""The share of the span added beyond new data, so that the next point rarely widens it again."""


def position_on(scale: Scale, covered: Range) -> Callable[[float], float]:
    """A function from a finite value to its place: 0 at the low end, 1 at the high end, clamped."""
    if scale is Scale.LOG:
        bottom, top = math.log10(covered.low), math.log10(covered.high)
        return lambda value: _clamped((math.log10(value) - bottom) / (top - bottom) if value > 0 else 0)
    low, span = covered.low, covered.high - covered.low
    return lambda value: _clamped((value - low) / span)


def _clamped(place: float) -> float:
    return 0.0 if place < 0 else 1.0 if place > 1 else place


def usable(covered: Range | None, scale: Scale) -> Range:
    """The range itself if it can carry an axis, else the scale's starting range."""
    if covered is None:
        return STARTING_RANGE[scale]
    low, high = covered
    extent = max(abs(low), abs(high))
    carries = 1e-9 * extent < high - low and extent < _LARGEST and (scale is not Scale.LOG or low > 0)
    return covered if carries else STARTING_RANGE[scale]


LEAST_PERCENT_SPAN = 0.1
"""The least range, as a fraction, of an axis of percentages."""


def widened(old: Range | None, values: Iterable[float], scale: Scale) -> Range | None:
    """The old range if it covers every finite value, else one widened to round bounds with room to spare."""
    finite = [value for value in values if math.isfinite(value) and (scale is not Scale.LOG or value > 0)]
    if not finite:
        return old
    low, high = min(finite), max(finite)
    if old and old.low <= low and high <= old.high:
        return old
    if scale is Scale.LOG:
        rounded = _to_decades(low, high)
    elif scale is Scale.PERCENT and low >= 0 and high <= 1:
        # Errors that hardly differ fill no chart: hundredths of a point are not news.
        slack = max(0.0, LEAST_PERCENT_SPAN - (high - low)) / 2 if low < high else 0.0
        rounded = _to_steps(low - slack, high + slack)
        rounded = Range(max(0.0, rounded.low), min(1.0, rounded.high))
    else:
        rounded = _to_steps(low, high)
    if not old:
        return rounded
    return Range(
        old.low if old.low <= low else min(old.low, rounded.low),
        old.high if high <= old.high else max(old.high, rounded.high),
    )


def _to_decades(low: float, high: float) -> Range:
    bottom, top = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return Range(_decade(bottom), _decade(max(top, bottom + 1)))


def _decade(power: int) -> float:
    return 10.0 ** min(308, max(-307, power))


def _to_steps(low: float, high: float) -> Range:
    span = high - low if high > low else max(abs(high), 1e-3)
    if not math.isfinite(span):
        return Range(low, high)
    step = round_step(span / 8)
    bottom = math.floor((low - _ROOM * span) / step) * step
    top = math.ceil((high + _ROOM * span) / step) * step
    return Range(0.0 if low >= 0 > bottom else bottom, top)


def round_step(smallest: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is not below `smallest` (which is positive)."""
    power = 10.0 ** math.floor(math.log10(smallest))
    for factor in (1, 2, 5):
        if factor * power >= smallest * (1 - 1e-9):
            return factor * power
    return 10 * power


def ticks(scale: Scale, covered: Range, most: int) -> tuple[Tick, ...]:
    """Round values inside the range, low to high, at most about `most` of them."""
    if most < 1:
        return ()
    if scale is Scale.LOG:
        return _log_ticks(covered, most)
    label = wording.percent_tick if scale is Scale.PERCENT else wording.tick
    step = round_step((covered.high - covered.low) / most)
    first = math.ceil(covered.low / step - 1e-9)
    last = math.floor(covered.high / step + 1e-9)
    return tuple(Tick(i * step, label(i * step, step)) for i in range(first, last + 1))


def whole_ticks(last: float, most: int) -> tuple[Tick, ...]:
    """Round whole numbers from 0 to `last`, at most about `most` of them: epochs come in no parts."""
    step = max(1, int(round_step(max(1.0, last) / max(1, most))))
    return tuple(Tick(value, f"{value:,}") for value in range(0, int(last) + 1, step))


def _log_ticks(covered: Range, most: int) -> tuple[Tick, ...]:
    first = math.ceil(math.log10(covered.low) - 1e-9)
    last = math.floor(math.log10(covered.high) + 1e-9)
    stride = max(1, -(-(last - first + 1) // most))
    powers = range(first + -first % stride, last + 1, stride)
    return tuple(Tick(_decade(power), wording.power_of_ten(power)) for power in powers)

"""Ticks are round, ranges only widen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.charts.axis import Range, Scale, position_on, ticks, usable, whole_ticks, widened
from tests.ssp_tui.charts.drawn import any_float

any_scale = st.sampled_from(Scale)


@pytest.mark.parametrize(
    ("scale", "covered", "most", "labels"),
    [
        (Scale.LINEAR, Range(0, 300), 6, ["0", "50", "100", "150", "200", "250", "300"]),
        (Scale.LINEAR, Range(0, 310), 4, ["0", "100", "200", "300"]),
        (Scale.LINEAR, Range(-0.25, 0.25), 3, ["-0.2", "0.0", "0.2"]),
        (Scale.PERCENT, Range(0.1, 0.95), 5, ["20 %", "40 %", "60 %", "80 %"]),
        (Scale.PERCENT, Range(0.19, 0.2), 2, ["19.0 %", "19.5 %", "20.0 %"]),
        (Scale.LOG, Range(0.1, 1e3), 9, ["1e-1", "1", "10", "100", "1e3"]),
        (Scale.LOG, Range(0.1, 1e15), 4, ["1", "1e5", "1e10", "1e15"]),
        (Scale.LINEAR, Range(0, 1), 0, []),
    ],
)
def test_ticks_are_round(scale: Scale, covered: Range, most: int, labels: list[str]) -> None:
    assert [tick.label for tick in ticks(scale, covered, most)] == labels


def test_a_range_that_covers_the_data_stays() -> None:
    old = Range(0.1, 0.9)
    assert widened(old, [0.2, math.nan, 0.8], Scale.PERCENT) is old


def test_a_range_widens_to_round_bounds_with_room() -> None:
    assert widened(None, [0.25, 0.78], Scale.PERCENT) == pytest.approx((0.2, 0.9))
    assert widened(Range(0.2, 0.5), [0.78], Scale.PERCENT) == pytest.approx((0.2, 0.9))
    assert widened(None, [3.0, 3e14], Scale.LOG) == (1.0, 1e15)
    assert widened(None, [0.999], Scale.PERCENT) == pytest.approx((0.8, 1.0))


def test_no_finite_value_leaves_the_range_alone() -> None:
    assert widened(None, [math.nan, math.inf], Scale.LINEAR) is None
    assert widened(Range(1, 2), [], Scale.LOG) == Range(1, 2)


@given(any_scale, st.lists(st.lists(st.floats(-1e30, 1e30)), max_size=4))
def test_ranges_only_widen_and_cover_everything(scale: Scale, batches: list[list[float]]) -> None:
    old: Range | None = None
    for values in batches:
        new = widened(old, values, scale)
        if old and new:
            assert new.low <= old.low
            assert new.high >= old.high
        if new:
            shown = [v for v in values if scale is not Scale.LOG or v > 1e-300]
            assert all(new.low <= v <= new.high for v in shown)
        old = new


@given(any_scale, any_float, any_float, st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_value_has_a_place(scale: Scale, low: float, high: float, value: float) -> None:
    covered = usable(Range(low, high), scale)
    assert 0 <= position_on(scale, covered)(value) <= 1


@pytest.mark.parametrize(
    ("last", "most", "labels"),
    [
        (7, 20, ["0", "1", "2", "3", "4", "5", "6", "7"]),
        (9, 5, ["0", "2", "4", "6", "8"]),
        (1, 0, ["0", "1"]),
        (0.5, 9, ["0"]),
        (2999, 3, ["0", "1,000", "2,000"]),
    ],
)
def test_epochs_are_whole_however_wide_the_chart(last: float, most: int, labels: list[str]) -> None:
    assert [tick.label for tick in whole_ticks(last, most)] == labels


@given(st.floats(0, 1e15), st.integers(0, 40))
def test_whole_ticks_are_few_and_inside(last: float, most: int) -> None:
    drawn = whole_ticks(last, most)
    assert len(drawn) <= max(1, most) + 2
    assert all(0 <= tick.value <= last for tick in drawn)


@given(any_scale, any_float, any_float, st.integers(0, 12))
def test_ticks_lie_inside_and_are_few(scale: Scale, low: float, high: float, most: int) -> None:
    covered = usable(Range(low, high), scale)
    drawn = ticks(scale, covered, most)
    assert len(drawn) <= most + 2
    assert all(len(tick.label) < 400 for tick in drawn)


def test_errors_that_hardly_differ_are_not_blown_up() -> None:
    found = widened(None, [0.8984, 0.9], Scale.PERCENT)
    assert found is not None
    assert found.high - found.low >= 0.1 - 1e-9
    assert 0.0 <= found.low < 0.8984
    assert 0.9 < found.high <= 1.0

"""The ROC curve and its area: against counting every pair, and every threshold, one by one."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analyse.roc import Scores, area_over_runs, area_under_curve, roc_curve

scores = st.lists(st.integers(-3, 3).map(float) | st.floats(allow_nan=False), min_size=1, max_size=8)


def counted_area(poisoned: list[float], clean: list[float]) -> float:
    """Every pair, looked at."""
    wins = 0.0
    for one in poisoned:
        for other in clean:
            wins += 1.0 if one > other else 0.5 if one == other else 0.0
    return wins / (len(poisoned) * len(clean))


@given(poisoned=scores, clean=scores)
def test_the_area_is_the_share_of_pairs_in_order_ties_half(poisoned: list[float], clean: list[float]) -> None:
    assert area_under_curve(poisoned, clean) == pytest.approx(counted_area(poisoned, clean), rel=1e-12)


@given(poisoned=scores, clean=scores)
def test_the_area_under_the_drawn_curve_is_the_same(poisoned: list[float], clean: list[float]) -> None:
    points = roc_curve(poisoned, clean)
    assert (points[0], points[-1]) == ((0, 0), (1, 1))
    assert points == sorted(points)
    trapezoids = sum((x - w) * (y + v) / 2 for (w, v), (x, y) in itertools.pairwise(points))
    assert trapezoids == pytest.approx(counted_area(poisoned, clean), rel=1e-9, abs=1e-12)


@given(poisoned=scores, clean=scores, threshold=st.integers(-3, 3).map(float))
def test_every_threshold_is_a_point_of_the_curve(
    poisoned: list[float], clean: list[float], threshold: float
) -> None:
    false = sum(each >= threshold for each in clean) / len(clean)
    true = sum(each >= threshold for each in poisoned) / len(poisoned)
    assert (false, true) in roc_curve(poisoned, clean)


def test_without_one_of_both_kinds_there_is_no_area() -> None:
    assert math.isnan(area_under_curve([], [1.0]))
    assert math.isnan(area_under_curve([1.0], []))
    assert area_over_runs([Scores((), (1.0, 2.0))]) is None
    assert area_over_runs([]) is None


def test_an_interval_is_that_of_drawing_whole_runs() -> None:
    """Three runs with two slots each: the areas of all 27 draws are known, and so are their quantiles."""
    runs = [Scores((2.0,), (1.0,)), Scores((0.0,), (3.0,)), Scores((5.0,), (4.0,))]
    draws = [(a, b, c) for a in runs for b in runs for c in runs]
    areas = sorted(
        counted_area([each.poisoned[0] for each in drawn], [each.clean[0] for each in drawn])
        for drawn in draws
    )
    found = area_over_runs(runs)
    assert found is not None
    assert found.value == pytest.approx(counted_area([2.0, 0.0, 5.0], [1.0, 3.0, 4.0]))
    assert (found.low, found.high) == (areas[0], areas[-1]) == (0, 1)  # each of them is 1 draw of 27
    assert (found.num_runs, found.num_poisoned, found.num_clean) == (3, 3, 3)
    assert area_over_runs(runs) == found


def test_the_interval_narrows_with_the_number_of_runs() -> None:
    def width(num_runs: int) -> float:
        runs = [Scores((float(i % 4),), (float(i % 3), float(i % 5))) for i in range(num_runs)]
        found = area_over_runs(runs)
        assert found is not None
        return found.high - found.low

    assert width(180) < 0.5 * width(20)


def test_runs_of_which_few_hold_poison_still_have_an_interval() -> None:
    runs = [Scores((2.0,), (1.0,)), *[Scores((), (0.0,))] * 5]
    found = area_over_runs(runs)
    assert found is not None
    assert (found.value, found.low, found.high) == (1, 1, 1)

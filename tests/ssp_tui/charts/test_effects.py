"""Estimates around zero: what is below it and above it is seen, and no value breaks the drawing."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.charts.effects import Effect, draw_effects
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.roles import Role
from tests.ssp_tui.charts.drawn import (
    any_float,
    any_glyphs,
    any_height,
    any_width,
    assert_exact,
    texts,
    with_role,
)

EFFECTS = (
    Effect("conv3", False, 0.02, 0.01, 0.03, "+2.00"),
    Effect("sep5", False, 0.0, -0.01, 0.01, "+0.00"),
    Effect("drop1", True, -0.02, -0.03, -0.01, "-2.00"),
    Effect("max3", False, math.nan, math.nan, math.nan, "-"),
)
ENDS = ("worse", "better")


def test_effects_in_unicode() -> None:
    rows = draw_effects(EFFECTS, ENDS, 33, 6, UNICODE)
    assert texts(rows) == [
        "           worse 0 better",
        "● conv3          │  ───●─── +2.00",
        "● sep5        ───●───       +0.00",
        "✖ drop1 ───✖───  │          -2.00",
        "● max3           │              -",
        "",
    ]
    assert with_role(rows[3], Role.POISONED) == ["✖ drop1", "───✖───"]


def test_effects_in_ascii() -> None:
    assert texts(draw_effects(EFFECTS, ENDS, 33, 5, ASCII))[1:4] == [
        "o conv3          |  ---o--- +2.00",
        "o sep5        ---o---       +0.00",
        "x drop1 ---x---  |          -2.00",
    ]


def test_where_rows_are_few_the_lowest_stay_and_the_others_are_counted() -> None:
    assert [row[:7].rstrip() for row in texts(draw_effects(EFFECTS, ENDS, 33, 4, UNICODE))[1:]] == [
        "✖ drop1",
        "● sep5",
        "  and 2",
    ]


def test_where_columns_are_few_the_figures_stand_alone() -> None:
    assert texts(draw_effects(EFFECTS[:1], ENDS, 16, 2, UNICODE)) == ["● conv3    +2.00", ""]


@given(
    values=st.lists(st.tuples(any_float, any_float, any_float, st.booleans()), max_size=8),
    width=any_width,
    height=any_height,
    glyphs=any_glyphs,
)
def test_any_values_fill_any_size(
    values: list[tuple[float, float, float, bool]], width: int, height: int, glyphs: Glyphs
) -> None:
    effects = [Effect("op", is_poisoned, *numbers, "?") for *numbers, is_poisoned in values]
    assert_exact(draw_effects(effects, ENDS, width, height, glyphs), width, height)

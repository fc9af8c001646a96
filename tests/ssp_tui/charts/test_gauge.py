"""Meters line up, and an unknown value draws an empty track."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.charts.gauge import Meter, draw_meters
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

METERS = (
    Meter("epoch", 0.5, "50 %"),
    Meter("GPU", 0.85, "85 %", Role.METER_HIGH),
    Meter("memory", 1.0, "full"),
    Meter("power", None, "-"),
)


def test_meters_in_unicode() -> None:
    rows = draw_meters(METERS, 22, 5, UNICODE)
    assert texts(rows) == [
        "epoch  ━━━━━───── 50 %",
        "GPU    ━━━━━━━━╸─ 85 %",
        "memory ━━━━━━━━━━ full",
        "power  ────────── -",
        "",
    ]
    assert with_role(rows[1], Role.METER_HIGH) == ["━━━━━━━━╸"]


def test_meters_in_ascii() -> None:
    assert texts(draw_meters(METERS, 22, 4, ASCII)) == [
        "epoch  =====..... 50 %",
        "GPU    =========. 85 %",
        "memory ========== full",
        "power  .......... -",
    ]


def test_nan_and_beyond_the_end() -> None:
    beyond = (Meter("", math.nan), Meter("", 7.0), Meter("", -1.0), Meter("", math.inf))
    assert texts(draw_meters(beyond, 4, 4, ASCII)) == ["....", "====", "....", "===="]


meters = st.lists(
    st.builds(
        Meter, st.sampled_from(["", "GPU", "漢字"]), st.none() | any_float, st.sampled_from(["", "92 %"])
    ),
    max_size=5,
)


@given(meters, any_width, any_height, any_glyphs)
def test_rows_fit_exactly(drawn: list[Meter], width: int, height: int, glyphs: Glyphs) -> None:
    assert_exact(draw_meters(drawn, width, height, glyphs), width, height)

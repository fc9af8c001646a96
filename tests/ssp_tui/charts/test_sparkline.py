"""Sparklines fill their cell and never hide a NaN."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.charts.axis import Range
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import text_of
from ssp_tui.charts.sparkline import draw_sparkline
from tests.ssp_tui.charts.drawn import any_float, any_glyphs, any_width, assert_exact, with_role

NAN = math.nan


def test_a_rising_history() -> None:
    assert text_of(draw_sparkline(range(8), 10, UNICODE)) == "▁▂▃▄▅▆▇█  "
    assert text_of(draw_sparkline(range(8), 8, ASCII)) == "..::||##"


def test_a_long_history_is_averaged_over_its_whole_length() -> None:
    assert text_of(draw_sparkline(range(800), 4, UNICODE, covered=Range(0, 800))) == "▁▃▅▇"


def test_one_nan_in_a_share_marks_it() -> None:
    row = draw_sparkline([1.0, 1.0, NAN, 1.0, NAN, NAN], 3, UNICODE)
    assert text_of(row) == "▅××"
    assert with_role(row, Role.NAN) == ["××"]
    assert with_role(row, Role.VALIDATION) == ["▅"]


def test_infinite_values_have_a_mark_of_their_own() -> None:
    assert text_of(draw_sparkline([0.0, math.inf, NAN, 1.0], 4, ASCII)) == ".IN#"


def test_no_history_is_blank() -> None:
    assert text_of(draw_sparkline([], 3, UNICODE)) == "   "


@given(st.lists(any_float, max_size=60), any_width, any_glyphs)
def test_rows_fit_exactly(values: list[float], width: int, glyphs: Glyphs) -> None:
    assert_exact((draw_sparkline(values, width, glyphs),), width, 1)


def test_the_largest_numbers_there_are_have_a_place() -> None:
    largest = [8.988465674311579e307, 8.98846567431158e307, -1.7e308, 1.7e308]
    assert_exact((draw_sparkline(largest, 1, UNICODE),), 1, 1)
    assert_exact((draw_sparkline(largest, 4, UNICODE),), 4, 1)

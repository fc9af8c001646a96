"""Bars, expectation and floor share one scale."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analyse.density import binomial, density
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.histogram import Histogram, draw_histogram
from ssp_tui.charts.roles import Role
from tests.ssp_tui.charts.drawn import any_glyphs, any_height, any_width, assert_exact, texts, with_role

SEEN = Histogram((1, 4, 6, 4, 1), tuple(binomial(4, 0.75)), floor=1.5)


def test_the_binomial_is_one() -> None:
    assert binomial(4, 0.5) == pytest.approx([1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16])
    assert binomial(3, 1.0) == [0, 0, 0, 1]
    mean = sum(i * p for i, p in enumerate(binomial(12, 36 / 42)))
    assert mean == pytest.approx(10.29, abs=0.01)


def test_the_density_integrates_to_one_and_peaks_at_the_mode() -> None:
    points = [i / 10 for i in range(-50, 101)]
    curve = density([0, 1, 5, 1], points)
    assert sum(curve) / 10 == pytest.approx(1, abs=1e-3)
    assert points[curve.index(max(curve))] == pytest.approx(2)
    assert density([0, 0], points) == [0] * len(points)


def test_a_histogram_in_unicode() -> None:
    rows = draw_histogram(SEEN, 60, 9, UNICODE)
    assert texts(rows) == [
        "█ mean 2.00  ▲ floor 1.50  ━ uniform 3.00  ⠔ density",
        "                                    ▁▁▁▁▁▁▁▁",
        "                       ⣀▇▇▇▇▇▇▇▇⣀",
        "            ▂▂▂▂▂▂▂▂⠒⠉⠉ ████████ ⠉⠉⠒▂▂▂▂▂▂▂▂    ▔▔▔▔▔▔▔▔",
        "         ⢀⣀⠤████████    ━━━━━━━━    ████████⠤⣀⡀",
        "   ⣀⣀⠤⠔⠒⠉⠁  ████████    ████████    ████████  ⠈⠉⠒⠢⠤⣀⣀",
        "▆▆▆▆▆▆▆▆    ━━━━━━━━    ████████    ████████    ▆▆▆▆▆▆▆▆⠒⠒",
        "────┬───────────┬─────▲─────┬───────────┬───────────┬───────",
        "    0           1           2           3           4",
    ]
    assert with_role(rows[7], Role.FLOOR) == ["▲"]


def test_a_histogram_in_ascii() -> None:
    assert texts(draw_histogram(SEEN, 60, 9, ASCII)) == [
        "# mean 2.00  ^ floor 1.50  = uniform 3.00  * density",
        "                                    ________",
        "                        ########",
        "            ........****########****........    ========",
        "         ***########    ========    ########***",
        "    *****   ########    ########    ########   *****",
        "||||||||    ========    ########    ########    ||||||||",
        "----+-----------+-----^-----+-----------+-----------+-------",
        "    0           1           2           3           4",
    ]


def test_a_small_histogram_names_all_it_draws_and_numbers_its_last_bar() -> None:
    """What does not fit above the bars stands where there are none."""
    seen = Histogram((0, 0, 0, 0, 0, 0, 0, 1, 3, 9, 6, 2, 0), tuple(binomial(12, 0.75)), floor=1.56)
    assert texts(draw_histogram(seen, 26, 6, UNICODE)) == [
        "█ mean 9.24  ▲ floor 1.56",
        "━ uniform 9.00    ▆⣀",
        "⠔ density       ▁⠊━ ▁⢄",
        "            ▁ ━⠊▇ █ █ ━⠂▁",
        "┬──▲┬───┬───┬───┬───┬───┬─",
        "0   2   4   6   8  10  12",
    ]
    assert texts(draw_histogram(seen, 24, 7, ASCII)) == [
        "# mean  ^ floor",
        "         |     = uniform",
        "         _:    * density",
        "        =#=",
        "      _=###=_",
        "+-^+--+--+--+-----------",
        "0  3  6  9 12",
    ]
    assert texts(draw_histogram(seen, 70, 7, UNICODE))[0].endswith("⠔ density  21 sampled")


def test_a_small_histogram_without_a_gap_for_names_has_a_second_row_for_them() -> None:
    even = Histogram((3,) * 13, tuple(binomial(12, 0.5)), floor=1.56)
    assert texts(draw_histogram(even, 26, 6, UNICODE)) == [
        "█ mean 6.00  ▲ floor 1.56",
        "━ uniform 6.00  ⠔ density",
        "          ━ ━ ━",
        "▅⠔▅⠒▅⠒▁⠒▔⠒▅⠒▅⠒▅⠒▔⠒▁⠒▅⠒▅⠢▅⠄",
        "┬──▲┬───┬───┬───┬───┬───┬─",
        "0   2   4   6   8  10  12",
    ]


def test_a_histogram_without_room() -> None:
    assert texts(draw_histogram(SEEN, 10, 3, ASCII)) == [
        "  .*|*= _",
        ". _ = # .",
        "+-+^+-+-+-",
    ]


def test_no_child_yet() -> None:
    assert texts(draw_histogram(Histogram((0,) * 13), 30, 2, UNICODE)) == [" no child sampled yet", ""]
    assert texts(draw_histogram(Histogram(()), 30, 1, UNICODE)) == [" no child sampled yet"]


@given(
    st.lists(st.integers(0, 50), max_size=16).map(tuple),
    st.floats(0, 1),
    st.none() | st.floats(0, 12) | st.just(math.nan),
    any_width,
    any_height,
    any_glyphs,
)
def test_rows_fit_exactly(
    counts: tuple[int, ...],
    chance: float,
    floor: float | None,
    width: int,
    height: int,
    glyphs: Glyphs,
) -> None:
    histogram = Histogram(counts, tuple(binomial(12, chance)), floor)
    assert_exact(draw_histogram(histogram, width, height, glyphs), width, height)

"""The heatmap's scale is fixed and steady; poison is marked; merging is said."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.heat import OCTAVES, UNIFORM, UNKNOWN, exact_level, heat_levels
from ssp_tui.charts.heatmap import Heatmap, draw_heatmap
from ssp_tui.charts.roles import Role
from ssp_tui.charts.slots import Slot, columns_within
from tests.ssp_tui.charts.drawn import (
    any_float,
    any_glyphs,
    any_height,
    any_width,
    assert_exact,
    texts,
    with_role,
)

SLOTS = (Slot("conv3", False), Slot("max3", False), Slot("drop", True))


def test_the_scale_ends_where_the_controller_does() -> None:
    assert exact_level(1.0) == UNIFORM + 0.5
    assert exact_level(math.exp(3)) == pytest.approx(16)
    assert exact_level(math.exp(-3)) == pytest.approx(1)
    assert exact_level(0.0) == 0
    assert exact_level(1e9) == 16
    assert math.isnan(exact_level(math.nan))


def test_levels_are_relative_to_each_slots_own_uniform_share() -> None:
    assert heat_levels([[0.25, 0.75]], [0.25, 0.75]) == ((8, 8),)
    assert heat_levels([[math.nan, 0.0]], [0.5, 0.5]) == ((UNKNOWN, 0),)


def test_a_value_must_pass_a_border_clearly_to_change_its_level() -> None:
    step = 2 ** (2 * OCTAVES / 15)
    before = heat_levels([[0.5 * step**0.4]], [0.5])
    assert before == ((8,),)
    assert heat_levels([[0.5 * step**0.7]], [0.5], before) == ((8,),)
    assert heat_levels([[0.5 * step**0.8]], [0.5], before) == ((9,),)
    assert heat_levels([[0.5 * step**-0.7]], [0.5], before) == ((8,),)
    assert heat_levels([[0.5 * step**-0.8]], [0.5], before) == ((7,),)


def test_a_policy_that_hardly_moved_is_one_calm_level() -> None:
    """0.083 and 0.09 of a uniform 1/12 are the same to a person, and were two colours."""
    assert heat_levels([[0.08, 0.0833, 0.095]], [1 / 12] * 3) == ((UNIFORM,) * 3,)


def test_previous_levels_of_another_shape_are_ignored() -> None:
    assert heat_levels([[0.5, 0.5]], [0.5, 0.5], ((3,),)) == ((8, 8),)


def test_a_small_policy() -> None:
    heatmap = Heatmap(((0, 8, 15), (7, UNKNOWN, 4)), SLOTS, floor_ratio=0.3)
    rows = draw_heatmap(heatmap, 56, 4, UNICODE)
    assert texts(rows) == [
        "   ● conv3       ● max3        ✖ drop",
        " 1               ░░░░░░░░░░░░░░██████████████",
        " 2 ··············××××××××××××××··············",
        "   1/20     ·▲···│░▒▒▓▓███ 20x  │ uniform  ▲ floor",
    ]
    assert with_role(rows[0], Role.POISONED) == ["✖ drop"]
    assert with_role(rows[2], Role.NAN) == ["×" * 14]
    assert texts(draw_heatmap(heatmap, 30, 4, ASCII)) == [
        "   o conv3  o max3   x drop",
        " 1          ---------#########",
        " 2 .........NNNNNNNNN.........",
        "   1/20   ^..|-=*# 20x  ~",
    ]
    assert texts(draw_heatmap(heatmap, 9, 3, ASCII)) == [
        "   o o x",
        " 1   --##",
        " 2 ..NN..",
    ]


def test_too_many_slots_are_merged_never_across_poison_and_it_says_so() -> None:
    slots = tuple(Slot("", i >= 5) for i in range(12))
    assert columns_within(slots, 6) == ((0, 1, 2), (3, 4), (5, 6, 7), (8, 9, 10), (11,))
    heatmap = Heatmap(((0,) * 5 + (15,) * 7,), slots)
    assert texts(draw_heatmap(heatmap, 9, 4, ASCII))[:2] == ["   ooxxx", " 1   ###"]
    wide = tuple(Slot("", i >= 50) for i in range(100))
    legend = texts(draw_heatmap(Heatmap(((8,) * 100,), wide), 80, 4, ASCII))[-1]
    assert legend.endswith("100 slots, 2 a column")


def test_few_rows_show_some_layers_and_say_which() -> None:
    heatmap = Heatmap(((8, 8, 8),) * 12, SLOTS, offset=3)
    rows = texts(draw_heatmap(heatmap, 70, 6, ASCII))
    assert [row[:2] for row in rows[1:5]] == [" 4", " 5", " 6", " 7"]
    assert rows[-1].endswith("layers 4-7 of 12")


P5 = tuple(
    Slot(names[0], poisoned, names[1:])
    for names, poisoned in (
        (("conv3x3", "conv3", "cv3", "c3"), False),
        (("sepconv3x3", "sep3", "sp3", "s3"), False),
        (("conv5x5", "conv5", "cv5", "c5"), False),
        (("identity", "ident", "id"), True),
        (("gaussian s10", "gauss10", "gs10", "gs"), True),
        (("dropout p1", "drop1", "dr1", "dr"), True),
    )
)


@pytest.mark.parametrize(
    ("column_width", "head"),
    [
        (7, "● cv3  ● sep3 ● cv5  ✖ id   ✖ gs10 ✖ dr1"),
        (6, "● cv3 ● sp3 ● cv5 ✖ id  ✖ gs  ✖ dr1"),
        (5, "●cv3 ●sp3 ●cv5 ✖id  ✖gs  ✖dr1"),
        (4, "●cv3●sp3●cv5✖id ✖gs ✖dr1"),
        (3, "●c3●s3●c5✖id✖gs✖dr"),
        (2, "● ● ● ✖ ✖ ✖"),
    ],
)
def test_narrow_columns_have_shorter_names(column_width: int, head: str) -> None:
    levels = ((8,) * len(P5),) * 2
    rows = draw_heatmap(Heatmap(levels, P5), 3 + column_width * len(P5), 4, UNICODE)
    assert texts(rows)[0] == "   " + head


def test_names_too_long_for_one_line_are_staggered_where_no_layer_gives_way() -> None:
    levels = ((8,) * len(P5),) * 2
    assert texts(draw_heatmap(Heatmap(levels, P5), 4 + 2 * len(P5), 5, UNICODE))[:3] == [
        "   ●c3 ●c5 ✖gs",
        "     ●s3 ✖id ✖dr",
        " 1 ░░░░░░░░░░░░",
    ]
    assert texts(draw_heatmap(Heatmap(levels, P5), 4 + 4 * len(P5), 5, ASCII))[:3] == [
        "   o conv3 o conv5 x gs10",
        "       o sep3  x ident x dr1",
        " 1 ------------------------",
    ]


def test_names_that_would_be_alike_are_staggered_to_be_told_apart() -> None:
    drops = tuple(
        Slot(f"dropout p0.{digit}", True, (f"drop0.{digit}", f"dr0.{digit}", "dr")) for digit in (5, 7, 9)
    )
    rows = draw_heatmap(Heatmap(((8, 8, 8),) * 2, drops), 5 + 5 * 3, 5, UNICODE)
    assert texts(rows)[:2] == ["   ✖drop0.5  ✖dr0.9", "        ✖drop0.7"]


def test_before_the_first_policy_it_says_so() -> None:
    assert texts(draw_heatmap(Heatmap((), SLOTS), 30, 2, ASCII)) == [" waiting for the first policy", ""]


@given(st.lists(st.lists(any_float, min_size=3, max_size=3), max_size=5))
def test_any_share_has_a_level(shares: list[list[float]]) -> None:
    levels = heat_levels(shares, [0.2, 0.3, 0.5])
    assert all(UNKNOWN <= level < 16 for row in levels for level in row)
    assert heat_levels(shares, [0.2, 0.3, 0.5], levels) == levels


@given(
    st.integers(0, 14).flatmap(
        lambda n: st.tuples(
            st.lists(st.lists(st.integers(-1, 15), min_size=n, max_size=n).map(tuple), max_size=14).map(
                tuple
            ),
            st.lists(
                st.builds(Slot, st.sampled_from(["", "conv3", "漢字"]), st.booleans()), min_size=n, max_size=n
            ).map(tuple),
            st.none() | any_float,
            st.integers(0, 20),
        )
    ),
    any_width,
    any_height,
    any_glyphs,
)
def test_rows_fit_exactly(fields: tuple[object, ...], width: int, height: int, glyphs: Glyphs) -> None:
    assert_exact(draw_heatmap(Heatmap(*fields), width, height, glyphs), width, height)  # type: ignore[arg-type]

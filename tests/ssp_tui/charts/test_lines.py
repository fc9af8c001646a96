"""Line charts: gaps stay gaps, marks stand where they belong, rows fit exactly."""

import math
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ssp_tui.charts.averages import moving_average
from ssp_tui.charts.axis import Range, Scale
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.lines import draw_lines
from ssp_tui.charts.raster import columns_of
from ssp_tui.charts.roles import Role
from ssp_tui.charts.series import Band, Guide, LineChart, Series, Style
from tests.ssp_tui.charts.drawn import (
    any_float,
    any_glyphs,
    any_height,
    any_width,
    assert_exact,
    texts,
    with_role,
)

NAN, INF = math.nan, math.inf
UNIT = Range(0, 1)


def chart(*values: float, **more: object) -> LineChart:
    """One validation series on the unit range, its axis ending at the last value."""
    series = Series("validation", Role.VALIDATION, values)
    return LineChart((series,), len(values) - 1, UNIT, **more)  # type: ignore[arg-type]


def test_a_falling_line_in_braille() -> None:
    falling = chart(*[1 - i / 10 for i in range(11)], scale=Scale.PERCENT)
    assert texts(draw_lines(falling, 30, 8, UNICODE)) == [
        "       ━━ validation",
        "100 % ┤⠉⠒⠤⣀⡀",
        "      │    ⠈⠑⠒⠤⣀",
        " 50 % ┤         ⠉⠑⠢⢄⣀",
        "      │              ⠉⠒⠤⢄⡀",
        "  0 % ┤                  ⠈⠉⠒⠤⣀",
        "      └┬──────────┬──────────┬",
        " epoch 0          5         10",
    ]


def test_a_falling_line_in_ascii() -> None:
    falling = chart(*[1 - i / 10 for i in range(11)], scale=Scale.PERCENT)
    assert texts(draw_lines(falling, 30, 9, ASCII)) == [
        "       ** validation",
        "100 % +***",
        "      |   ****",
        " 50 % +       *****",
        "      |            ****",
        "      |                ****",
        "  0 % +                    ***",
        "      ++----------+----------+",
        " epoch 0          5         10",
    ]


def test_nothing_is_drawn_across_a_nan() -> None:
    gap = chart(0.5, 0.5, 0.5, 0.5, NAN, NAN, NAN, 0.5, 0.5, 0.5, 0.5)
    assert texts(draw_lines(gap, 11, 3, UNICODE)) == [
        "",
        "⠉⠉⠉⠁   ⠈⠉⠉⠉",
        "┬───×××───┬",
    ]


def test_an_infinite_value_is_marked_at_the_top_and_nan_on_the_axis() -> None:
    norms = LineChart(
        (Series("norm", Role.GRADIENT, [1, 10, INF, 100, NAN, NAN]),),
        9,
        Range(0.1, 1e4),
        Scale.LOG,
        (Guide("clip 5", 5.0, Role.CLIP),),
    )
    assert texts(draw_lines(norms, 34, 10, ASCII)) == [
        "     ** norm  I inf  N NaN",
        "1e4 +      I",
        "    |",
        "100 +         *",
        "    |",
        "    |-***------------------clip 5-",
        "  1 +*",
        "    |",
        "    ++-----------N---N------------",
        "     0               5",
    ]
    rows = draw_lines(norms, 34, 10, UNICODE)
    assert with_role(rows[1], Role.NULL_STEP) == ["∞"]
    assert with_role(rows[8], Role.NAN) == ["×", "×"]
    assert any("clip 5" in text for row in rows for text in with_role(row, Role.CLIP))
    assert with_role(rows[0], Role.NAN) == ["× NaN"]
    assert with_role(rows[0], Role.NULL_STEP) == ["∞ inf"]


def test_without_room_for_axes_only_the_plot_remains() -> None:
    assert texts(draw_lines(chart(0, 1), 4, 1, ASCII)) == ["****"]
    assert texts(draw_lines(chart(0, 0, 0), 6, 2, ASCII)) == ["", "******"]


def test_a_guide_keeps_its_label_off_the_data() -> None:
    early = Series("", Role.TEST, [0.5] * 4)
    guides = (Guide("paper", 0.5),)
    assert texts(draw_lines(LineChart((early,), 8, UNIT, guides=guides), 18, 3, ASCII)) == [
        "1.0 +*****--paper-",
        "0.0 +",
        "    ++------------",
    ]
    late = Series("", Role.TEST, [1.0, 1.0, 1.0, 1.0, 0.5, 0.5])
    assert texts(draw_lines(LineChart((late,), 5, UNIT, guides=guides), 18, 5, ASCII)) == [
        "1.0 +*********",
        "0.5 +-paper---****",
        "0.0 +",
        "    ++-----------+",
        "     0           5",
    ]


def test_a_guide_outside_the_range_is_not_drawn() -> None:
    assert texts(draw_lines(chart(guides=(Guide("paper", 7.0),), empty=""), 9, 1, ASCII)) == [""]


def test_before_the_first_epoch_the_chart_says_so() -> None:
    rows = draw_lines(LineChart((), 300), 40, 7, ASCII)
    assert texts(rows) == [
        "1.0 +",
        "    |",
        "0.5 +    waiting for the first epoch",
        "    |",
        "0.0 +",
        "    ++----------+-----------+----------+",
        "     0         100         200       300",
    ]


def test_a_value_between_gaps_has_a_mark_of_its_own() -> None:
    lone = chart(0.0, NAN, 0.5, NAN, 1.0)
    assert "".join(texts(draw_lines(lone, 9, 3, UNICODE))[:2]).count("•") == 3
    assert "•" not in texts(draw_lines(chart(0.0, 0.0, NAN), 9, 3, UNICODE))[0]


def test_epochs_without_a_value_at_the_end_are_told_in_words_where_they_have_room() -> None:
    values = [0.5] * 4 + [NAN] * 16
    broken = LineChart((Series("", Role.VALIDATION, values),), 19, UNIT, gap="weights are NaN")
    rows = draw_lines(broken, 40, 5, UNICODE)
    assert with_role(rows[1], Role.NAN) == ["weights are NaN"]
    assert texts(draw_lines(broken, 16, 5, UNICODE))[1].count("weights") == 0
    whole = LineChart((Series("", Role.VALIDATION, [0.5] * 20),), 19, UNIT, gap="weights are NaN")
    assert not any("weights" in row for row in texts(draw_lines(whole, 40, 5, UNICODE)))


def test_keys_tell_lines_apart_where_they_end() -> None:
    runs = tuple(
        Series(f"run {key}", role, [height] * 5, key=key)
        for key, role, height in (("a", Role.RUN_0, 1.0), ("b", Role.RUN_1, 0.0))
    )
    assert texts(draw_lines(LineChart(runs, 8, UNIT), 32, 6, ASCII)) == [
        "     a* run a  b+ run b",
        "1.0 +*************a",
        "0.5 +",
        "0.0 ++++++++++++++b",
        "    ++---------------+----------",
        "     0               5",
    ]


def test_a_later_line_covers_an_earlier_one_and_both_cover_points() -> None:
    same = [0.0, 1.0]
    stack = LineChart(
        (
            Series("", Role.TEST, same),
            Series("", Role.VALIDATION, same),
            Series("", Role.VALIDATION_RAW, same, Style.POINTS),
        ),
        1,
        UNIT,
    )
    for glyphs in (UNICODE, ASCII):
        roles = {span.role for row in draw_lines(stack, 10, 2, glyphs) for span in row}
        assert roles == {Role.VALIDATION, Role.BLANK}


def test_many_values_a_column_keep_their_extremes() -> None:
    spiky = [0.0] * 5000
    spiky[2500] = 1.0
    rows = texts(draw_lines(chart(*spiky), 11, 2, UNICODE))
    assert rows[0].strip()


def test_a_replay_cursor_crosses_the_plot() -> None:
    rows = draw_lines(chart(0, 0, 0, cursor=1), 5, 2, ASCII)
    assert texts(rows) == ["  |", "*****"]


def test_moving_average_leaves_gaps() -> None:
    averages = moving_average([1, 3, NAN, 5, INF, 7], window=3)
    assert averages[:2] == [1, 2]
    assert math.isnan(averages[2])
    assert averages[3:] == [4, INF, 6]


series = st.builds(
    Series,
    st.sampled_from(["", "validation", "漢字"]),
    st.sampled_from([Role.VALIDATION, Role.TEST]),
    st.lists(any_float, max_size=40),
    st.sampled_from(Style),
    st.sampled_from(["", "a"]),
)
bands = st.lists(st.tuples(any_float, any_float), max_size=9).map(
    lambda pairs: Band("spread", Role.RUN_0, [p[0] for p in pairs], [p[1] for p in pairs])
)
charts = st.builds(
    LineChart,
    st.lists(series, max_size=4).map(tuple),
    st.floats(0, 400) | any_float,
    st.none() | st.builds(Range, any_float, any_float),
    st.sampled_from(Scale),
    st.lists(st.builds(Guide, st.just("paper 19.53 %"), any_float), max_size=2).map(tuple),
    st.lists(bands, max_size=1).map(tuple),
    st.none() | st.integers(0, 400),
)


@settings(max_examples=300, deadline=None)
@given(charts, any_width, any_height, any_glyphs)
def test_rows_fit_exactly(drawn: LineChart, width: int, height: int, glyphs: Glyphs) -> None:
    assert_exact(draw_lines(drawn, width, height, glyphs), width, height)


@given(st.lists(st.sampled_from([0.0, 3.0, 9.0, NAN]), min_size=2, max_size=20))
def test_no_dot_lies_strictly_inside_a_gap(heights: list[float]) -> None:
    """With twenty columns a value, those between two values are dotted if and only if both are finite."""
    columns = columns_of(heights, len(heights) - 1, 20 * (len(heights) - 1) + 1)
    for i, (start, end) in enumerate(pairwise(heights)):
        between = columns[20 * i + 1 : 20 * i + 20]
        joined = not math.isnan(start) and not math.isnan(end)
        assert all(between) if joined else not any(between)


def test_no_two_styles_are_drawn_or_sampled_alike() -> None:
    """Without colour the stroke is all there is to tell series apart by."""
    values = [0.5 + 0.3 * math.sin(epoch / 9) for epoch in range(60)]
    drawn = {style: draw_lines(one_of(values, style), 44, 6, UNICODE) for style in Style}
    assert len({tuple(texts(rows)[1:]) for rows in drawn.values()}) == len(Style)
    assert len({texts(rows)[0].strip() for rows in drawn.values()}) == len(Style)


def test_a_pair_of_points_at_the_edges_stays_within_the_plot() -> None:
    assert texts(draw_lines(one_of([0.0, 1.0], Style.PAIRS, label=""), 2, 1, UNICODE)) == ["⡄⠘"]


def one_of(values: list[float], style: Style, label: str = "it") -> LineChart:
    return LineChart((Series(label, Role.TEST, values, style),), len(values) - 1, UNIT)

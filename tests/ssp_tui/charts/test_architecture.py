"""A drawn child names exactly the sources of every layer, without colour."""

import re
from itertools import chain, combinations, product

from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.charts.architecture import draw_architecture
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.lanes import crossings
from ssp_tui.charts.layers import Architecture, LayerRow
from ssp_tui.charts.roles import Role
from ssp_tui.charts.triangle import draw_triangle
from tests.ssp_tui.charts.drawn import (
    any_glyphs,
    any_height,
    any_width,
    assert_exact,
    texts,
    with_role,
)

Skips = list[tuple[int, ...]]


def child(skips: Skips) -> Architecture:
    """A clean child with these skip connections and one-letter ops."""
    return Architecture(tuple(LayerRow("c", False, sources) for sources in skips))


def named_sources(row: str) -> tuple[int, ...]:
    """The layers a drawn row takes, read back from its text: the numbers right of the arrow."""
    _, arrow, lanes = row.partition("◂")
    return tuple(sorted(int(number) - 1 for number in re.findall(r"\d+", lanes))) if arrow else ()


def all_graphs(num_layers: int) -> list[Skips]:
    """Every skip graph of so many layers."""
    choices = [
        list(chain.from_iterable(combinations(range(layer), n) for n in range(layer + 1)))
        for layer in range(num_layers)
    ]
    return [list(graph) for graph in product(*choices)]


skip_graphs = st.integers(1, 14).flatmap(
    lambda n: st.tuples(
        *(st.sets(st.integers(0, max(0, layer - 1))).map(lambda s: tuple(sorted(s))) for layer in range(n))
    ).map(lambda graph: [(), *graph[1:]])
)


CHILD = Architecture(
    (
        LayerRow("conv3x3", False, (), 0.31),
        LayerRow("sepconv5x5", False, (0,), 0.22),
        LayerRow("dropout", True, (), 0.59, in_chain=True),
        LayerRow("maxpool3x3", False, (0, 1), 0.67, in_chain=True),
        LayerRow("stretched", True, (2,), 0.5, in_chain=True),
        LayerRow("avgpool3x3", False, (1, 2, 4), 0.44),
    ),
    7,
    "hijack",
)


def test_a_child_in_unicode() -> None:
    rows = draw_architecture(CHILD, 60, 7, UNICODE)
    assert texts(rows) == [
        "  1 ● conv3x3     31% ╶╮",
        "  2 ● sepconv5x5  22% ◂1──╮",
        "┃ 3 ✖ dropout     59% ╶│──│──╮",
        "┃ 4 ● maxpool3x3  67% ◂1──2  │",
        "┃ 5 ✖ stretched   50% ◂┬──│──3",
        "  6 ● avgpool3x3  44% ◂5──2──3",
        "┃ k = 7 hijack  ✖ 2 of 6 poisoned",
    ]
    assert with_role(rows[2], Role.POISONED) == ["✖ dropout   "]
    assert with_role(rows[3], Role.CHAIN) == ["┃"]
    assert with_role(rows[6], Role.CHAIN) == ["┃ k = 7 hijack"]


def test_a_child_in_ascii() -> None:
    assert texts(draw_architecture(CHILD, 60, 7, ASCII)) == [
        "  1 o conv3x3     31% -+",
        "  2 o sepconv5x5  22% <1--+",
        "# 3 x dropout     59% -|--|--+",
        "# 4 o maxpool3x3  67% <1--2  |",
        "# 5 x stretched   50% <+--|--3",
        "  6 o avgpool3x3  44% <5--2--3",
        "# k = 7 hijack  x 2 of 6 poisoned",
    ]


def test_without_room_for_lanes_the_sources_are_listed() -> None:
    assert texts(draw_architecture(CHILD, 29, 7, UNICODE)) == [
        "  1 ● conv3x3     31%",
        "  2 ● sepconv5x5  22% ◂1",
        "┃ 3 ✖ dropout     59%",
        "┃ 4 ● maxpool3x3  67% ◂1 2",
        "┃ 5 ✖ stretched   50% ◂3",
        "  6 ● avgpool3x3  44% ◂2 3 5",
        "┃ k = 7 hijack  …",
    ]


def test_a_list_that_does_not_fit_says_so() -> None:
    dense = child([tuple(range(layer)) for layer in range(12)])
    assert texts(draw_architecture(dense, 22, 12, ASCII))[-1] == " 12 o c      <1 2 3~"


def test_few_rows_show_some_layers_and_say_which() -> None:
    rows = texts(draw_architecture(child([()] * 12), 60, 5, ASCII))
    assert [row[1:3] for row in rows[:4]] == [" 1", " 2", " 3", " 4"]
    assert rows[-1] == "x 0 of 12 poisoned  layers 1-4 of 12"
    scrolled = Architecture(child([()] * 12).layers, offset=99)
    assert texts(draw_architecture(scrolled, 60, 5, ASCII))[-1].endswith("layers 9-12 of 12")


def test_twelve_layers_fill_twelve_rows() -> None:
    assert texts(draw_architecture(child([()] * 12), 60, 12, ASCII))[-1].split()[0] == "12"


def test_a_child_as_a_triangle() -> None:
    assert texts(draw_triangle(CHILD, 60, 7, UNICODE)) == [
        "  1 ● conv3x3     31%  1",
        "  2 ● sepconv5x5  22%  ● 2",
        "┃ 3 ✖ dropout     59%  · · 3",
        "┃ 4 ● maxpool3x3  67%  ● ● · 4",
        "┃ 5 ✖ stretched   50%  · · ● · 5",
        "  6 ● avgpool3x3  44%  · ● ● · ●",
        "┃ k = 7 hijack  ✖ 2 of 6 poisoned",
    ]
    assert texts(draw_triangle(CHILD, 60, 7, ASCII)) == [
        "  1 o conv3x3     31%  1",
        "  2 o sepconv5x5  22%  o 2",
        "# 3 x dropout     59%  . . 3",
        "# 4 o maxpool3x3  67%  o o . 4",
        "# 5 x stretched   50%  . . o . 5",
        "  6 o avgpool3x3  44%  . o o . o",
        "# k = 7 hijack  x 2 of 6 poisoned",
    ]


def test_no_child_yet() -> None:
    for draw in (draw_architecture, draw_triangle):
        assert texts(draw(Architecture(()), 40, 1, ASCII)) == [" no architecture sampled yet"]


def test_every_graph_of_up_to_five_layers_names_exactly_its_sources() -> None:
    for num_layers in range(1, 6):
        for skips in all_graphs(num_layers):
            rows = texts(draw_architecture(child(skips), 60, num_layers, UNICODE))
            assert [named_sources(row) for row in rows] == skips


@given(skip_graphs, st.sampled_from([60, 100]))
def test_every_row_names_exactly_its_sources(skips: Skips, width: int) -> None:
    rows = texts(draw_architecture(child(skips), width, len(skips), UNICODE))
    assert [named_sources(row) for row in rows] == skips


@given(skip_graphs)
def test_a_lane_carries_one_source_from_its_opening_to_its_last_consumer(skips: Skips) -> None:
    rows = crossings(skips)
    for source in range(len(skips)):
        consumers = [layer for layer, sources in enumerate(skips) if source in sources]
        seen = [
            (layer, lane)
            for layer, row in enumerate(rows)
            for lane, crossing in enumerate(row)
            if crossing and crossing.source == source
        ]
        expected = range(source, consumers[-1] + 1) if consumers else range(0)
        assert [layer for layer, _ in seen] == list(expected)
        assert len({lane for _, lane in seen}) <= 1


@given(skip_graphs)
def test_no_more_lanes_than_sources_alive_at_once(skips: Skips) -> None:
    rows = crossings(skips)
    widest = max(sum(crossing is not None for crossing in row) for row in rows)
    assert len(rows[-1]) == widest


children = st.builds(
    Architecture,
    skip_graphs.map(
        lambda skips: tuple(
            LayerRow(
                "漢字 conv" if i % 2 else "dropout", i % 3 == 0, s, 0.5 if i % 2 else float("nan"), i % 4 == 0
            )
            for i, s in enumerate(skips)
        )
    ),
    st.none() | st.integers(0, 24),
    st.sampled_from(["", "norm overflow"]),
    st.integers(0, 20),
)


@given(children, any_width, any_height, any_glyphs)
def test_rows_fit_exactly(drawn: Architecture, width: int, height: int, glyphs: Glyphs) -> None:
    assert_exact(draw_architecture(drawn, width, height, glyphs), width, height)
    assert_exact(draw_triangle(drawn, width, height, glyphs), width, height)

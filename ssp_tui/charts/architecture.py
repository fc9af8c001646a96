"""The sampled child as a graph: one row a layer, one reusable lane a skip source."""

from collections.abc import Sequence

from ssp_tui import wording
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.lanes import Crossing, crossings
from ssp_tui.charts.layers import (
    Architecture,
    draw_footer,
    draw_layer,
    label_width,
    shown_layers,
)
from ssp_tui.charts.roles import LANES, Role
from ssp_tui.charts.rows import Row, Rows, Span

_PITCH = 3
"""Cells from one lane to the next, enough for a source's number and a line."""


def draw_architecture(architecture: Architecture, width: int, height: int, glyphs: Glyphs) -> Rows:
    """The child in exactly `height` rows of `width` cells.

    Each layer names the layers it takes by number. Where the lanes are too many for the width the
    sources are listed instead.
    """
    canvas = Canvas(width, height)
    if not architecture.layers:
        canvas.put(1, 0, architecture.empty, Role.MUTED)
        return canvas.rows()
    shown = shown_layers(architecture, canvas.height)
    op_width = label_width(architecture, canvas.width)
    lanes = crossings([layer.skips for layer in architecture.layers])
    pieces = [_lane_row(row, glyphs) for row in lanes]
    start = 0
    for y, index in enumerate(shown):
        start = draw_layer(canvas, y, index, architecture.layers[index], op_width, glyphs)
    if any(start + sum(len(span.text) for span in row) > canvas.width for row in pieces):
        pieces = [_listed(layer.skips, canvas.width - start, glyphs) for layer in architecture.layers]
    for y, index in enumerate(shown):
        canvas.put_row(start, y, pieces[index])
    draw_footer(canvas, architecture, shown, glyphs)
    return canvas.rows()


def _lane_row(lanes: Sequence[Crossing | None], glyphs: Glyphs) -> Row:
    """The lanes beside one layer, joined to it as far as the last one it touches."""
    touched = [i for i, lane in enumerate(lanes) if lane and (lane.consumed or lane.opened)]
    reach = touched[-1] if touched else -1
    takes = any(lane and lane.consumed for lane in lanes)
    start = glyphs.arrow_in if takes else glyphs.lane_start if touched else " "
    spans = [Span(start, Role.AXIS)]
    for i, lane in enumerate(lanes):
        text = _lane_text(lane, i < reach, glyphs)
        fill = glyphs.horizontal if i < reach else " "
        spans.append(Span(text or fill, LANES[i % len(LANES)] if lane else Role.AXIS))
        if i + 1 < len(lanes):
            spans.append(Span(fill * (_PITCH - len(spans[-1].text)), Role.AXIS))
    return tuple(spans)


def _lane_text(lane: Crossing | None, goes_on: bool, glyphs: Glyphs) -> str:
    if lane is None:
        return ""
    if lane.consumed:
        return wording.layer(lane.source)
    if lane.opened:
        return glyphs.lane_branch if goes_on else glyphs.lane_turn
    return glyphs.vertical


def _listed(sources: tuple[int, ...], width: int, glyphs: Glyphs) -> Row:
    """The sources by number alone; an ellipsis says that some did not fit."""
    if not sources:
        return ()
    text = glyphs.arrow_in
    for i, source in enumerate(sorted(sources)):
        named = f"{text}{' ' if i else ''}{wording.layer(source)}"
        reserve = 2 if i + 1 < len(sources) else 0
        if len(named) + reserve > width:
            return (Span(text + glyphs.ellipsis, Role.TEXT),)
        text = named
    return (Span(text, Role.TEXT),)

"""The sampled child as a triangle of dots, for graphs too dense for lanes."""

from ssp_tui import wording
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.layers import (
    Architecture,
    LayerRow,
    draw_footer,
    draw_layer,
    label_width,
    shown_layers,
)
from ssp_tui.charts.roles import LANES, Role
from ssp_tui.charts.rows import Row, Rows, Span


def draw_triangle(architecture: Architecture, width: int, height: int, glyphs: Glyphs) -> Rows:
    """The child in exactly `height` rows of `width` cells: a dot in row i, column j when i takes j.

    Each column is named by the number on the diagonal, right above its first dot.
    """
    canvas = Canvas(width, height)
    if not architecture.layers:
        canvas.put(1, 0, architecture.empty, Role.MUTED)
        return canvas.rows()
    shown = shown_layers(architecture, canvas.height)
    op_width = label_width(architecture, canvas.width)
    for y, index in enumerate(shown):
        layer = architecture.layers[index]
        x = draw_layer(canvas, y, index, layer, op_width, glyphs) + 1
        x = canvas.put_row(x, y, _dots(index, layer, glyphs))
        if index + 1 < len(architecture.layers):
            canvas.put(x, y, wording.layer(index), Role.MUTED)
    draw_footer(canvas, architecture, shown, glyphs)
    return canvas.rows()


def _dots(index: int, layer: LayerRow, glyphs: Glyphs) -> Row:
    return tuple(
        Span(f"{glyphs.dot} ", LANES[source % len(LANES)])
        if source in layer.skips
        else Span(f"{glyphs.no_dot} ", Role.AXIS)
        for source in range(index)
    )

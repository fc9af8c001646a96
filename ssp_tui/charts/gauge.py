"""Meters: one labelled bar a row, for progress, GPU utilisation and memory."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Rows, Span, cells_of, fitted


@dataclass(frozen=True)
class Meter:
    """How full something is; the text says the same in figures."""

    label: str
    fraction: float | None
    """0 to 1; None or NaN draws an empty track."""
    text: str = ""
    role: Role = Role.METER


def draw_meters(meters: Sequence[Meter], width: int, height: int, glyphs: Glyphs) -> Rows:
    """The meters below each other, labels and texts in columns of their own."""
    canvas = Canvas(width, height)
    label_width = max((len(cells_of(meter.label)) for meter in meters), default=0)
    text_width = max((len(cells_of(meter.text)) for meter in meters), default=0)
    for y, meter in enumerate(meters):
        x = 0
        if label_width:
            label = fitted(meter.label, label_width, glyphs.ellipsis)
            canvas.put(0, y, label, Role.MUTED)
            x = label_width + 1
        bar_width = canvas.width - x - (text_width + 1 if text_width else 0)
        x = canvas.put_row(x, y, meter_bar(meter.fraction, bar_width, glyphs, meter.role))
        canvas.put(x + 1 if bar_width > 0 else x, y, meter.text, Role.TEXT)
    return canvas.rows()


def meter_bar(fraction: float | None, width: int, glyphs: Glyphs, role: Role = Role.METER) -> Row:
    """A bar of exactly `width` cells, filled as finely as the glyphs allow."""
    if width <= 0:
        return ()
    known = fraction is not None and not math.isnan(fraction)
    parts = len(glyphs.growing) - 1
    num_filled = round(max(0.0, min(1.0, fraction or 0.0)) * width * parts) if known else 0
    whole, part = divmod(num_filled, parts)
    filled = glyphs.growing[parts] * whole + (glyphs.growing[part] if part else "")
    track = glyphs.track * (width - len(filled))
    return tuple(span for span in (Span(filled, role), Span(track, Role.METER_TRACK)) if span.text)

"""A scroll bar beside lines of which not all are in sight."""

from collections.abc import Sequence

from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Line
from ssp_tui.panels.line_layout import padded
from ssp_tui.theme import Tone


def with_scroll_bar(lines: Sequence[Line], width: int, top: int, num_rows: int, glyphs: Glyphs) -> list[Line]:
    """The lines in `width` cells, and a cell more for the bar: those from `top` on, of `num_rows` in all."""
    room = len(lines)
    size = max(1, room * room // num_rows)
    start = round(top * (room - size) / max(1, num_rows - room))
    barred: list[Line] = []
    for y, line in enumerate(lines):
        is_thumb = start <= y < start + size
        bar = glyphs.vertical if not is_thumb else "┃" if glyphs.braille else "#"
        role = Tone.RULE_FOCUSED if is_thumb else Role.AXIS
        barred.append([*padded(line, width), (bar, role)])
    return barred

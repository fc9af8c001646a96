"""The room a plot has inside its axes, and the axes themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ssp_tui.charts.axis import Tick
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.legend_rows import LegendRows
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of

_LEAST_PLOT = 12
"""Cells of plot width below which the labels of the y axis give way."""


@dataclass(frozen=True)
class Frame:
    """Where the plot lies on its canvas, and which parts of its surroundings fit."""

    left: int
    top: int
    width: int
    height: int
    has_line: bool
    """The x axis line under the plot."""
    has_labels: bool
    """The x axis labels under that line."""

    @property
    def line_row(self) -> int:
        """The canvas row of the x axis line."""
        return self.top + self.height


def frame_for(width: int, height: int, y_labels: Sequence[str]) -> Frame:
    """The frame for a canvas without a legend: x labels go first when rows are few, then the line."""
    gutter = max((len(cells_of(label)) for label in y_labels), default=0) + 1
    left = gutter + 1 if width - gutter - 1 >= _LEAST_PLOT else 0
    has_line, has_labels = height >= 3, height >= 4
    return Frame(
        left=left,
        top=0,
        width=max(0, width - left),
        height=max(0, height - has_line - has_labels),
        has_line=has_line,
        has_labels=has_labels,
    )


def below_legend(frame: Frame, num_rows: int) -> Frame:
    """The frame under a legend of so many rows."""
    return replace(frame, top=num_rows, height=max(0, frame.height - num_rows))


def draw_y_axis(canvas: Canvas, frame: Frame, labels: dict[int, str], glyphs: Glyphs) -> None:
    """The axis line left of the plot, with labels at the given canvas rows."""
    if not frame.left:
        return
    for row in range(frame.top, frame.line_row):
        label = labels.get(row)
        mark = glyphs.vertical if label is None else glyphs.tick_left
        canvas.put(frame.left - 1, row, mark, Role.AXIS)
        if label is not None:
            canvas.put(frame.left - 2 - len(cells_of(label)), row, label, Role.MUTED)


def draw_x_axis(
    canvas: Canvas,
    frame: Frame,
    ticks: Sequence[Tick],
    column_of: Callable[[float], int],
    title: str,
    glyphs: Glyphs,
) -> None:
    """The axis line under the plot, its labels under their ticks, and its title in the left gutter."""
    if frame.has_line:
        corner = glyphs.corner if frame.left else ""
        line = corner + glyphs.horizontal * frame.width
        canvas.put(frame.left - len(corner), frame.line_row, line, Role.AXIS)
    free_from = 0
    if frame.has_labels and len(cells_of(title)) < frame.left:
        free_from = frame.left
        canvas.put(free_from - len(cells_of(title)) - 1, frame.line_row + 1, title, Role.MUTED)
    for tick in ticks:
        column = column_of(tick.value)
        x = min(column - len(tick.label) // 2, canvas.width - len(tick.label))
        x = max(0, x)
        if x >= free_from and frame.has_line:
            canvas.put(column, frame.line_row, glyphs.tick_below, Role.AXIS)
            if frame.has_labels:
                canvas.put(x, frame.line_row + 1, tick.label, Role.MUTED)
            free_from = x + len(tick.label) + 1


def draw_legend(canvas: Canvas, frame: Frame, rows: LegendRows, glyphs: Glyphs) -> None:
    """Sample and label of everything drawn, above the plot."""
    for y, entries in enumerate(rows):
        canvas.put_entries(frame.left, y, entries, glyphs.ellipsis)

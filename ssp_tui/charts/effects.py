"""Estimates around zero: one row each, its interval as a bar, its figures beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Rows, cells_of, fitted


@dataclass(frozen=True)
class Effect:
    """One estimate with its interval; NaN where there is none."""

    label: str
    poisoned: bool
    value: float
    low: float
    high: float
    text: str
    """The estimate in figures."""

    @property
    def is_known(self) -> bool:
        """Whether all of it are numbers that can be drawn."""
        return all(abs(each) < 1e300 for each in (self.value, self.low, self.high))


_WIDEST_LABEL = 16
_LEAST_BAR = 9
"""Cells below which bars tell nothing, and the figures stand alone."""


def draw_effects(
    effects: Sequence[Effect], ends: tuple[str, str], width: int, height: int, glyphs: Glyphs
) -> Rows:
    """The estimates in exactly `height` rows of `width` cells, under a scale whose ends are named `ends`.

    Where there are more than rows, those with the least upper bounds are shown, and the others are counted.
    """
    canvas = Canvas(width, height)
    has_scale = canvas.height >= 3
    room = canvas.height - has_scale
    shown = list(effects)
    if len(shown) > room:
        num_shown = max(0, room - 1)
        shown = sorted(shown, key=lambda each: each.high if each.is_known else math.inf)[:num_shown]
        canvas.put(2, canvas.height - 1, f"and {len(effects) - num_shown} higher", Role.MUTED)
    if not shown:
        return canvas.rows()
    label_width = min(_WIDEST_LABEL, max(len(cells_of(each.label)) for each in shown))
    text_width = max(len(cells_of(each.text)) for each in shown)
    bar_width = canvas.width - label_width - text_width - 4
    if bar_width < _LEAST_BAR:
        bar_width = 0
    scale = _Scale.of(shown, bar_width)
    if has_scale and bar_width:
        _draw_scale(canvas, label_width + 3, scale, ends)
    for y, effect in enumerate(shown, start=int(has_scale)):
        mark = glyphs.poisoned if effect.poisoned else glyphs.clean
        role = Role.POISONED if effect.poisoned else Role.CLEAN
        canvas.put(0, y, f"{mark} {fitted(effect.label, label_width, glyphs.ellipsis)}", role)
        if bar_width:
            _draw_bar(canvas, label_width + 3, y, scale, effect, glyphs)
        canvas.put(canvas.width - len(cells_of(effect.text)), y, effect.text, Role.TEXT)
    return canvas.rows()


@dataclass(frozen=True)
class _Scale:
    """From values to the cells of a bar."""

    low: float
    high: float
    width: int

    @classmethod
    def of(cls, effects: Sequence[Effect], width: int) -> "_Scale":
        ends = [end for each in effects if each.is_known for end in (each.low, each.high)]
        return cls(min(0.0, *ends, 0.0), max(0.0, *ends, 0.0), width)

    def cell(self, value: float) -> int:
        if self.high <= self.low:
            return self.width // 2
        return round((value - self.low) / (self.high - self.low) * (self.width - 1))


def _draw_scale(canvas: Canvas, x: int, scale: _Scale, ends: tuple[str, str]) -> None:
    """What lies to the left and to the right of zero, where there is room to say it."""
    zero, (less, more) = scale.cell(0.0), ends
    canvas.put(x + zero, 0, "0", Role.AXIS)
    if len(less) < zero:
        canvas.put(x + zero - len(less) - 1, 0, less, Role.MUTED)
    if len(more) + 1 < scale.width - zero:
        canvas.put(x + zero + 2, 0, more, Role.MUTED)


def _draw_bar(canvas: Canvas, x: int, y: int, scale: _Scale, effect: Effect, glyphs: Glyphs) -> None:
    role = Role.POISONED if effect.poisoned else Role.CLEAN
    if effect.is_known:
        low, high = scale.cell(effect.low), scale.cell(effect.high)
        canvas.fill(x + low, y, high - low + 1, glyphs.horizontal, role)
    canvas.put(x + scale.cell(0.0), y, glyphs.vertical, Role.AXIS)
    if effect.is_known:
        mark = glyphs.poisoned if effect.poisoned else glyphs.clean
        canvas.put(x + scale.cell(effect.value), y, mark, role)

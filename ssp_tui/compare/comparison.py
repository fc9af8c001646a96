"""The panels of the Compare screen, over one frozen comparison."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.reactive import reactive

from ssp_tui import wording
from ssp_tui.charts.axis import Range
from ssp_tui.charts.glyphs import UNICODE
from ssp_tui.charts.roles import Role
from ssp_tui.compare.curves import METRICS, CurveReader, comparison_chart, nan_lanes
from ssp_tui.compare.differences import difference_lines
from ssp_tui.compare.final_figures import figure_table
from ssp_tui.compare.groups import Group, grouped
from ssp_tui.compare.nan_lanes import draw_compared
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.panels.line_layout import Piece, framed
from ssp_tui.snapshot import Snapshot
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    pass


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What is compared, and how it is shown."""

    runs: tuple[Snapshot, ...] = ()
    metric: int = 0
    smooth: bool = True

    @functools.cached_property
    def groups(self) -> tuple[Group, ...]:
        """The runs by configuration."""
        return grouped(self.runs)


class ComparePanel(Drawn):
    """Draws its part of the comparison in a frame."""

    TITLE = ""

    comparison: reactive[Comparison] = reactive(Comparison(), repaint=False)
    top: reactive[int] = reactive(0, repaint=False)

    def watch_comparison(self) -> None:
        """Draw what is new."""
        self.redraw()

    def watch_top(self) -> None:
        """Draw from another row on."""
        self.redraw()

    def title(self) -> str:
        """Shown in the frame."""
        return self.TITLE

    def note(self) -> Sequence[Piece]:
        """Shown at the frame's right end."""
        return ()

    def body(self, width: int, height: int) -> Lines:
        """What is inside."""
        raise NotImplementedError

    def draw(self, width: int, height: int) -> Lines:
        """The body in its frame, or alone where there is little room."""
        if width < 24 or height < 4:
            return self.body(width, height)
        inner = self.body(width - 4, height - 2)
        note = self.note() if width > 60 else ()
        return framed(inner, width, height, self.title(), note, False, self.glyphs)


class CurvesPanel(ComparePanel):
    """Error curves over each other."""

    def __init__(self) -> None:
        """Start with nothing drawn."""
        super().__init__()
        self._range: Range | None = None
        self._drawn_metric = -1
        self._reader = CurveReader()

    def title(self) -> str:
        """The measured error."""
        return METRICS[self.comparison.metric].title

    def note(self) -> Sequence[Piece]:
        """How the lines are made."""
        smooth = "mean over 20 epochs where there are 20" if self.comparison.smooth else "as measured"
        return [(f"{smooth} · seeds as mean and spread", Role.MUTED)]

    def body(self, width: int, height: int) -> Lines:
        """The chart, on an axis that stays as long as it can."""
        comparison = self.comparison
        if comparison.metric != self._drawn_metric:
            self._range, self._drawn_metric = None, comparison.metric
        metric, smooth = METRICS[comparison.metric], comparison.smooth
        chart = comparison_chart(comparison.groups, metric, smooth, self._range, self._reader)
        self._range = chart.y_range
        lanes = nan_lanes(comparison.groups, metric, smooth, self._reader)
        return draw_compared(chart, lanes, width, height, self.glyphs)


class FiguresPanel(ComparePanel):
    """Final figures."""

    TITLE = "Figures"

    def note(self) -> Sequence[Piece]:
        """How many there are, and how many repeat a seed and so count for nothing."""
        groups = self.comparison.groups
        runs = wording.counted(sum(len(group.runs) for group in groups), "run")
        note: list[Piece] = [(f"{runs} in {wording.counted(len(groups), 'group')}", Role.MUTED)]
        num_repeats = sum(group.num_repeats for group in groups)
        if num_repeats:
            note.append((f" · {wording.counted(num_repeats, 'repeat')} of a seed left out", Tone.WARN))
        return note

    def body(self, width: int, height: int) -> Lines:
        """The table."""
        return figure_table(self.comparison.groups, width, height, self.glyphs, self.top)


class DifferencesPanel(ComparePanel):
    """Changed keys only."""

    TITLE = "What differs"

    def body(self, width: int, height: int) -> Lines:
        """The table."""
        more_key = self.key_now("compare.maximise")
        lines = difference_lines(self.comparison.groups, width, 10_000, self.glyphs, more_key)
        if self.top and len(lines) > height:
            lines = [lines[0], *lines[1 + min(self.top, len(lines) - height) :]]
            return lines[:height]
        return difference_lines(self.comparison.groups, width, height, self.glyphs, more_key)


def table_heights(groups: Sequence[Group]) -> tuple[int, int]:
    """The rows that figures and differences need, frames included."""
    return len(groups) + 3, len(difference_lines(groups, 200, 10_000, UNICODE, "")) + 2

"""Two lines under the list of runs: what is known of the run under the cursor, and why it ended."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING

from ssp_tui import wording
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.derived_words import origin_of_row
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from engine.process.listing import RunRow
    from ssp_tui.queue_line import QueueLine

Piece = tuple[str, StrEnum]


class RunNote(Drawn):
    """Says in words what the table's row says in figures."""

    SCOPED_CSS = False  # or the screen's breakpoints would be looked for below this widget
    DEFAULT_CSS = """
    RunNote { height: 2; background: $surface; padding: 0 1; }
    .-tiny RunNote { height: 1; }
    """

    def __init__(self) -> None:
        """Start with nothing to say."""
        super().__init__()
        self._about: list[Piece] = []
        self._why: list[Piece] = []

    def show(
        self,
        row: RunRow | None,
        num_rows: int,
        num_marked: int,
        filter_text: str,
        wrong: str = "",
        line: QueueLine | None = None,
        order: str = "",
    ) -> None:
        """Tell of a run, what is shown and in what order, what is `wrong` with the filter, who waits.

        All texts are clean.
        """
        counts = [wording.counted(num_rows, "run")]
        counts += [order] if order and num_rows > 1 else []
        counts += [f"{num_marked} marked"] if num_marked else []
        held = "still by the filter" if wrong else "filter:"
        counts += [f"{held} {filter_text}"] if filter_text else []
        counts += ["queue paused"] if line and line.is_paused else []
        self._about = [("  " + " · ".join(counts), Role.MUTED)]
        self._why = []
        if row is not None:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.created_time))
            parts = [
                origin_of_row(row.derived_of),
                clean(row.dataset),
                f"{clean(row.protocol)} protocol",
                f"seed {row.seed}",
                f"created {when}",
            ]
            self._about += [("   " + " · ".join(part for part in parts if part), Role.TEXT)]
            self._why = _reason(row)
            if not self._why and line and (words := line.text_of(row.run_id)):
                self._why = [(f"  {words}", Role.MUTED)]
        if line and line.error:
            self._why = [(f"  {line.error}", Tone.BAD)]
        if wrong:
            self._why = [(f"  ! {wrong.removeprefix('filter ')}", Tone.BAD)]
        self.redraw()

    def draw(self, width: int, height: int) -> Lines:
        """What went wrong comes first where there is one line only."""
        lines = [self._about, self._why] if height > 1 or not self._why else [self._why]
        return [_cut(line, width, self.glyphs.ellipsis) for line in lines]


def _reason(row: RunRow) -> list[Piece]:
    status = row.status
    if status.state == "stalled":
        since = time.strftime("%H:%M:%S", time.localtime(row.summary.last_time))
        words = f"no event since {since}" if row.summary.last_time else "it has said nothing yet"
        return [(f"  stalled: {words}", Role.STALLED)]
    text = clean(status.reason, 300)
    trace = clean(status.traceback_last_line, 200)
    line: list[Piece] = [(f"  {status.state}: {text}", Role(status.state))] if text else []
    if trace:
        line.append((f"   {trace}", Role.MUTED))
    return line


def _cut(line: list[Piece], width: int, ellipsis: str) -> list[Piece]:
    cut: list[Piece] = []
    for text, role in line:
        text = fitted(text, width, ellipsis) if len(text) > width else text
        cut.append((text, role))
        width -= len(text)
        if width <= 0:
            break
    return cut

"""The Compare screen: runs over each other, what differs between them, and what they came to."""

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widget import Widget

from ssp_tui import messages
from ssp_tui.compare.comparison import (
    ComparePanel,
    Comparison,
    CurvesPanel,
    DifferencesPanel,
    FiguresPanel,
    table_heights,
)
from ssp_tui.compare.curves import METRICS
from ssp_tui.compare.nothing import Nothing
from ssp_tui.keys import bindings
from ssp_tui.plan_keys import COMPARE_KEYS
from ssp_tui.screens.base import BaseScreen
from ssp_tui.snapshot import Snapshot

WIDE_WIDTH = 160
"""From here on the tables stand beside each other."""

PARTS = ("", "curves", "figures", "differences")
"""What is shown alone; nothing is, to begin with."""


class CompareScreen(BaseScreen):
    """Several runs at once."""

    MODE = "compare"
    KEYS = COMPARE_KEYS
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMPARE_KEYS)
    HELP_TEXT = """Runs that differ in their seed alone are one group: a line for their mean, a band from the
least to the most. A seed launched twice counts once: its newest finished run.
A letter at a line's end names its group in the tables. Epochs with NaN weights are gaps with a cross;
where only some seeds are NaN the line is the mean of the others, and below the axis it says of how many.
The paper's values lie across, with the letters of the groups they belong to."""

    DEFAULT_CSS = """
    CompareScreen CurvesPanel { height: 1fr; }
    CompareScreen #tables { layout: vertical; }
    CompareScreen.-wide #tables { layout: horizontal; }
    CompareScreen FiguresPanel, CompareScreen DifferencesPanel { width: 100%; height: 1fr; }
    CompareScreen.-wide FiguresPanel { width: 55%; }
    CompareScreen.-wide DifferencesPanel { width: 1fr; }
    CompareScreen.-short DifferencesPanel { display: none; }
    CompareScreen.-short.--differences DifferencesPanel { display: block; }
    CompareScreen.--empty CurvesPanel, CompareScreen.--empty #tables { display: none; }
    CompareScreen Nothing { display: none; }
    CompareScreen.--empty Nothing { display: block; }
    CompareScreen.--curves #tables { display: none; }
    CompareScreen.--figures CurvesPanel, CompareScreen.--figures DifferencesPanel { display: none; }
    CompareScreen.--differences CurvesPanel, CompareScreen.--differences FiguresPanel { display: none; }
    CompareScreen.-wide.--figures FiguresPanel { width: 100%; }
    """

    comparison: reactive[Comparison] = reactive(Comparison())
    part: reactive[int] = reactive(0)
    """Which of `PARTS` is shown alone."""

    def __init__(self) -> None:
        """Start with no runs."""
        super().__init__()
        self.run_ids: tuple[str, ...] = ()
        self._snapshots: dict[str, Snapshot] = {}

    def compose_body(self) -> Iterable[Widget]:
        """Curves above, tables below."""
        yield Nothing()
        yield CurvesPanel().data_bind(CompareScreen.comparison)
        with Horizontal(id="tables"):
            yield FiguresPanel().data_bind(CompareScreen.comparison)
            yield DifferencesPanel().data_bind(CompareScreen.comparison)

    def on_mount(self) -> None:
        """Show that nothing is chosen, if that is so."""
        self.set_class(not self.run_ids, "--empty")

    def compare(self, run_ids: Iterable[str]) -> None:
        """Compare these runs."""
        self.run_ids = tuple(dict.fromkeys(run_ids))
        self._snapshots = {i: self._snapshots[i] for i in self.run_ids if i in self._snapshots}
        self.set_class(not self.run_ids, "--empty")
        self._show()
        self.follow(*self.run_ids)

    def on_run_arrived(self, message: messages.RunArrived) -> None:
        """A compared run has something new; runs still to come are not waited for."""
        snapshot = message.snapshot
        if snapshot.run_id not in self.run_ids:
            return
        before = self._snapshots.get(snapshot.run_id)
        self._snapshots[snapshot.run_id] = snapshot
        if before is None or before.state.epochs is not snapshot.state.epochs or not snapshot.exists:
            self._show()

    def _show(self) -> None:
        runs = tuple(self._snapshots[i] for i in self.run_ids if i in self._snapshots)
        self.comparison = dataclasses.replace(self.comparison, runs=runs)
        self._fit()

    def on_resize(self) -> None:
        """The tables take other heights."""
        self._fit()

    def _fit(self) -> None:
        """The tables as high as what they hold, within limits; the curves take the rest."""
        groups, is_wide = self.comparison.groups, self.size.width >= WIDE_WIDTH
        figures, differences = table_heights(groups)
        differences = 0 if self.has_class("-short") else differences
        most = self.size.height * (40 if is_wide else 45) // 100
        tables = self.query_one("#tables")
        needed = max(figures, differences) if is_wide else figures + differences
        tables.styles.height = "1fr" if self.part else min(most, needed)
        rest = max(5, most // 2, most - differences)
        self.query_one(FiguresPanel).styles.height = "1fr" if is_wide or self.part else min(figures, rest)

    def watch_part(self) -> None:
        """Show one part alone, or all."""
        for part in PARTS[1:]:
            self.set_class(PARTS[self.part] == part, f"--{part}")
        self._fit()
        for panel in self.query(ComparePanel):
            panel.top = 0

    def action_metric(self, step: int) -> None:
        """Another error."""
        metric = (self.comparison.metric + step) % len(METRICS)
        self.comparison = dataclasses.replace(self.comparison, metric=metric)

    def action_smooth(self) -> None:
        """The moving average, or what was measured."""
        self.comparison = dataclasses.replace(self.comparison, smooth=not self.comparison.smooth)

    def action_maximise(self) -> None:
        """The next part alone; after the last one, all again."""
        self.part = (self.part + 1) % len(PARTS)

    def action_move(self, rows: int) -> None:
        """Scroll the tables."""
        for panel in self.query(ComparePanel):
            panel.top = max(0, min(panel.top + rows, max(0, len(self.comparison.groups) * 2)))

    def action_choose(self) -> None:
        """Choose runs from a list."""
        from ssp_tui.screens.choose_runs import ChooseRunsScreen

        self.app.push_screen(ChooseRunsScreen(frozenset(self.run_ids)), self._chosen)

    def _chosen(self, run_ids: tuple[str, ...] | None) -> None:
        if run_ids is not None:
            self.compare(run_ids)

    def action_back(self) -> None:
        """All parts again; else to the runs."""
        if self.part:
            self.part = 0
        else:
            self.dashboard.action_show("runs")

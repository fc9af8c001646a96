"""The Runs screen: every run of the home, live, to filter, sort, mark and act on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from ssp_tui import keys, messages
from ssp_tui.home_text import home_text
from ssp_tui.panels.bars import KeyBar
from ssp_tui.panels.no_runs import no_runs_lines
from ssp_tui.panels.run_list import RunList
from ssp_tui.panels.run_note import RunNote
from ssp_tui.panels.run_preview import RunPreview
from ssp_tui.panels.runs_table import SORTABLE, sort_rows
from ssp_tui.screens.base import BaseScreen

if TYPE_CHECKING:
    from textual.widgets import Input

    from engine.process.filter import Filter
    from engine.process.listing import RunRow
    from ssp_tui.panels.panel import Panel

REST_SECONDS = 0.15
"""The cursor rests on a run once no key moved it for so long."""


class RunsScreen(BaseScreen):
    """All runs of the home."""

    MODE = "runs"
    KEYS = keys.RUNS_KEYS
    MOVING = keys.LIST_KEYS
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(KEYS)
    DEFAULT_CSS = """
    RunsScreen.-tall RunList { margin-top: 1; }
    RunsScreen #shelf { height: 1fr; }
    RunsScreen.-wide #shelf { layout: horizontal; }
    RunsScreen.-wide RunList { width: 1fr; }
    """
    HELP_TEXT = """Every run of this home with its state, derived from its files and its process just now.
The filter takes words of an id, a name or a state, and KEY=VALUE or KEY!=VALUE; all must hold.
While it is none yet, it is underlined, the line below says why, and the last right one goes on to hold.
Marked runs are what stop, resume, remove and compare act on; without marks it is the run under the cursor."""

    filter_text: reactive[str] = reactive("", repaint=False)
    marks: reactive[frozenset[str]] = reactive(frozenset[str](), repaint=False)
    sort: reactive[tuple[str, bool]] = reactive(("created", True), repaint=False)
    """The column's name, and whether the order is turned round: newest first to begin with."""

    _passes: "Filter | None" = None
    """None lets everything pass."""
    _wrong = ""
    """What is wrong with the filter being typed, clean; the last right one holds meanwhile."""
    _preview_timer: Timer | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The list, and what is known of the run under the cursor."""
        with Container(id="shelf"):
            yield RunList()
            yield RunPreview()
        yield RunNote()

    def label_of(self, key: keys.Key) -> str:
        """Only what can be done to the run under the cursor, or to the marked ones."""
        current = self._current() if self.is_mounted else None
        if current is None:
            return key.label if self.dashboard.runs and key.name in ("runs.filter", "runs.sort") else ""
        status, has_marks = current.status, bool(self.marks)
        labels = {
            "runs.stop": key.label if has_marks or not status.is_over else "",
            "runs.resume": key.label if has_marks or (status.is_over and status.state != "finished") else "",
            "runs.preview": key.label if self.query_one(RunPreview).has_room else "",
        }
        return labels.get(key.name, key.label)

    def on_mount(self) -> None:
        """Show what is known already."""
        self.query_one(RunList).focus()
        self.runs_changed()

    def runs_changed(self) -> None:
        """Sort and filter anew."""
        if not self.is_mounted:
            return
        passes = self._passes
        rows = [row for row in self.dashboard.runs if passes is None or passes(row)]
        known = {row.run_id for row in self.dashboard.runs}
        self.marks = frozenset(run_id for run_id in self.marks if run_id in known)
        table = self.query_one(RunList)
        home, has_listed = home_text(self.dashboard.home_path), self.dashboard.has_listed
        table.empty = no_runs_lines(home, self.filter_text, has_listed, self.dashboard.key_map)
        table.marks, table.sort = self.marks, self.sort
        table.show(sort_rows(rows, *self.sort), has_listed)
        self._show_note()
        self._preview_soon()

    def _show_note(self) -> None:
        table = self.query_one(RunList)
        shown = table.current, len(table.items), len(self.marks), self.filter_text
        self.query_one(RunNote).show(*shown, self._wrong, self.dashboard.queue_line, table.order)
        self.query_one(KeyBar).redraw()

    def on_cursor_list_moved(self) -> None:
        """Tell of the run the cursor is on now."""
        self._show_note()
        self._preview_soon()

    def on_resize(self) -> None:
        """There may be room for a preview now, or no longer."""
        self._preview_soon()

    def _preview_soon(self) -> None:
        """Once the cursor rests and all runs are listed, look into its run: a journal is read for it."""
        if self._preview_timer is not None:
            self._preview_timer.stop()
        if self.dashboard.has_listed:
            self._preview_timer = self.set_timer(REST_SECONDS, self._preview)

    def _preview(self) -> None:
        current = self._current() if self.query_one(RunPreview).display else None
        wanted = (current.run_id,) if current else ()
        if wanted != self._followed:
            self.follow(*wanted)

    def on_run_arrived(self, message: messages.RunArrived) -> None:
        """Show what the run under the cursor came to."""
        from ssp_tui.run_view import RunView

        if message.snapshot.run_id in self._followed:
            self.query_one(RunPreview).show(RunView(message.snapshot))

    def on_panel_clicked(self, event: "Panel.Clicked") -> None:
        """A double click on the preview opens the run."""
        if event.is_double:
            self.action_open()

    def action_preview(self) -> None:
        """Show the preview, or the list alone."""
        self.query_one(RunPreview).toggle()
        self._preview()

    def on_cursor_list_chosen(self) -> None:
        """Open it."""
        self.action_open()

    def _chosen(self) -> tuple[str, ...]:
        """The marked runs, or the one under the cursor."""
        if self.marks:
            return tuple(row.run_id for row in self.query_one(RunList).items if row.run_id in self.marks)
        current = self.query_one(RunList).current
        return (current.run_id,) if current else ()

    def _ask(self, request: type[messages._AboutRuns]) -> None:
        chosen = self._chosen()
        if chosen:
            self.post_message(request(*chosen))
        else:
            self.dashboard.tell("there is no run here", True)

    def _current(self) -> "RunRow | None":
        return self.query_one(RunList).current

    def action_open(self) -> None:
        """Show the run under the cursor."""
        current = self._current()
        if current:
            self.post_message(messages.OpenRequested(current.run_id))

    def action_log(self) -> None:
        """Show its log."""
        current = self._current()
        if current:
            self.post_message(messages.LogRequested(current.run_id))

    def action_select(self) -> None:
        """Mark it or drop its mark, and go on to the next."""
        current = self._current()
        if current:
            self.marks ^= {current.run_id}
            self.runs_changed()
            self.query_one(RunList).action_move(1)

    def action_compare(self) -> None:
        """Lay the chosen runs over each other."""
        self._ask(messages.CompareRequested)

    def action_stop(self) -> None:
        """Ask for the chosen runs to be stopped."""
        self._ask(messages.StopRequested)

    def action_resume(self) -> None:
        """Ask for them to be resumed."""
        self._ask(messages.ResumeRequested)

    def action_remove(self) -> None:
        """Ask for them to be removed."""
        self._ask(messages.RemoveRequested)

    def action_pause(self) -> None:
        """Ask for the queue to start nothing new, or to go on."""
        self.post_message(messages.QueueRequested("toggle_pause"))

    def action_shift(self, by: int) -> None:
        """Ask for the chosen runs to be moved in the queue."""
        self._ask_of_queue("shift_runs", by)

    def action_first(self) -> None:
        """Ask for them to be next in turn."""
        self._ask_of_queue("move_first", 0)

    def action_prioritise(self, by: int) -> None:
        """Ask for another priority for them."""
        self._ask_of_queue("prioritise_runs", by)

    def _ask_of_queue(self, what: str, value: int) -> None:
        chosen = self._chosen()
        if chosen:
            self.post_message(messages.QueueRequested(what, *chosen, value=value))

    def action_slots(self) -> None:
        """Ask how many runs may go at a time."""
        from ssp_tui.screens.slots_prompt import ask_slots  # late: few ever change it

        ask_slots(self.dashboard)

    def action_sort(self) -> None:
        """Sort by the next column."""
        place = (SORTABLE.index(self.sort[0]) + 1) % len(SORTABLE)
        self.sort = (SORTABLE[place], SORTABLE[place] == "created")
        self.runs_changed()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.sort = (self.sort[0], not self.sort[1])
        self.runs_changed()

    def action_filter(self) -> None:
        """Open the line for the filter."""
        from ssp_tui.panels.filter_line import FilterLine  # late: Textual's input is not needed to begin with

        if not self.query(FilterLine):
            line = FilterLine(self.filter_text)
            self.mount(line, before=self.query_one(RunNote))
            line.focus()

    def on_input_changed(self, event: "Input.Changed") -> None:
        """Filter as one types; while it is no filter, the last one holds and what is wrong is said below."""
        from ssp_tui.panels.filter_line import read_typed

        held, self._wrong = read_typed(event.value, self.filter_text, self.dashboard.runs)
        if held is not None:
            self.filter_text, self._passes = held
        event.input.set_class(bool(self._wrong), "--wrong")
        self.runs_changed()

    def on_input_submitted(self, event: "Input.Submitted") -> None:
        """Back to the list, once it is a filter."""
        if self._wrong:
            self.app.bell()
            return
        event.input.remove()
        self.query_one(RunList).focus()
        self._show_note()

    def action_clear(self) -> None:
        """Drop the filter, and close its line; else drop the marks."""
        from ssp_tui.panels.filter_line import FilterLine

        is_typing = bool(self.query(FilterLine))
        self.query(FilterLine).remove()
        self.query_one(RunList).focus()
        self._wrong = ""
        if self.filter_text or is_typing:
            self.filter_text, self._passes = "", None
        else:
            self.marks = frozenset()
        self.runs_changed()

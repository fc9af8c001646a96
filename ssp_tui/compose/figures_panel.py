"""What the composed run would be and do, beside the form; what takes time is found off the loop."""

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.message import Message
from textual.timer import Timer

from engine.plan.config import RunConfig
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.compose.figure_lines import draw_figures
from ssp_tui.compose.figures import Figures, Outlook, figures_of
from ssp_tui.compose.lines import Block
from ssp_tui.compose.look_ahead import Machine, look_ahead, look_around
from ssp_tui.compose.reading import Reading
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard

PAUSE_SECONDS = 0.15
"""Without a key for so long, the hazard is sampled."""


class DraftFiguresPanel(Drawn):
    """Shows the figures of a draft that can be launched; else, that it cannot."""

    DEFAULT_CSS = "DraftFiguresPanel { padding: 0 1; }"

    class Found(Message):
        """The hazard and the time are known."""

    def __init__(self, keys: str) -> None:
        """`keys` says how the command is copied and pasted."""
        super().__init__()
        self._keys = keys
        self.figures: Figures | None = None
        self.outlook = Outlook()
        self._refusals: tuple[str, ...] = ()
        self._machine = Machine()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Look around for what times rest on."""
        self.run_worker(self._look_around, thread=True, exit_on_error=False)

    def show(self, reading: Reading) -> None:
        """Work the figures out; the hazard and the time follow when the keys pause."""
        self._refusals = tuple(reading.refusals.values())
        self.figures = figures_of(reading.config, reading.num_seeds) if reading.config else None
        self.outlook = dataclasses.replace(Outlook(), device_kind=self._machine.device_kind)
        self._look_ahead_soon()
        self.redraw()

    def draw(self, width: int, height: int) -> Lines:
        """The figures, or what stands in their way."""
        if self.figures is not None:
            return draw_figures(self.figures, self.outlook, width, height, self.glyphs, self._keys)
        lines: Block = [[("This cannot be launched yet", Tone.BAD)], []]
        for text in map(clean, self._refusals):
            pieces = [fitted(text[at : at + width], width, "") for at in range(0, len(text), max(1, width))]
            lines += [[(piece, Role.TEXT)] for piece in pieces]
        return lines[:height]

    def _look_ahead_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE_SECONDS, self._look_ahead)

    def _look_ahead(self) -> None:
        if self.figures is not None:
            find = partial(self._find_outlook, self.figures.config, self._machine)
            self.run_worker(find, thread=True, exclusive=True, group="outlook", exit_on_error=False)

    def _find_outlook(self, config: RunConfig, machine: Machine) -> None:
        self.app.call_from_thread(self._take_outlook, config, look_ahead(config, machine))

    def _take_outlook(self, config: RunConfig, outlook: Outlook) -> None:
        if self.figures is not None and self.figures.config == config:
            self.outlook = outlook
            self.redraw()
            self.post_message(self.Found())

    def _look_around(self) -> None:
        home = cast("Dashboard", self.app).home
        self.app.call_from_thread(self._take_machine, look_around(home))

    def _take_machine(self, machine: Machine) -> None:
        self._machine = machine
        self._look_ahead_soon()

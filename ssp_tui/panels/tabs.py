"""The names of the panels in one line, where only one of them is shown at a time."""

from textual import events
from textual.message import Message
from textual.reactive import reactive

from ssp_tui.drawn import Drawn, Lines
from ssp_tui.panels.places import PANELS
from ssp_tui.theme import Tone

NAMES = ("Errors", "Numerics", "Controller", "Architecture", "Poisoned", "Device")
SHORT_NAMES = ("Err", "Num", "Ctl", "Arch", "Pois", "Dev")


class PanelTabs(Drawn):
    """Lights the current panel's name."""

    current: reactive[str] = reactive(PANELS[0], repaint=False)

    class Picked(Message):
        """Somebody clicked a name."""

        def __init__(self, name: str) -> None:
            """Name the panel."""
            self.name = name
            super().__init__()

    def watch_current(self) -> None:
        """Another panel."""
        self.redraw()

    def draw(self, width: int, height: int) -> Lines:
        """Whole names, short ones, or the current one alone."""
        del height
        for names in (NAMES, SHORT_NAMES):
            if sum(len(name) + 3 for name in names) <= width:
                return [[
                    (f" {name}{self._end(panel)}", Tone.TAB_CURRENT if panel == self.current else Tone.TAB)
                    for name, panel in zip(names, PANELS, strict=True)
                ]]  # fmt: skip
        place = PANELS.index(self.current)
        return [[(f" {NAMES[place]} {place + 1}/{len(PANELS)}"[:width], Tone.TAB_CURRENT)]]

    def _end(self, panel: str) -> str:
        """The current name's mark, so that it shows without colour."""
        mark = "◂" if self.glyphs.braille else "<"
        return f"{mark} " if panel == self.current else "  "

    def on_click(self, event: events.Click) -> None:
        """Go to the panel whose name was clicked."""
        x = 0
        for (text, _), panel in zip(self.draw(*self.size)[0], PANELS, strict=False):
            x += len(text)
            if event.x < x:
                self.post_message(self.Picked(panel))
                return


assert len(NAMES) == len(SHORT_NAMES) == len(PANELS)

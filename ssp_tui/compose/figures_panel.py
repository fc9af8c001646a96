"""What the composed run would be and do, beside the form."""

from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.compose.figure_lines import draw_figures
from ssp_tui.compose.figures import Figures, Outlook
from ssp_tui.compose.lines import Block
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.theme import Tone


class FiguresPanel(Drawn):
    """Shows the figures of a draft that can be launched; else, that it cannot."""

    DEFAULT_CSS = "FiguresPanel { padding: 0 1; }"

    def __init__(self, keys: str) -> None:
        """`keys` says how the command is copied and pasted."""
        super().__init__()
        self._keys = keys
        self.figures: Figures | None = None
        self.outlook = Outlook()
        self.refusals: tuple[str, ...] = ()

    def draw(self, width: int, height: int) -> Lines:
        """The figures, or what stands in their way."""
        if self.figures is not None:
            return draw_figures(self.figures, self.outlook, width, height, self.glyphs, self._keys)
        lines: Block = [[("This cannot be launched yet", Tone.BAD)], []]
        for text in self.refusals:
            text = clean(text)
            lines += [
                [(fitted(text[at : at + width], width, ""), Role.TEXT)] for at in range(0, len(text), width)
            ]
        return lines[:height]

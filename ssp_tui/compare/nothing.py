"""What the Compare screen shows before any run is chosen."""

from typing import TYPE_CHECKING

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    pass


class Nothing(Drawn):
    """Says which keys help."""

    DEFAULT_CSS = "Nothing { height: 1fr; padding: 1 2; }"

    def draw(self, width: int, height: int) -> Lines:
        """A few lines."""
        del width, height
        names = ("compare.choose", "app.runs", "app.presets", "runs.select", "runs.compare")
        choose, runs, presets, mark, compare = map(self.key_now, names)
        helping = (
            (choose, "chooses runs here"),
            (runs, f"goes to the runs, where {mark} marks some and {compare} brings them here"),
            (presets, "launches the paper's experiments, when there is no run yet"),
        )
        return [
            [("No runs are chosen.", Tone.STRONG)],
            [],
            *([(f"{key:<5}", Tone.KEY), (f"  {text}", Role.TEXT)] for key, text in helping),
        ]

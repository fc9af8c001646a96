"""What the Compare screen shows before any run is chosen."""

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.theme import Tone


class Nothing(Drawn):
    """Says which keys help."""

    DEFAULT_CSS = "Nothing { height: 1fr; padding: 1 2; }"

    def draw(self, width: int, height: int) -> Lines:
        """A few lines."""
        del width, height
        return [
            [("No runs are chosen.", Tone.STRONG)],
            [],
            [("enter", Tone.KEY), ("  chooses runs here", Role.TEXT)],
            [
                ("1", Tone.KEY),
                ("      goes to the runs, where space marks some and c brings them here", Role.TEXT),
            ],
            [
                ("3", Tone.KEY),
                ("      launches the paper's experiments, when there is no run yet", Role.TEXT),
            ],
        ]

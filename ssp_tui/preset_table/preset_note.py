"""Two lines under the presets: what the one under the cursor is, and what it takes."""

from typing import TYPE_CHECKING, cast

from ssp_tui import wording
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.compose.lines import Line
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.preset_table.entries import PresetEntry, Progress
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard


class PresetNote(Drawn):
    """Says in words what the row says in figures."""

    SCOPED_CSS = False  # or the screen's breakpoints would be looked for below this widget
    DEFAULT_CSS = """
    PresetNote { height: 2; background: $surface; padding: 0 1; }
    .-tiny PresetNote { height: 1; }
    """

    def __init__(self) -> None:
        """Start with nothing to say."""
        super().__init__()
        self._first: Line = []
        self._second: Line = []

    def show(self, entry: PresetEntry | None, progress: Progress, num_marked: int) -> None:
        """Tell of a preset."""
        self._first = self._second = []
        if entry is not None and entry.config is None:
            self._first = [(f"{entry.name}: {entry.refusal}", Tone.BAD)]
        elif entry is not None and entry.config is not None:
            config = entry.config
            row = entry.paper.row if entry.paper else "not in the paper"
            row = f"reduced from {row}" if entry.is_reduced else row
            facts = [clean(config.title, 80) or entry.name, clean(row, 60), clean(config.dataset, 60)]
            facts += [wording.counted(config.epochs, "epoch"), f"N = {config.space.num_outputs:,}"]
            self._first = [(" · ".join(facts), Role.TEXT)]
            deeds = ", ".join(self._deeds())
            self._second = [(f"{_state(entry, progress, num_marked)} · {deeds}", Role.MUTED)]
        self.redraw()

    def _deeds(self) -> list[str]:
        app = cast("Dashboard", self.app)
        launches = [] if app.readonly else [f"{self.key_now('presets.launch')} launches"]
        return [*launches, f"{self.key_now('presets.compose')} opens it in Compose"]

    def draw(self, width: int, height: int) -> Lines:
        """Both lines where there is room."""
        lines = [self._first, self._second][:height]
        return [[(fitted(text, width, self.glyphs.ellipsis), role) for text, role in line] for line in lines]


def _state(entry: PresetEntry, progress: Progress, num_marked: int) -> str:
    done = progress.outcome.num_runs if progress.outcome else 0
    size = "reduced as the suite says" if entry.is_reduced else "at full settings"
    parts = [f"{wording.counted(done, 'finished run')} {size} here" if done else "no finished run here"]
    parts += [f"{progress.num_live} running or queued"] if progress.num_live else []
    changed = wording.counted(progress.num_changed, "run")
    parts += [f"{changed} with other settings not counted"] if progress.num_changed else []
    parts += [f"{num_marked} marked"] if num_marked else []
    return " · ".join(parts)

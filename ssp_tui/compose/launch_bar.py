"""The line under the composer that never scrolls: the key that launches, what, how long, how it may end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ssp_tui import wording
from ssp_tui.charts.roles import Role
from ssp_tui.cleaning import clean
from ssp_tui.compose.figures import Figures, Outlook
from ssp_tui.compose.lines import Line
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.keys import Key, shown_keys
from ssp_tui.theme import Tone

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard


class LaunchBar(Drawn):
    """What is farther right gives way first."""

    DEFAULT_CSS = "LaunchBar { height: 1; padding: 0 1; background: $panel; }"

    def __init__(self, key: Key) -> None:
        """`key` launches."""
        super().__init__()
        self._key = key
        self._parts: Sequence[tuple[str, Role]] = ()

    def show(self, figures: Figures | None, num_seeds: int, outlook: Outlook) -> None:
        """Say what would be launched; nothing can be without figures."""
        self._parts = parts_of(figures, num_seeds, outlook) if figures else (("not yet", Role.MUTED),)
        self.redraw()

    def draw(self, width: int, height: int) -> Lines:
        """One line."""
        del height
        app = cast("Dashboard", self.app)
        line: Line = [(f" {shown_keys(self._key, app.key_map)}", Tone.KEY), (" Launch ", Tone.STRONG)]
        if app.readonly:
            line = [(" read only: launches nothing ", Role.MUTED)]
        used = sum(len(text) for text, _ in line)
        for place, (text, role) in enumerate(self._parts):
            gap = " " if place == 0 else " · "
            if used + len(gap) + len(text) > width:
                break
            line += [(gap, Role.MUTED), (text, role)]
            used += len(gap) + len(text)
        return [line]


def parts_of(figures: Figures, num_seeds: int, outlook: Outlook) -> list[tuple[str, Role]]:
    """The most needed first."""
    config = figures.config
    parts = [(wording.counted(config.epochs, "epoch") + f" on {clean(config.dataset, 40)}", Role.TEXT)]
    if num_seeds > 1:
        parts.insert(0, (wording.counted(num_seeds, "run"), Role.TEXT))
    if outlook.time is not None:
        each = " each" if num_seeds > 1 else ""
        parts.append((f"about {wording.duration(outlook.time.run_seconds)}{each}", Role.TEXT))
    if figures.num_poisoned:
        layers = f"{wording.layers(figures.expected_poisoned)} of {config.child.layers} layers poisoned"
        parts.append((layers, Role.POISONED))
    hazard = outlook.hazard
    if hazard is not None and hazard.num_nan:
        comes = hazard.expected_epoch(config.steps_per_epoch) < config.epochs
        step = f"first NaN about step {1 / hazard.nan_probability:,.0f}"
        parts.append((step if comes else f"{step}, after the end", Role.NAN if comes else Role.TEXT))
    return parts

"""The words under the composer: what the field under the cursor is, or what is wrong in the form."""

from enum import StrEnum

from ssp_tui.charts.roles import Role
from ssp_tui.compose.form_lines import FormView, explanation
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.panels.line_layout import wrapped


class Explanation(Drawn):
    """As wide as the screen, and a second line where that is not enough: a refusal is read whole."""

    DEFAULT_CSS = "Explanation { height: 1; padding: 0 3; background: $surface; }"

    _said: tuple[str, StrEnum] = ("", Role.MUTED)

    def show(self, view: FormView) -> None:
        """Explain the form as it is now."""
        self._said = explanation(view)
        self._fit()
        self.redraw()

    def on_resize(self, event: object) -> None:
        """A narrower line may need another one."""
        del event
        self._fit()
        self.redraw()

    def _fit(self) -> None:
        if self.size.width:
            self.styles.height = len(self.draw(self.size.width, 2))

    def draw(self, width: int, height: int) -> Lines:
        """As many lines as there is room for."""
        return wrapped(self._said[0], width, self._said[1])[: max(1, height)]

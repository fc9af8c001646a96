"""What the run under the cursor came to, beside the list of runs or below it."""

from typing import TYPE_CHECKING

from textual.containers import Container

if TYPE_CHECKING:
    from ssp_tui.run_view import RunView


class RunPreview(Container):
    """A few of the Run screen's panels on one run; they are imported with the first run that is shown."""

    SCOPED_CSS = False  # or the screen's breakpoints would be looked for below this widget
    DEFAULT_CSS = """
    RunPreview { display: none; }
    Screen.-normal.-tall RunPreview { display: block; layout: horizontal; width: 100%; height: 14; }
    Screen.-wide RunPreview { display: block; layout: vertical; width: 42%; max-width: 84; height: 1fr; }
    RunPreview > * { width: 1fr; height: 1fr; }
    Screen.-wide RunPreview > RunCard { height: 13; }
    Screen.-wide RunPreview > PoisonedPanel { height: 9; }
    Screen.-normal RunPreview > NumericsPreview, Screen.-normal RunPreview > PoisonedPanel { display: none; }
    Screen.-short RunPreview > NumericsPreview, Screen.-short RunPreview > PoisonedPanel { display: none; }
    RunPreview > .--needless { display: none; }
    """

    @property
    def has_room(self) -> bool:
        """Whether the screen's size has room for it, shown or put away."""
        return self.display or self.styles.inline.has_rule("display")

    def toggle(self) -> None:
        """Put it away, or back to where the screen's size has room for it."""
        if self.styles.inline.has_rule("display"):
            self.styles.inline.clear_rule("display")
            self.refresh(layout=True)
        else:
            self.display = False

    def show(self, view: "RunView") -> None:
        """Show this run."""
        from ssp_tui.panels.errors import ErrorsPanel
        from ssp_tui.panels.numerics import NumericsPreview
        from ssp_tui.panels.panel import Panel
        from ssp_tui.panels.poisoned import PoisonedPanel
        from ssp_tui.panels.run_card import RunCard

        if not self.children:
            self.mount(*(kind(id=f"preview-{kind.TITLE.split()[0].lower()}")
                         for kind in (RunCard, ErrorsPanel, NumericsPreview, PoisonedPanel)))  # fmt: skip
        for panel in self.query_children(Panel):
            panel.view = view
        has_poison = view.config is None or view.config.space.num_poisoned_outputs > 0
        self.query_one(PoisonedPanel).set_class(not has_poison, "--needless")

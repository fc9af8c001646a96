"""A page longer than its window: what the help and the first event of a run are written on."""

from textual import events

from ssp_tui.drawn import Drawn


class ScrolledPage(Drawn):
    """Knows its first row in sight; drawing keeps it within the page."""

    top = 0

    def scroll_by(self, rows: int) -> None:
        """Some rows down, or up."""
        self.top += rows
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.scroll_by(-3)

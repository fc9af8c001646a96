"""A framed panel of the Run screen, over a pure drawing of its body."""

import time
from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer

from ssp_tui.drawn import Drawn, Lines
from ssp_tui.panels.line_layout import Piece, framed
from ssp_tui.run_view import RunView

LEAST_WIDTH, LEAST_HEIGHT = 24, 6
"""Smaller panels have no frame."""


class Panel(Drawn):
    """Draws the bound view; subclasses give `TITLE`, `draw_body` and, if they have one, `note`."""

    TITLE = ""

    LEAST_SECONDS = 0.0
    """Time between two drawings of a live run: large changes every quarter of a second help nobody."""

    _drawn_at = 0.0
    _waiting: Timer | None = None

    view: reactive[RunView | None] = reactive[RunView | None](None, repaint=False)
    is_current: reactive[bool] = reactive(False, repaint=False)

    class Clicked(Message):
        """Somebody clicked a panel."""

        def __init__(self, name: str, is_double: bool) -> None:
            """Name the panel."""
            self.name, self.is_double = name, is_double
            super().__init__()

    def watch_view(self, before: RunView | None, view: RunView | None) -> None:
        """Draw anew if this panel shows anything of what changed; busy panels wait for what comes next."""
        if before is not None and view is not None and before.whole.run_id != view.whole.run_id:
            self.forget()
        if before is None or view is None or _chosen(before) != _chosen(view):
            self._draw_now()
        elif self.is_news(before, view) and self._waiting is None:
            wait = self._drawn_at + self.LEAST_SECONDS - time.monotonic()
            if wait <= 0:
                self._draw_now()
            else:
                self._waiting = self.set_timer(wait, self._draw_now)

    def _draw_now(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        self._drawn_at = time.monotonic()
        self.redraw()

    def forget(self) -> None:
        """Another run is shown: nothing that was kept of the one before counts."""

    def is_news(self, before: RunView, view: RunView) -> bool:
        """Whether the panel may look different; progress within an epoch is the header's matter."""
        old, new = before.whole, view.whole
        return (
            old.state.epochs is not new.state.epochs
            or old.state.broke is not new.state.broke
            or old.state.started is not new.state.started
            or old.config is not new.config
            or old.is_live != new.is_live
            or old.exists != new.exists
            or before.hazard is not view.hazard
        )

    def watch_is_current(self) -> None:
        """Light the frame or let it go dark."""
        self.redraw()

    def draw(self, width: int, height: int) -> Lines:
        """The body in its frame; the body alone where there is little room."""
        if self.view is None:
            return []
        if width < LEAST_WIDTH or height < LEAST_HEIGHT:
            return self.draw_body(self.view, width, height)
        body = self.draw_body(self.view, width - 4, height - 2)
        note = self.note(self.view, width - len(self.TITLE) - 9)
        return framed(body, width, height, self.TITLE, note, self.is_current, self.glyphs)

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """What the panel shows."""
        raise NotImplementedError

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """A few words at the right end of the frame's upper edge, `width` cells at most."""
        del view, width
        return ()

    def on_click(self, event: events.Click) -> None:
        """Choose this panel; twice maximises it."""
        assert self.id is not None
        self.post_message(self.Clicked(self.id, event.chain == 2))


def _chosen(view: RunView) -> tuple[str, int | None, int, bool, bool]:
    """What the person chose to see; a change of it is shown at once."""
    return view.whole.run_id, view.epoch, view.rank, view.triangle, view.rewards

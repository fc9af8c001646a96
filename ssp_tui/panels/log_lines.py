"""A long text one scrolls in, that can follow its end."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.drawn import Drawn, Line, Lines
from ssp_tui.theme import Tone


class LogLines(Drawn, can_focus=True):
    """Draws the lines in sight."""

    DEFAULT_CSS = "LogLines { height: 1fr; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
    ]

    def __init__(self, title: str, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Start with nothing to show, at the end of it."""
        super().__init__(id=id, classes=classes)
        self._title, self.texts, self._empty = title, list[str](), ""
        self.top, self.is_following = 0, True

    def show(self, texts: list[str], empty: str) -> None:
        """Show these lines, clean already; `empty` where there are none."""
        self.texts, self._empty = texts, empty
        self._settle()

    def toggle_follow(self) -> None:
        """Follow the end, or stay."""
        self.is_following = not self.is_following
        self._settle()

    @property
    def _last_top(self) -> int:
        return max(0, len(self.texts) - max(1, self.size.height - 1))

    def _settle(self) -> None:
        self.top = self._last_top if self.is_following else max(0, min(self.top, self._last_top))
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Keep what is in sight."""
        del event
        self._settle()

    def action_move(self, rows: int) -> None:
        """Scroll; reaching the end follows it again."""
        self.top = max(0, min(self.top + rows, self._last_top))
        self.is_following = self.top == self._last_top
        self._settle()

    def action_page(self, pages: int) -> None:
        """Scroll by what is in sight."""
        self.action_move(pages * max(1, self.size.height - 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.action_move(-3)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Light the title or let it go dark; the events of focus come before it is known who has it."""
        super().watch_has_focus(has_focus)
        self.redraw()

    def draw(self, width: int, height: int) -> Lines:
        """A title, then the lines in sight."""
        ellipsis = self.glyphs.ellipsis
        seen = self.texts[self.top : self.top + max(0, height - 1)]
        place = f"{self.top + 1}-{self.top + len(seen)} of {len(self.texts)}" if seen else ""
        follow = "following" if self.is_following else "f follows the end"
        title_tone = Tone.TITLE_FOCUSED if self.has_focus else Tone.TITLE
        title: Line = [
            (fitted(self._title, max(0, width - 36), ellipsis), title_tone),
            (f"{place} · {follow}".rjust(36)[:width], Role.MUTED),
        ]
        if not seen:
            return [title, [], [(self._empty, Role.MUTED)]]
        return [title, *([(fitted(text, width, ellipsis), _role(text))] for text in seen)]


def _role(text: str) -> Role | Tone:
    lowered = text[:200].lower()
    if "error" in lowered or "traceback" in lowered:
        return Tone.BAD
    if "not finite" in lowered or "weights nan" in lowered:
        return Role.NAN
    if "first null step" in lowered:
        return Role.NULL_STEP
    return Tone.WARN if "warn" in lowered else Role.TEXT

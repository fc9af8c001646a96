"""A long text one scrolls in, that can follow its end."""

from bisect import bisect_left
from operator import itemgetter

from textual import events

from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of, fitted
from ssp_tui.drawn import Drawn, Line, Lines
from ssp_tui.theme import Tone

INDENT = "    "
"""Before what goes on of a line that is wider than the screen."""


class LogLines(Drawn, can_focus=True):
    """Draws the lines in sight."""

    DEFAULT_CSS = "LogLines { height: 1fr; padding: 0 1; }"

    def __init__(self, title: str, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Start with nothing to show, at the end of it."""
        super().__init__(id=id, classes=classes)
        self._title, self.texts, self._empty = title, list[str](), ""
        self._rows: list[tuple[str, int]] = []
        """Each row as it is drawn, and the place of its text."""
        self._laid = self.texts
        self._width = 0
        self.top, self.is_following = 0, True

    def show(self, texts: list[str], empty: str) -> None:
        """Show these lines, clean already; `empty` where there are none."""
        self.texts, self._empty = texts, empty
        self._lay(self._width)
        self._settle()

    def toggle_follow(self) -> None:
        """Follow the end, or stay."""
        self.is_following = not self.is_following
        self._settle()

    def _lay(self, width: int) -> None:
        """Put the texts on rows; those that were laid for this width before stay, a log mostly grows."""
        kept = 0
        if width == self._width:
            same = (old == new for old, new in zip(self._laid, self.texts, strict=False))
            kept = next((place for place, is_same in enumerate(same) if not is_same), len(self._laid))
        kept = min(kept, len(self.texts))
        self._rows = self._rows[: bisect_left(self._rows, kept, key=itemgetter(1))]
        for place in range(kept, len(self.texts)):
            self._rows += [(row, place) for row in rows_of(self.texts[place], width)]
        self._laid, self._width = self.texts, width

    def _last_top(self, height: int) -> int:
        return max(0, len(self._rows) - max(1, height - 1))

    def _fit(self, width: int, height: int) -> None:
        """Lay the rows for a new width, the first text in sight still the first, or the end in sight."""
        if width != self._width:
            first = self._rows[self.top][1] if self.top < len(self._rows) else 0
            self._lay(width)
            self.top = next((row for row, (_, place) in enumerate(self._rows) if place >= first), 0)
        last = self._last_top(height)
        self.top = last if self.is_following else max(0, min(self.top, last))

    def _settle(self) -> None:
        self._fit(*self.size)
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Keep what is in sight."""
        del event
        self._settle()

    def action_move(self, rows: int) -> None:
        """Scroll by rows; reaching the end follows it again."""
        last = self._last_top(self.size.height)
        self.top = max(0, min(self.top + rows, last))
        self.is_following = self.top == last
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
        """A title, then the rows in sight."""
        self._fit(width, height)
        seen = self._rows[self.top : self.top + max(0, height - 1)]
        place = f"{seen[0][1] + 1}-{seen[-1][1] + 1} of {len(self.texts)}" if seen else ""
        follow = "following" if self.is_following else f"{self.key_now('log.follow')} follows the end"
        title_tone = Tone.TITLE_FOCUSED if self.has_focus else Tone.TITLE
        right = f"  {place} · {follow}"
        title: Line = [
            (fitted(self._title, max(0, width - len(right)), self.glyphs.ellipsis), title_tone),
            (right[-width:], Role.MUTED),
        ]
        if not seen:
            return [title, [], [(self._empty, Role.MUTED)]]
        return [title, *([(row, _role(self.texts[place]))] for row, place in seen)]


def rows_of(text: str, width: int) -> list[str]:
    """The text on the rows it needs, broken at a blank where one is near; further ones are indented."""
    if width < 1 or (len(text) <= width and text.isascii()):
        return [text]
    indent = INDENT if width >= 3 * len(INDENT) else ""
    cells, rows = cells_of(text), list[str]()
    while len(cells) > width - len(indent) * bool(rows):
        room = width - len(indent) * bool(rows)
        blanks = [x for x in range(room // 2, room + 1) if cells[x] == " "]
        end = blanks[-1] if blanks else room
        # Both halves of a wide character stay in one row, even in one too narrow for it.
        end = end if cells[end] else end - 1 if end > 1 else end + 1
        rows.append(indent * bool(rows) + "".join(cells[:end]))
        cells = cells[end:] if not blanks else cells[end + 1 :]
    return [*rows, indent * bool(rows) + "".join(cells)] if cells or not rows else rows


def _role(text: str) -> Role | Tone:
    lowered = text[:200].lower()
    if "error" in lowered or "traceback" in lowered:
        return Tone.BAD
    if "not finite" in lowered or "weights nan" in lowered:
        return Role.NAN
    if "first null step" in lowered:
        return Role.NULL_STEP
    return Tone.WARN if "warn" in lowered else Role.TEXT

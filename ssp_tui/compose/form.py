"""The form one moves and types in; it holds the draft, and says when that has changed."""

from textual import events
from textual.message import Message

from ssp_tui.cleaning import clean
from ssp_tui.compose import editing
from ssp_tui.compose.draft import Draft, first_draft
from ssp_tui.compose.field import Field, FormRow, Kind
from ssp_tui.compose.fields import form_rows
from ssp_tui.compose.form_lines import FormView, draw_form, row_of
from ssp_tui.compose.reading import Reading, read_draft
from ssp_tui.drawn import Drawn, Lines

MAX_TYPED = 200


class Form(Drawn, can_focus=True):
    """Draws the rows in sight; keys reach it as the screen's actions, typing as key events."""

    DEFAULT_CSS = "Form { padding: 0 1; }"

    class Changed(Message):
        """The draft is another one."""

    class LaunchPressed(Message):
        """The last row was chosen."""

    def __init__(self, picks: tuple[tuple[str, str], ...]) -> None:
        """Begin with the first draft; `picks` are the keys of the paper's sets."""
        super().__init__()
        self.draft: Draft = first_draft()
        self.reading: Reading = read_draft(self.draft)
        self.rows: tuple[FormRow, ...] = form_rows(self.draft, self.reading)
        self.cursor = "base"
        self.edited: str | None = None
        self.shares: tuple[float, ...] = ()
        self._before: Draft = self.draft
        self._picks, self._top = picks, 0

    @property
    def field(self) -> Field:
        """The field under the cursor."""
        return next(field for row in self.rows for field in row.fields if field.key == self.cursor)

    def show(self, draft: Draft, shares: tuple[float, ...] | None = None) -> None:
        """Show a draft, and tell of it; the cursor stays on its field while there is one."""
        if draft == self.draft and shares is None:
            return
        self.draft, self.reading = draft, read_draft(draft)
        self.rows = form_rows(draft, self.reading)
        if not any(field.key == self.cursor for row in self.rows for field in row.fields):
            self.cursor = "base"
        self.post_message(self.Changed())
        self.settle()

    def settle(self) -> None:
        """Keep the cursor in sight, and draw."""
        room, row = max(1, self.size.height - 1), row_of(self.rows, self.cursor)
        # A heading just above the cursor comes into sight with it.
        first = row - 1 if row and not self.rows[row - 1].fields else row
        self._top = max(0, min(max(self._top, row - room + 1), first, len(self.rows) - room))
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        self.settle()

    def draw(self, width: int, height: int) -> Lines:
        """The rows in sight."""
        view = FormView(
            rows=self.rows,
            cursor=self.cursor,
            edited=self.edited,
            refusals=self.reading.refusals,
            shares=self.shares if self.reading.config else (),
            picks=self._picks,
            top=self._top,
        )
        return draw_form(view, width, height, self.glyphs)

    def move_row(self, step: int) -> None:
        """To the same place in another row that has fields."""
        self.end_edit()
        rows = [row for row in self.rows if row.fields]
        here = next(i for i, row in enumerate(rows) if any(f.key == self.cursor for f in row.fields))
        place = [field.key for field in rows[here].fields].index(self.cursor)
        fields = rows[max(0, min(here + step, len(rows) - 1))].fields
        self.go(fields[min(place, len(fields) - 1)].key)

    def move_field(self, step: int) -> None:
        """To the next field, the last one followed by the first."""
        self.end_edit()
        keys = [field.key for row in self.rows for field in row.fields]
        self.go(keys[(keys.index(self.cursor) + step) % len(keys)])

    def go(self, key: str) -> None:
        """To this field."""
        self.cursor = key
        self.settle()

    def toggle(self) -> None:
        """Take the row's operation in or out; elsewhere, the next choice."""
        if self.cursor.startswith(("original.", "poison.")):
            self.show(editing.toggled(self.draft, self.cursor))
        elif self.field.choices:
            self.step(1)

    def step(self, direction: int, by_one: bool = False) -> None:
        """To the next round value or choice."""
        self.end_edit()
        if self.field.kind is Kind.TOGGLE:
            self.show(editing.toggled(self.draft, self.cursor))
        elif self.field.kind in (Kind.NUMBER, Kind.CHOICE):
            self.show(editing.stepped(self.draft, self.field, direction, by_one))

    def begin_edit(self) -> None:
        """Type into the field, press the button, or toggle; a second time ends typing."""
        kind = self.field.kind
        if self.edited is not None:
            self.end_edit()
        elif kind is Kind.BUTTON:
            self.post_message(self.LaunchPressed())
        elif kind is Kind.TOGGLE or self.cursor in ("base", "size"):
            self.toggle()
        else:
            self._before, self.edited = self.draft, self.field.text
            self.redraw()

    def end_edit(self) -> None:
        """Keep what was typed."""
        if self.edited is not None:
            self.edited = None
            self.redraw()

    def undo_edit(self) -> None:
        """Forget what was typed."""
        self.edited = None
        self.show(self._before)
        self.redraw()

    def type_text(self, text: str) -> None:
        """Add to what is typed, or begin to type it in place of the value."""
        if self.edited is None:
            self._before = self.draft
        self.edited = ((self.edited or "") + clean(text, MAX_TYPED))[:MAX_TYPED]
        self.show(editing.typed(self.draft, self.cursor, self.edited))
        self.redraw()

    def on_key(self, event: events.Key) -> None:
        """While typing, every key that makes a character; else digits begin to type."""
        if self.edited is None:
            if self.field.kind is Kind.NUMBER and (event.character or "").isdecimal():
                event.stop()
                self.type_text(event.character or "")
            return
        if event.key == "escape":
            self.undo_edit()
        elif event.key in ("backspace", "ctrl+u"):
            self.edited = self.edited[:-1] if event.key == "backspace" else ""
            self.show(editing.typed(self.draft, self.cursor, self.edited))
            self.redraw()
        elif event.is_printable and event.character:
            self.type_text(event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """A paste while typing is typed; any other is the screen's to judge."""
        if self.edited is not None:
            event.stop()
            self.type_text(event.text)

    def on_click(self, event: events.Click) -> None:
        """A click goes to the row; one on a mark toggles it, one on Launch launches."""
        place = self._top + event.y
        if event.y >= self.size.height - 1 or place >= len(self.rows) or not self.rows[place].fields:
            return
        self.end_edit()
        row = self.rows[place]
        self.go(row.fields[0].key)
        if row.mark and event.x < 7:
            self.toggle()
        elif row.fields[0].kind is Kind.BUTTON:
            self.post_message(self.LaunchPressed())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.move_row(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.move_row(-3)

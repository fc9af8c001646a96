"""The form one moves and types in; it says when its draft has changed."""

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from ssp_tui.compose.draft import Draft
from ssp_tui.compose.field import Kind
from ssp_tui.compose.form_lines import FormView, draw_form, row_of
from ssp_tui.compose.form_model import FormModel
from ssp_tui.drawn import Drawn, Lines
from ssp_tui.keys import bindings
from ssp_tui.panels.scroll_bar import with_scroll_bar
from ssp_tui.plan_keys import FORM_KEYS, PICK_KEYS

if TYPE_CHECKING:
    pass


class Form(Drawn, can_focus=True):
    """Draws the rows in sight of its model."""

    DEFAULT_CSS = "Form { padding: 0 0 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*FORM_KEYS, *PICK_KEYS))

    class Changed(Message):
        """The draft is another one."""

    class Settled(Message):
        """The cursor or what is typed may be another."""

        def can_replace(self, message: Message) -> bool:
            """One is as good as many."""
            return isinstance(message, Form.Settled)

    class LaunchPressed(Message):
        """The last row was chosen."""

    def __init__(self, picks: tuple[tuple[str, str], ...]) -> None:
        """Begin with the first draft; `picks` are the keys of the paper's sets."""
        super().__init__()
        self.model = FormModel()
        self.shares: tuple[float, ...] = ()
        """Of each slot of the space."""
        self._picks, self._top = picks, 0
        self._told: Draft = self.model.draft

    def show(self, draft: Draft) -> None:
        """Show another draft."""
        self.model.show(draft)
        self.settle()

    def go(self, key: str) -> None:
        """To this field."""
        self.model.go(key)
        self.settle()

    def settle(self) -> None:
        """Tell of a changed draft, keep the cursor in sight, and draw."""
        if self.model.draft != self._told:
            self._told = self.model.draft
            self.post_message(self.Changed())
        rows = self.model.rows
        room, row = max(1, self.size.height), row_of(rows, self.model.cursor)
        # A heading just above the cursor comes into sight with it.
        first = row - 1 if row and not rows[row - 1].fields else row
        self._top = max(0, min(max(self._top, row - room + 1), first, len(rows) - room))
        self.redraw()
        self.post_message(self.Settled())

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        self.settle()

    def draw(self, width: int, height: int) -> Lines:
        """The rows in sight, and a scroll bar where not all are."""
        view, room = self.view, max(1, width - 1)
        lines = draw_form(view, room, height, self.glyphs)
        if len(view.rows) <= height:
            return lines
        return with_scroll_bar(lines, room, self._top, len(view.rows), self.glyphs)

    @property
    def view(self) -> FormView:
        """What is to be drawn."""
        model = self.model
        return FormView(
            rows=model.rows,
            cursor=model.cursor,
            edited=model.edited,
            refusals=model.reading.refusals,
            shares=self.shares if model.reading.config else (),
            picks=self._picks,
            top=self._top,
            toggle=self.key_now("compose.toggle"),
        )

    def action_do(self, deed: str, *arguments: object) -> None:
        """Have the model do something, by the name of its method."""
        getattr(self.model, deed)(*arguments)
        self.settle()

    def action_edit(self) -> None:
        """Type, or press."""
        if self.model.field.kind is Kind.BUTTON:
            self.post_message(self.LaunchPressed())
        self.model.begin_edit()
        self.settle()

    def on_key(self, event: events.Key) -> None:
        """While typing, every key that makes a character; else digits begin to type."""
        model, character = self.model, event.character or ""
        if model.edited is None and not (model.field.kind is Kind.NUMBER and character.isdecimal()):
            return
        if event.key == "escape":
            model.undo_edit()
        elif event.key in ("backspace", "ctrl+u"):
            model.erase(everything=event.key == "ctrl+u")
        elif event.is_printable and character:
            model.type_text(character)
        else:
            return
        event.stop()
        event.prevent_default()
        self.settle()

    def on_paste(self, event: events.Paste) -> None:
        """A paste while typing is typed; any other is the screen's to judge."""
        if self.model.edited is not None:
            event.stop()
            self.model.type_text(event.text)
            self.settle()

    def on_click(self, event: events.Click) -> None:
        """A click goes to the row; one on a mark toggles it, one on Launch launches."""
        place, rows = self._top + event.y, self.model.rows
        if place >= len(rows) or not rows[place].fields:
            return
        self.go(rows[place].fields[0].key)
        if rows[place].mark and event.x < 7:
            self.action_do("toggle")
        elif rows[place].fields[0].kind is Kind.BUTTON:
            self.post_message(self.LaunchPressed())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.action_do("move_row", 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.action_do("move_row", -3)

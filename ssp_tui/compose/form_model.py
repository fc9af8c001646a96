"""The form without its drawing: a draft, its reading, the cursor's field, and what is being typed into it."""

from ssp_tui.cleaning import clean
from ssp_tui.compose import editing
from ssp_tui.compose.draft import Draft, first_draft
from ssp_tui.compose.field import Field, FormRow, Kind
from ssp_tui.compose.fields import form_rows
from ssp_tui.compose.reading import Reading, read_draft

MAX_TYPED = 200


class FormModel:
    """Everything keys do to the form; whoever draws it looks at it afterwards."""

    def __init__(self) -> None:
        """Begin with the first draft."""
        self.draft: Draft = first_draft()
        self.reading: Reading = read_draft(self.draft)
        self.rows: tuple[FormRow, ...] = form_rows(self.draft, self.reading)
        self.cursor = "base"
        """The key of the field the cursor stands on."""
        self.edited: str | None = None
        """What is being typed into it."""
        self._before: Draft = self.draft

    @property
    def field(self) -> Field:
        """The field under the cursor."""
        return next(field for row in self.rows for field in row.fields if field.key == self.cursor)

    def show(self, draft: Draft) -> None:
        """Take another draft; the cursor stays on its field while there is one."""
        self.draft, self.reading = draft, read_draft(draft)
        self.rows = form_rows(draft, self.reading)
        if self.cursor not in self._keys():
            self.cursor = "base"

    def _keys(self) -> list[str]:
        return [field.key for row in self.rows for field in row.fields]

    def go(self, key: str) -> None:
        """To this field."""
        self.edited, self.cursor = None, key

    def move_row(self, step: int) -> None:
        """To the same place in another row that has fields."""
        rows = [row for row in self.rows if row.fields]
        here = next(i for i, row in enumerate(rows) if any(f.key == self.cursor for f in row.fields))
        place = [field.key for field in rows[here].fields].index(self.cursor)
        fields = rows[max(0, min(here + step, len(rows) - 1))].fields
        self.go(fields[min(place, len(fields) - 1)].key)

    def move_field(self, step: int) -> None:
        """To the next field, the last one followed by the first."""
        keys = self._keys()
        self.go(keys[(keys.index(self.cursor) + step) % len(keys)])

    def toggle(self) -> None:
        """Take the row's operation in or out; elsewhere, the next choice."""
        if self.cursor.startswith(("original.", "poison.")):
            self.show(editing.toggled(self.draft, self.cursor))
        elif self.field.choices:
            self.step(1)

    def step(self, direction: int, by_one: bool = False) -> None:
        """To the next round value or choice; an operation, in or out."""
        self.edited = None
        if self.field.kind is Kind.TOGGLE:
            self.show(editing.toggled(self.draft, self.cursor))
        elif self.field.kind in (Kind.NUMBER, Kind.CHOICE):
            self.show(editing.stepped(self.draft, self.field, direction, by_one))

    def pick(self, name: str) -> None:
        """Choose one of the paper's poisoning sets, and nothing else."""
        self.edited = None
        self.show(editing.picked(self.draft, name))

    def duplicate(self) -> None:
        """Offer the poison under the cursor once more."""
        self.show(editing.duplicated(self.draft, self.cursor))

    def begin_edit(self) -> None:
        """Begin to type into the field, or toggle it; a second time ends typing."""
        if self.edited is not None:
            self.edited = None
        elif self.field.kind is Kind.TOGGLE or self.cursor in ("base", "size"):
            self.toggle()
        elif self.field.kind is not Kind.BUTTON:
            self._before, self.edited = self.draft, self.field.text

    def type_text(self, text: str) -> None:
        """Add to what is typed, or begin to type it in place of the value."""
        if self.edited is None:
            self._before, self.edited = self.draft, ""
        self._put((self.edited + clean(text, MAX_TYPED))[:MAX_TYPED])

    def erase(self, everything: bool = False) -> None:
        """Take back the last character typed, or all."""
        if self.edited is not None:
            self._put("" if everything else self.edited[:-1])

    def undo_edit(self) -> None:
        """Forget what was typed."""
        self.edited = None
        self.show(self._before)

    def _put(self, text: str) -> None:
        self.edited = text
        self.show(editing.typed(self.draft, self.cursor, text))

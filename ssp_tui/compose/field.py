"""What a row of the composer's form is made of."""

import dataclasses
from enum import Enum

IN_OR_OUT = "takes it in or out"
"""What a hint ends with whose field the toggling key acts on; whoever draws it puts the key before it."""


class Kind(Enum):
    """What can be done with a field."""

    TOGGLE = "toggle"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    BUTTON = "button"


@dataclasses.dataclass(frozen=True)
class Field:
    """One thing the cursor can stand on."""

    key: str
    kind: Kind
    text: str
    """Its value as typed."""
    hint: str = ""
    """What it is or allows, for the line under the form."""
    name: str = ""
    """Shown before the value where a row has several."""
    choices: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class FormRow:
    """A heading, or a label with its fields."""

    label: str
    fields: tuple[Field, ...] = ()
    aside: str = ""
    """What else could stand there, or in which unit; shown where there is room."""
    mark: str = ""
    """clean or poison: the row has a toggle of that meaning."""
    is_on: bool = False
    slot: int | None = None
    """For a toggled-on operation, its place among the space's slots."""

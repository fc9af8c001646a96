"""What came of doing a run's steps again up to the one where numbers broke."""

import dataclasses
import math

from engine.record.encoding import to_plain
from engine.record.events import NumericsBroke


@dataclasses.dataclass(frozen=True)
class Replay:
    """A step done again, from a checkpoint or from the very start."""

    from_step: int
    """Child steps done when it was taken up."""
    checkpoint: str
    """The file it was taken up from; empty for the start of the run."""
    event: NumericsBroke | None
    """The same kind of event as it happened this time; None when it did not by the recorded step."""


def differing_fields(recorded: NumericsBroke, again: NumericsBroke) -> tuple[str, ...]:
    """Names of what is not the same bit for bit; what the record is too old to hold is passed over."""
    return tuple(
        field.name
        for field in dataclasses.fields(NumericsBroke)
        if not _is_absent(field, getattr(recorded, field.name))
        and to_plain(getattr(recorded, field.name)) != to_plain(getattr(again, field.name))
    )


def _is_absent(field: dataclasses.Field[object], value: object) -> bool:
    if isinstance(field.default, float) and math.isnan(field.default):
        return isinstance(value, float) and math.isnan(value)
    return bool(value == field.default)

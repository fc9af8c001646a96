"""The columns of a heatmap: one a slot, or several slots merged where there are too many."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Slot:
    """The head of a column."""

    label: str
    poisoned: bool
    shorter: tuple[str, ...] = ()
    """What the label may be cut down to, longest first."""

    @property
    def forms(self) -> tuple[str, ...]:
        """Every name it may have, longest first."""
        return (self.label, *self.shorter)


Columns = tuple[tuple[int, ...], ...]
"""The slots each drawn column stands for."""


def columns_within(slots: tuple[Slot, ...], most: int) -> Columns:
    """As few slots a column as fit, never a clean one and a poisoned one together."""
    most = max(1, most)
    for size in range(-(-len(slots) // most), len(slots) + 1):
        columns = _grouped(slots, size)
        if len(columns) <= most:
            return columns
    return _grouped(slots, len(slots))


def _grouped(slots: tuple[Slot, ...], size: int) -> Columns:
    columns: list[tuple[int, ...]] = []
    for index, slot in enumerate(slots):
        last = columns[-1] if columns else ()
        if last and len(last) < size and slots[last[0]].poisoned == slot.poisoned:
            columns[-1] = (*last, index)
        else:
            columns.append((index,))
    return tuple(columns)

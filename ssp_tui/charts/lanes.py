"""Which lane each skip connection takes, so that a graph reads one row a layer."""

from collections.abc import Sequence
from typing import NamedTuple

Skips = Sequence[tuple[int, ...]]
"""For each layer the earlier layers whose outputs it selects, counted from 0."""


class Crossing(NamedTuple):
    """What one lane does in one layer's row."""

    source: int
    """The layer whose output runs in the lane."""
    consumed: bool
    """The layer of this row takes it."""
    opened: bool
    """The layer of this row is the source."""


def crossings(skips: Skips) -> list[list[Crossing | None]]:
    """For each layer what every lane does in its row; None where a lane lies idle.

    An output opens the lowest free lane if a later layer selects it. The lane is free again in the
    row after its last consumer's.
    """
    last_use = {source: layer for layer, sources in enumerate(skips) for source in sources}
    lanes: list[int | None] = []
    rows: list[list[Crossing | None]] = []
    for layer, sources in enumerate(skips):
        lanes = [s if s is not None and last_use[s] >= layer else None for s in lanes]
        if last_use.get(layer, layer) > layer:
            _open(lanes, layer)
        row = [None if s is None else Crossing(s, s in sources, s == layer) for s in lanes]
        rows.append(row)
    return rows


def _open(lanes: list[int | None], layer: int) -> None:
    if None in lanes:
        lanes[lanes.index(None)] = layer
    else:
        lanes.append(layer)

"""How a derived run is told from a search wherever one is shown: its errors are final, a search's are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssp_tui.cleaning import clean

if TYPE_CHECKING:  # the list of runs needs no configuration, and must be there at once
    from engine.plan.architecture import Architecture
    from engine.plan.config import RunConfig
    from engine.plan.space import Space

FINAL = "final (from scratch)"
"""What the errors of a derived run are called; a search's are those of shared weights."""


def origin(config: RunConfig | None) -> str:
    """Of which run, epoch and candidate a derived run is, clean; empty for a search."""
    derived = config.derived if config else None
    if derived is None:
        return ""
    return f"derived of {clean(derived.of, 80)}, epoch {derived.epoch}, candidate {derived.candidate}"


def layer_texts(space: Space, architecture: Architecture) -> list[str]:
    """Each layer in a few letters, counted from 1: "3 maxpool3x3 <1,2" reads layers 1 and 2 as well."""
    texts = []
    for index, (output, skips) in enumerate(zip(architecture.outputs, architecture.skips, strict=True)):
        slot = space.slots[space.slot_of_output[output]]
        sources = f" <{','.join(str(source + 1) for source in skips)}" if skips else ""
        texts.append(f"{index + 1} {slot.operation.label}{' (poison)' * slot.poisoned}{sources}")
    return texts


def origin_of_row(derived_of: str) -> str:
    """The same from what a list knows."""
    return f"derived of {clean(derived_of, 80)}, errors {FINAL}" if derived_of else ""

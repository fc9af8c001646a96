"""What a derived run trains from scratch: one architecture, and of which search's which candidate it is."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from engine.plan.architecture import Architecture
from engine.plan.setting import refuse_unknown, shown

DERIVED_OF, DERIVED = "derived_of", "derived"
"""The search's run id stands in the heading, which is all a list of runs reads; the rest in a section."""

_KEYS = ("epoch", "candidate", "accuracy", "outputs", "skips")


@dataclasses.dataclass(frozen=True)
class Derived:
    """One candidate of a search, to be trained alone."""

    of: str
    """The search's run id."""
    epoch: int
    """The epoch whose candidate it is, from 0."""
    candidate: int
    """Its index among that epoch's candidates, from 0."""
    accuracy: float
    """What the search measured with the shared weights, a fraction: on one validation batch."""
    architecture: Architecture

    def table(self) -> dict[str, Any]:
        """The [derived] section; `of` stands in the heading."""
        outputs, skips = self.architecture.outputs, self.architecture.skips
        return {
            "epoch": self.epoch,
            "candidate": self.candidate,
            "accuracy": self.accuracy,
            "outputs": list(outputs),
            "skips": [list(sources) for sources in skips],
        }


def read_derived(of: Any, table: Any) -> Derived:
    """Read the heading's `derived_of` and the [derived] section; ValueError names what is wrong."""
    if not isinstance(of, str) or not 0 < len(of) <= 255 or not of.isprintable():
        raise ValueError(f"{DERIVED_OF} = {shown(of)} must be the id of the run that [{DERIVED}] is of")
    if not isinstance(table, Mapping):
        raise ValueError(f"[{DERIVED}] must be a table, as {DERIVED_OF} has it")
    refuse_unknown(table, _KEYS, DERIVED)
    for key in ("epoch", "candidate"):
        if not _is_index(table.get(key)):
            raise ValueError(f"{DERIVED}.{key} = {shown(table.get(key))} must be a whole number from 0")
    accuracy = table.get("accuracy")
    if isinstance(accuracy, bool) or not isinstance(accuracy, int | float) or not 0 <= accuracy <= 1:
        raise ValueError(f"{DERIVED}.accuracy = {shown(accuracy)} must be a fraction, 0 to 1")
    architecture = _read_architecture(table.get("outputs"), table.get("skips"))
    return Derived(of, table["epoch"], table["candidate"], float(accuracy), architecture)


def check_architecture(architecture: Architecture, num_layers: int, num_outputs: int) -> None:
    """ValueError when the architecture is none of a space of so many outputs in so many layers."""
    outputs = architecture.outputs
    if len(outputs) != num_layers:
        raise ValueError(
            f"{DERIVED}.outputs has {len(outputs)} entries: allowed are child.layers = {num_layers}"
        )
    for output in outputs:
        if output >= num_outputs:
            raise ValueError(
                f"{DERIVED}.outputs: {shown(output)} is not allowed: 0 to {num_outputs - 1}, "
                "the controller's outputs in this space"
            )


def _read_architecture(outputs: Any, skips: Any) -> Architecture:
    if not isinstance(outputs, list) or not all(map(_is_index, outputs)):
        raise ValueError(f"{DERIVED}.outputs must be a list of whole numbers from 0, one a layer")
    if not isinstance(skips, list) or len(skips) != len(outputs):
        raise ValueError(f"{DERIVED}.skips must be a list of lists, one a layer")
    for layer, sources in enumerate(skips):
        if not isinstance(sources, list) or not all(_is_index(each) and each < layer for each in sources):
            raise ValueError(f"{DERIVED}.skips[{layer}] must be a list of earlier layers, 0 to {layer - 1}")
        if sorted(set(sources)) != sources:
            raise ValueError(f"{DERIVED}.skips[{layer}] must be ascending, each layer once")
    return Architecture(tuple(outputs), tuple(tuple(sources) for sources in skips))


def _is_index(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31

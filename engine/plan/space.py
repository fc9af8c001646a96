"""A search space as a value: ordered slots, each an operation with its copies and whether it is poison."""

import dataclasses
import functools
import math
from collections.abc import Mapping
from typing import Any

from engine.plan.operations import (
    AvgPool,
    Conv,
    Identity,
    MaxPool,
    Operation,
    SepConv,
    operation_text,
    parse_operation,
    read_operation,
)
from engine.plan.setting import nearest, refuse_unknown, shown

MAX_COPIES = 10_000
"""The most copies one slot may have: each is a row of the controller's embedding."""

MAX_OUTPUTS = 30_000
"""The most controller outputs a space may have: an epoch's policy is steps x layers x outputs numbers."""

BASES: dict[str, tuple[Operation, ...]] = {
    "enas6": (Conv(3), SepConv(3), Conv(5), SepConv(5), AvgPool(3), MaxPool(3)),
    "paper5": (Identity(), SepConv(3), SepConv(5), MaxPool(3), AvgPool(3)),
}
"""The two base spaces by name: what the paper's experiments ran on, and the list its section 2.1 gives."""


@dataclasses.dataclass(frozen=True)
class Slot:
    """One entry of a space: all its copies share one module per layer."""

    operation: Operation
    copies: int = 1
    poisoned: bool = False


@dataclasses.dataclass(frozen=True)
class Space:
    """An ordered tuple of slots; the controller has one output per copy."""

    base: str | tuple[str, ...]
    """The base space's name, or the texts of the chosen original operations."""

    slots: tuple[Slot, ...]

    by_kind: bool = False
    """Whether a kind of operation is chosen first and one of its outputs second (ENGINE.md section 9)."""

    @functools.cached_property
    def num_outputs(self) -> int:
        """N, the number of controller outputs: the sum of copies."""
        return sum(slot.copies for slot in self.slots)

    @functools.cached_property
    def num_poisoned_outputs(self) -> int:
        """The cardinality |q(P)|: how many outputs are poisoned."""
        return sum(slot.copies for slot in self.slots if slot.poisoned)

    @functools.cached_property
    def slot_of_output(self) -> tuple[int, ...]:
        """For each controller output, the index of the slot it belongs to."""
        return tuple(i for i, slot in enumerate(self.slots) for _ in range(slot.copies))

    @functools.cached_property
    def kinds(self) -> tuple[Operation, ...]:
        """The distinct operations: slots of one kind and the same parameters are one."""
        return tuple(dict.fromkeys(slot.operation for slot in self.slots))

    @functools.cached_property
    def kind_of_output(self) -> tuple[int, ...]:
        """For each controller output, the index of its distinct operation."""
        return tuple(self.kinds.index(self.slots[slot].operation) for slot in self.slot_of_output)

    @property
    def clean_probability(self) -> float:
        """Pr[o] of one clean output under a uniform policy: 1/N (paper section 3.2); by kind, their mean."""
        if not self.by_kind:
            return 1 / self.num_outputs
        num_clean = self.num_outputs - self.num_poisoned_outputs
        return (1 - self.poisoned_probability) / num_clean if num_clean else 0.0

    @functools.cached_property
    def poisoned_probability(self) -> float:
        """Share of a uniform policy's choices that are poison: b/N; by kind, 1/K for each kind of poison."""
        if not self.by_kind:
            return self.num_poisoned_outputs / self.num_outputs
        return sum(self.slot_probability(slot) for slot in self.slots if slot.poisoned)

    def slot_probability(self, slot: Slot) -> float:
        """Pr[o] of a slot with all its copies under a uniform policy: q/N (paper section 3.2).

        By kind, 1/K where no other slot has the same operation, whatever its copies.
        """
        if not self.by_kind:
            return slot.copies / self.num_outputs
        alike = sum(each.copies for each in self.slots if each.operation == slot.operation)
        return slot.copies / alike / len(self.kinds)

    def expected_poisoned_layers(self, num_layers: int) -> float:
        """Poisoned layers of a child under a uniform policy: L * b / N, or as its choice by kind has it."""
        return num_layers * self.poisoned_probability

    def poisoned_layers_floor(self, num_layers: int, tanh_constant: float) -> float:
        """Poisoned layers even a perfect controller samples: L * b / (b + e^(2t) * (N - b)).

        Logits lie in +-t, so no choice is preferred over another by more than e^(2t) (ENGINE.md section 4).
        By kind that holds within each kind, and then among the kinds.
        """
        preference = math.exp(2 * tanh_constant)
        groups = self.kinds if self.by_kind else (None,)
        shares = sorted(self._least_share(operation, preference) for operation in groups)
        # The least mean prefers the kinds with the least poison; how many of them is tried.
        least = min(
            (preference * sum(shares[:num]) + sum(shares[num:])) / (preference * num + len(shares) - num)
            for num in range(1, len(shares) + 1)
        )
        return num_layers * least

    def _least_share(self, operation: Operation | None, preference: float) -> float:
        """Least share of poison among the outputs with this operation, or among all."""
        slots = [slot for slot in self.slots if operation is None or slot.operation == operation]
        poisoned = sum(slot.copies for slot in slots if slot.poisoned)
        clean = sum(slot.copies for slot in slots if not slot.poisoned)
        return poisoned / (poisoned + preference * clean)

    def table(self) -> dict[str, Any]:
        """The space as a preset writes it."""
        poison = [{**s.operation.table(), "copies": s.copies} for s in self.slots if s.poisoned]
        base = self.base if isinstance(self.base, str) else list(self.base)
        return {"base": base, **({"poison": poison} if poison else {})}


def make_space(base: str | tuple[Operation, ...], poison: tuple[tuple[Operation, int], ...] = ()) -> Space:
    """Build a space from a base (name or operations) and (operation, copies) pairs of poison."""
    if isinstance(base, str):
        if base not in BASES:
            known = ", ".join(BASES)
            raise ValueError(
                f"space.base = {shown(base)} is not one of {known}, or a list of operations"
                + nearest(base, BASES)
            )
        name: str | tuple[str, ...] = base
        operations = BASES[base]
    else:
        name, operations = tuple(operation_text(operation) for operation in base), base
    slots = tuple(Slot(operation) for operation in operations)
    slots += tuple(Slot(operation, copies, poisoned=True) for operation, copies in poison)
    if not slots:
        raise ValueError("space is empty: choose at least one operation")
    space = Space(name, slots)
    if space.num_outputs > MAX_OUTPUTS:
        raise ValueError(
            f"space has {space.num_outputs:,} controller outputs: "
            f"allowed are at most {MAX_OUTPUTS:,} copies in all"
        )
    return space


def read_space(table: Any) -> Space:
    """Build a space from a preset's [space] table; ValueError names what is wrong and what is allowed."""
    if not isinstance(table, Mapping):
        raise ValueError(f"[space] must be a table, not {type(table).__name__}")
    refuse_unknown(table, ("base", "poison"), "space")
    base = table.get("base", "enas6")
    if isinstance(base, list):
        base = tuple(_read_original(entry, f"space.base[{i}]") for i, entry in enumerate(base))
    elif not isinstance(base, str):
        raise ValueError(f"space.base = {shown(base)} must be a name or a list of operations")
    poison = table.get("poison", [])
    if not isinstance(poison, list):
        raise ValueError("space.poison must be tables headed [[space.poison]]")
    if len(poison) > 100:
        raise ValueError(f"space.poison has {len(poison)} entries: allowed are at most 100")
    return make_space(
        base, tuple(_read_poison(entry, f"space.poison[{i}]") for i, entry in enumerate(poison))
    )


def _read_original(entry: Any, where: str) -> Operation:
    if isinstance(entry, str):
        return parse_operation(entry, where)
    if isinstance(entry, Mapping):
        return read_operation(entry, where, beside=("op",))
    raise ValueError(f"{where} = {shown(entry)} must be an operation, such as conv3x3")


def _read_poison(entry: Any, where: str) -> tuple[Operation, int]:
    if not isinstance(entry, Mapping):
        raise ValueError(f"{where} must be a table with op and copies")
    copies = entry.get("copies", 1)
    if type(copies) is not int or not 1 <= copies <= MAX_COPIES:
        raise ValueError(
            f"{where}.copies = {shown(copies)} is not allowed: "
            f"a whole number, 1 to {MAX_COPIES:,} (the instance factor)"
        )
    return read_operation(entry, where, beside=("op", "copies")), copies

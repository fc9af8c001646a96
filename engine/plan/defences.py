"""Defences against a poisoned space: named switches, all off by default, and the space they leave."""

import dataclasses

from engine.plan.operations import operation_text
from engine.plan.setting import setting
from engine.plan.space import Slot, Space


@dataclasses.dataclass(frozen=True)
class Defences:
    """One switch per defence (docs/ENGINE.md section 9); a larger tanh constant is `controller`'s."""

    skip_nonfinite: bool = setting(False)
    """Leave out the update of a step whose gradient norm is not finite: null steps and NaN alike."""

    rollback: bool = setting(False)
    """After a step that leaves a loss or a weight not finite, go back to the last snapshot."""

    rollback_interval: int = setting(20, low=1, high=100_000, unit="steps between snapshots")
    """How often weights and momentum are copied while `rollback` is on."""

    drop_duplicates: bool = setting(False)
    """Search every distinct operation once: one slot, one copy."""

    factorised_controller: bool = setting(False)
    """Choose the kind of operation first and one of its copies second."""


def searched_space(given: Space, defences: Defences) -> Space:
    """The space the search runs on: as given, or as the defences leave it."""
    space = without_duplicates(given) if defences.drop_duplicates else given
    return dataclasses.replace(space, by_kind=defences.factorised_controller)


def without_duplicates(space: Space) -> Space:
    """Every distinct operation once: the first slot that has it, with one copy.

    Two slots are duplicates when their operations are of the same kind with the same parameters, whether they
    are poison or not. A poison that equals an original operation leaves nothing of its own.
    """
    first = {slot.operation: slot for slot in reversed(space.slots)}
    kept = tuple(dataclasses.replace(first[operation], copies=1) for operation in space.kinds)
    return dataclasses.replace(space, base=_base_of(space, kept), slots=kept)


def _base_of(space: Space, kept: tuple[Slot, ...]) -> str | tuple[str, ...]:
    originals = tuple(slot.operation for slot in kept if not slot.poisoned)
    before = tuple(slot.operation for slot in space.slots if not slot.poisoned)
    return space.base if originals == before else tuple(map(operation_text, originals))

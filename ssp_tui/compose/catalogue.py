"""What the composer offers: operations, the paper's poisoning sets, round values, and two sizes of run."""

import dataclasses
import functools

from engine.plan.config import RunConfig, paper_default
from engine.plan.operations import Conv, Dropout, Gaussian, Identity, Operation, TransposedConv
from engine.plan.presets import COMPOSED, resolve_config
from engine.plan.space import BASES, Space
from engine.plan.space_text import poison_text

ORIGINALS: tuple[Operation, ...] = (*BASES["enas6"], Identity())
"""Every operation of the two base spaces."""

POISONS: tuple[Operation, ...] = (
    Identity(),
    Gaussian(10.0),
    Dropout(1.0),
    Conv(3, dilation=50),
    TransposedConv(3),
    TransposedConv(5),
)
"""Every operation of the paper's poisoning sets, with the paper's parameters."""

PICKS: dict[str, tuple[Operation, ...]] = {
    "P1": (Identity(),),
    "P2": (Gaussian(10.0),),
    "P3": (Dropout(1.0),),
    "P4": (TransposedConv(3), TransposedConv(5)),
    "P5": (Identity(), Gaussian(10.0), Dropout(1.0), TransposedConv(3), TransposedConv(5)),
    "P3+": (Dropout(1.0), Conv(3, dilation=50)),
    "none": (),
}
"""The paper's poisoning sets (sections 3.3 and 4.1)."""

INSTANCE_FACTORS = (1, 6, 36, 120, 300)

LADDERS: dict[str, tuple[float, ...]] = {
    "copies": INSTANCE_FACTORS,
    "sigma": (0.5, 1, 2, 5, 10, 20),
    "p": (0.1, 0.25, 0.5, 0.75, 0.9, 1),
    "kernel": (1, 3, 5, 7, 9),
    "dilation": (1, 2, 8, 16, 32, 50, 60),
    "controller.tanh_constant": (1.5, 2.5, 3.5, 5, 10),
    "defences.rollback_interval": (1, 5, 20, 100, 1000),
    "epochs": (1, 3, 8, 20, 50, 150, 300),
    "seed": (),
    "num_seeds": (1, 2, 3, 5, 10),
    "child.layers": (3, 6, 9, 12, 18, 24),
    "child.filters": (4, 8, 16, 24, 36, 64),
    "child.batch_size": (16, 32, 64, 128, 256, 512),
    "child.lr_max": (0.01, 0.02, 0.05, 0.1, 0.2),
    "data.num_train": (1000, 4000, 10_000, 20_000, 45_000),
    "data.num_val": (512, 1000, 2000, 5000),
    "data.num_test": (0, 1000, 2000, 10_000),
    "data.num_classes": (10, 20, 100),
}
"""The round values that left and right step through, by a field's last name or its whole one."""

STRIDES = {"child.filters": 2, "kernel": 2, "data.num_train": 100, "data.num_val": 100, "data.num_test": 100}
"""What + and - add where it is not 1."""

SMALL, PAPER, OWN = "small", "paper", "own"


@functools.cache
def size_config(size: str) -> RunConfig:
    """The settings that make a run small enough for a first look, or the paper's own; the space is clean."""
    config = resolve_config("small-original", {}, []) if size == SMALL else paper_default()
    return dataclasses.replace(config, name=COMPOSED, title="", paper=None)


def size_of(config: RunConfig) -> str:
    """Which of the two sizes a configuration has, or `own`."""
    for size in (SMALL, PAPER):
        other = size_config(size)
        if all(getattr(config, part) == getattr(other, part) for part in SIZED):
            return size
    return OWN


SIZED = ("epochs", "dataset", "child", "controller", "data", "evaluation")
"""The parts of a configuration that a size decides."""


def poison_name(space: Space) -> str:
    """36(P3) where the poison is one of the paper's sets; else the operations with their copies, or none."""
    poison = [slot for slot in space.slots if slot.poisoned]
    copies = {slot.copies for slot in poison}
    for name, operations in PICKS.items():
        if len(copies) == 1 and {slot.operation for slot in poison} == set(operations):
            # The paper writes the cardinality before P3+, and q before all others.
            return f"{space.num_poisoned_outputs if name == 'P3+' else copies.pop()}({name})"
    # The paper's multisets 5a to 5d count the Gaussian twice.
    factor = min(copies, default=0)
    if [(slot.operation, slot.copies) for slot in poison] == [
        (each, factor * (2 if isinstance(each, Gaussian) else 1)) for each in PICKS["P5"]
    ]:
        return f"{factor}(P2 + P5)"
    return " + ".join(poison_text(slot.operation, slot.copies) for slot in poison) or "none"

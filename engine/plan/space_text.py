"""A search space as people type it: `--base conv3x3,maxpool3x3 --poison "dropout(p=1) x36"`."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.plan.operations import Operation, operation_text, parse_operation
from engine.plan.setting import shown
from engine.plan.space import BASES, MAX_COPIES

_COPIES = re.compile(r"(?P<operation>.*?)(?:\s+x\s*(?P<copies>\d+))?\s*", re.DOTALL | re.ASCII)


def space_table(base: str | None, poisons: Sequence[str], below: Mapping[str, Any]) -> dict[str, Any]:
    """The [space] table that `--base` and `--poison` mean, over a preset's own.

    ValueError names what is wrong and what is allowed.
    """
    table = dict(below)
    if base is not None:
        table["base"] = parse_base(base)
    if poisons:
        parsed = [parse_poison(text) for text in poisons]
        table["poison"] = [{**operation.table(), "copies": copies} for operation, copies in parsed]
    return table


def parse_poison(text: str) -> tuple[Operation, int]:
    """Read `--poison "dropout(p=1) x36"`: an operation and its copies (one when none are named)."""
    match = _COPIES.fullmatch(text.strip()[:300])
    assert match is not None
    copies = int(match["copies"] or 1)
    if not 1 <= copies <= MAX_COPIES:
        raise ValueError(
            f"--poison {shown(text)}: {shown(copies)} copies are not allowed: "
            f"1 to {MAX_COPIES:,} (the instance factor)"
        )
    return parse_operation(match["operation"], "--poison"), copies


def parse_base(text: str) -> str | list[str]:
    """Read `--base`: a base space's name, or operations with commas between them."""
    if text.strip() in BASES:
        return text.strip()
    parts = [part for part in re.split(r",(?![^()]*\))", text[:1000]) if part.strip()]
    if not parts:
        raise ValueError(
            f"--base {shown(text)} names no operation: allowed are {', '.join(BASES)}, "
            "or operations such as conv3x3,maxpool3x3"
        )
    return [operation_text(parse_operation(part, "--base")) for part in parts]


def poison_text(operation: Operation, copies: int) -> str:
    """A poisoned slot as `parse_poison` reads it back: dropout(p=1) x36."""
    return f"{short_text(operation)} x{copies}"


def short_text(operation: Operation) -> str:
    """An operation as short as `parse_operation` understands it: conv3x3(dilation=50), dropout(p=1)."""
    values = dataclasses.asdict(operation)
    kernel = values.pop("kernel", None)
    values.pop("padding", None)  # follows from kernel and dilation
    if values.get("dilation") == 1:
        values.pop("dilation")
    size = f"{kernel}x{kernel}" if kernel else ""
    parameters = ", ".join(f"{key}={exact_number(value)}" for key, value in values.items())
    return f"{operation.kind}{size}" + (f"({parameters})" if parameters else "")


def exact_number(value: float) -> str:
    """A number in as few characters as give it back: 1 for 1.0, 0.05, 1e-05."""
    return repr(value).removesuffix(".0")

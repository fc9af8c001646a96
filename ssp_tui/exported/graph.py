"""An architecture as a graph in the DOT language: layers downwards, skips dashed, poison by shape."""

from collections.abc import Iterator

from engine.plan.architecture import reduction_layers
from ssp_tui.cleaning import clean
from ssp_tui.exported.found import Found


def dot_text(found: Found) -> str:
    """The graph; layers count from 1. Every text is quoted, so that no name can be DOT of its own."""
    return "\n".join(["digraph architecture {", *(f"  {line}" for line in _lines(found)), "}"]) + "\n"


def _lines(found: Found) -> Iterator[str]:
    space, architecture = found.config.space, found.architecture
    derived = found.derived
    title = f"{found.run_id}: epoch {derived.epoch}, candidate {derived.candidate} of {derived.of}"
    yield f"label={quoted(title)}; labelloc=t; rankdir=TB;"
    yield 'node [shape=box, style=filled, fillcolor="#ffffff", fontname="sans-serif"];'
    yield f"stem [label={quoted('stem 3x3')}];"
    before, reduced = "stem", reduction_layers(len(architecture.outputs))
    for index, output in enumerate(architecture.outputs):
        slot = space.slots[space.slot_of_output[output]]
        look = ', shape=octagon, fillcolor="#f4c7c3"' if slot.poisoned else ""
        node = f"layer{index + 1}"
        yield f"{node} [label={quoted(f'{index + 1} {slot.operation.label}')}{look}];"
        half = f" [label={quoted('halved')}]" if index - 1 in reduced else ""
        yield f"{before} -> {node}{half};"
        for source in architecture.skips[index]:
            yield f"layer{source + 1} -> {node} [style=dashed];"
        before = node
    yield f"head [label={quoted(f'mean, {found.num_classes} classes')}];"
    yield f"{before} -> head;"


def quoted(text: str) -> str:
    """A DOT string: printable text alone, its quotes and backslashes escaped."""
    escaped = clean(text, 300).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

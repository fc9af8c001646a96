"""The zero-variance chain by brute force: mark the constant maps, walk every backward path."""

from collections.abc import Callable, Container
from typing import NamedTuple

from engine.plan import operations as plan
from engine.plan.architecture import Architecture
from engine.plan.space import Space


class Norm(NamedTuple):
    """A batch normalisation on a path, by its place."""

    place: str
    layer: int


Path = tuple[Norm, ...]
IsConstant = Callable[[Norm], bool]


def operation_norms(operation: plan.Operation, layer: int) -> list[Norm]:
    """The normalisations inside an operation, in the order of the forward pass."""
    if isinstance(operation, plan.Conv | plan.SepConv):
        return [Norm("first", layer), Norm("second", layer)]
    return [Norm("first", layer)] if isinstance(operation, plan.AvgPool) else []


def every_backward_path(space: Space, architecture: Architecture, closed: Container[int] = ()) -> list[Path]:
    """Every way from the loss down to an image, a dropout(p=1) or a layer whose operation is closed."""
    num_layers = len(architecture.outputs)
    third = num_layers // 3
    reduced_after = (third - 1, 2 * third - 1)

    def op_of(layer: int) -> plan.Operation:
        return space.slots[space.slot_of_output[architecture.outputs[layer]]].operation

    def through_reductions(source: int, reader: int) -> Path:
        return tuple(
            Norm(f"reduction{after}", source) for after in reversed(reduced_after) if source <= after < reader
        )

    def from_layer(layer: int) -> list[Path]:
        if layer < 0:
            return [()]
        here: Path = (Norm("sum", layer),)
        paths = []
        if op_of(layer) == plan.Dropout(1.0) or layer in closed:
            paths.append(here)
        else:
            inner = here + tuple(reversed(operation_norms(op_of(layer), layer)))
            crossing = through_reductions(layer - 1, layer) if layer else ()
            paths += [inner + crossing + rest for rest in from_layer(layer - 1)]
        for source in architecture.skips[layer]:
            crossing = through_reductions(source, layer)
            paths += [here + crossing + rest for rest in from_layer(source)]
        return paths

    return from_layer(num_layers - 1)


def longest_chain(
    space: Space, architecture: Architecture, is_constant: IsConstant, closed: Container[int] = ()
) -> int:
    """The most constant normalisations any path passes; a last layer's own reduction is read by the head."""
    num_layers = len(architecture.outputs)
    third = num_layers // 3
    tail = tuple(
        Norm(f"reduction{after}", num_layers - 1)
        for after in (third - 1, 2 * third - 1)
        if after == num_layers - 1
    )
    paths = every_backward_path(space, architecture, closed)
    return max(sum(map(is_constant, tail + path)) for path in paths)


def predicted_constants(space: Space, architecture: Architecture) -> set[Norm]:
    """The normalisations whose input is constant by ENGINE.md section 7, for constants that are not zero."""
    num_layers = len(architecture.outputs)
    third = num_layers // 3
    reduced_after = (third - 1, 2 * third - 1)
    found: set[Norm] = set()
    constant: list[bool] = []
    before, size = False, 32
    for layer, output in enumerate(architecture.outputs):
        operation = space.slots[space.slot_of_output[output]].operation
        if operation == plan.Dropout(1.0):
            after = True
        elif not before:
            after = False
        else:
            after = False
            match operation:
                case plan.Identity() | plan.MaxPool():
                    after = True
                case plan.Conv(kernel=k, dilation=d):
                    after = k == 1 or d >= size
                case plan.SepConv(kernel=k) | plan.TransposedConv(kernel=k) | plan.AvgPool(kernel=k):
                    after = k == 1
            norms = operation_norms(operation, layer)
            found.update(norms[: len(norms) if after else 1])
        total = after and all(constant[source] for source in architecture.skips[layer])
        constant.append(total)
        before = total
        if total:
            found.add(Norm("sum", layer))
        if layer in reduced_after:
            size //= 2
            found.update(Norm(f"reduction{layer}", source) for source, flat in enumerate(constant) if flat)
    return found

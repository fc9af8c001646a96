"""A sampled architecture as a value, and the zero-variance chain that decides how its backward pass ends."""

import dataclasses
from collections.abc import Sequence

from engine.plan.space import Space

IMAGE_SIZE = 32
"""Height and width of every image, in pixels."""

HARMLESS, HIJACK, OVERFLOW, NAN = "harmless", "hijack", "overflow", "nan"
CHAIN_CLASSES = (HARMLESS, HIJACK, OVERFLOW, NAN)
"""What a chain length predicts for the step, mildest first (ENGINE.md section 7)."""


@dataclasses.dataclass(frozen=True)
class Architecture:
    """One child: the controller output chosen in each layer, and each layer's skip sources."""

    outputs: tuple[int, ...]
    """Per layer, the chosen controller output, 0 to N-1."""

    skips: tuple[tuple[int, ...], ...]
    """Per layer, the earlier layers whose outputs are added, ascending."""

    def num_poisoned(self, space: Space) -> int:
        """How many layers chose a poisoned operation."""
        return sum(space.slots[space.slot_of_output[o]].poisoned for o in self.outputs)


def reduction_layers(num_layers: int) -> tuple[int, ...]:
    """The layers after which every earlier output is halved: L/3 - 1 and 2 (L/3) - 1, integer division."""
    third = num_layers // 3
    return tuple(layer for layer in (third - 1, 2 * third - 1) if layer >= 0)


def map_sizes(num_layers: int) -> tuple[int, ...]:
    """Height and width of each layer's map, in pixels."""
    reduced_after = reduction_layers(num_layers)
    return tuple(IMAGE_SIZE >> sum(layer > after for after in reduced_after) for layer in range(num_layers))


@dataclasses.dataclass(frozen=True)
class Chain:
    """The longest chain of zero-variance normalisations on a backward path, and the layers on it."""

    length: int
    """k, the number of zero-variance normalisations the gradient passes."""

    layers: tuple[int, ...]
    """The layers the path visits with at least one such normalisation, ascending."""

    @property
    def predicted(self) -> str:
        """The predicted class of the step: harmless, hijack, overflow or nan."""
        return chain_class(self.length)


def chain_class(length: int) -> str:
    """Class of a chain of k zero-variance normalisations, measured in ENGINE.md section 7."""
    if length <= 3:
        return HARMLESS
    if length <= 9:
        return HIJACK
    return OVERFLOW if length <= 15 else NAN


@dataclasses.dataclass(frozen=True)
class _Map:
    """What is known of one feature map: whether it is constant, and the longest chain behind it."""

    constant: bool = False
    length: int = 0
    layers: frozenset[int] = frozenset()

    def normalised(self, count: int, layer: int) -> "_Map":
        """The map after `count` zero-variance normalisations of `layer`."""
        return _Map(self.constant, self.length + count, self.layers | {layer}) if count else self


def zero_variance_chain(space: Space, architecture: Architecture) -> Chain:
    """Find k for one architecture, in training mode, from the architecture alone.

    A map is constant when every channel holds one value over batch and pixels. Dropout with p = 1 makes one,
    every other operation at most keeps one; a layer's sum is constant when all its terms are. Each
    normalisation of a constant map multiplies the gradient by 1/sqrt(eps); a factorized reduction is one more
    for every map that crosses it. Where x is constant but the operation is not, the normalisations inside it
    that still see a constant map count too.
    """
    num_layers = len(architecture.outputs)
    sizes, reduced_after = map_sizes(num_layers), reduction_layers(num_layers)
    maps: list[_Map] = []
    x = _Map()
    for layer, output in enumerate(architecture.outputs):
        operation = space.slots[space.slot_of_output[output]].operation
        if operation.erases():
            result = _Map(constant=True)
        elif x.constant:
            inner = x.normalised(operation.constant_norms(sizes[layer]), layer)
            result = dataclasses.replace(inner, constant=operation.keeps_constant(sizes[layer]))
        else:
            result = x
        terms = [result, *(maps[source] for source in architecture.skips[layer])]
        constant = all(term.constant for term in terms)
        longest = max(terms, key=lambda term: term.length)
        x = dataclasses.replace(longest, constant=constant).normalised(int(constant), layer)
        maps.append(x)
        if layer in reduced_after:
            maps = [each.normalised(int(each.constant), layer) for each in maps]
            x = maps[-1]
    return Chain(x.length, tuple(sorted(x.layers)))


def chain_lengths(space: Space, architectures: Sequence[Architecture]) -> list[int]:
    """k of each architecture."""
    return [zero_variance_chain(space, architecture).length for architecture in architectures]

"""A sampled architecture as a value, and the zero-variance chain that decides how its backward pass ends."""

import dataclasses
from collections.abc import Sequence

from engine.plan.space import Space

IMAGE_SIZE = 32
"""Height and width of every image, in pixels."""

HARMLESS, HIJACK, OVERFLOW, NAN = "harmless", "hijack", "overflow", "nan"
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
class ChainPlace:
    """Where a chain passes zero-variance normalisations."""

    layer: int
    part: str
    """operation, sum, or reduction."""
    source: int
    """The output whose reduction it is; else the layer itself."""


@dataclasses.dataclass(frozen=True)
class Chain:
    """The longest chain of zero-variance normalisations on a backward path, and the layers on it."""

    length: int
    """k, the number of zero-variance normalisations the gradient passes."""

    layers: tuple[int, ...]
    """The layers the path visits with at least one such normalisation, ascending."""

    places: tuple[ChainPlace, ...] = ()
    """Where they are, from the stem to the head."""

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
class ZeroVariance:
    """Which normalisations of one architecture see a constant map while training."""

    inner: tuple[int, ...]
    """Per layer, how many inside its operation."""

    sums: tuple[bool, ...]
    """Per layer, whether the one after its sum does."""

    reductions: frozenset[tuple[int, int]]
    """(after, source): the one in the reduction of `source` after layer `after`."""

    blocked: tuple[bool, ...]
    """Per layer, whether its operation lets no finite gradient through."""


def zero_variance_chain(space: Space, architecture: Architecture) -> Chain:
    """Find k for one architecture, from the architecture alone."""
    return longest_chain(architecture, predict_zero_variance(space, architecture))


def predict_zero_variance(space: Space, architecture: Architecture) -> ZeroVariance:
    """Which normalisations see a constant map, from the architecture alone.

    A map is constant when every channel holds one value over batch and pixels. Dropout with p = 1 makes one,
    every other operation at most keeps one; a layer's sum is constant when all its terms are. Shifts (beta)
    are taken to be trained. While they are still zero a constant map is zero after its ReLU, and padded
    kernels keep it too: a young child's chains are others.
    """
    sizes, reduced_after = map_sizes(len(architecture.outputs)), reduction_layers(len(architecture.outputs))
    constant: list[bool] = []
    inner, reductions = [], set()
    x_constant = False
    for layer, output in enumerate(architecture.outputs):
        operation, size = space.slots[space.slot_of_output[output]].operation, sizes[layer]
        kept = x_constant and operation.keeps_constant(size)
        inner.append(operation.constant_norms(size) if x_constant and not operation.erases() else 0)
        sources = architecture.skips[layer]
        x_constant = (kept or operation.erases()) and all(constant[source] for source in sources)
        constant.append(x_constant)
        if layer in reduced_after:
            reductions |= {(layer, source) for source, each in enumerate(constant) if each}
    blocked = tuple(
        space.slots[space.slot_of_output[each]].operation.erases() for each in architecture.outputs
    )
    return ZeroVariance(tuple(inner), tuple(constant), frozenset(reductions), blocked)


def longest_chain(architecture: Architecture, zero: ZeroVariance) -> Chain:
    """The longest chain on any path from the last layer back, through operations and skips.

    Every zero-variance normalisation on the way counts one, in the reductions a map crosses too. A path ends
    where an operation lets no finite gradient through.
    """
    reduced_after = reduction_layers(len(architecture.outputs))
    paths: list[Chain] = []
    x = Chain(0, ())
    for layer in range(len(architecture.outputs)):
        through = (
            Chain(0, ())
            if zero.blocked[layer]
            else _lengthened(x, zero.inner[layer], ChainPlace(layer, "operation", layer))
        )
        terms = [through, *(paths[source] for source in architecture.skips[layer])]
        longest = max(terms, key=lambda chain: chain.length)
        x = _lengthened(longest, int(zero.sums[layer]), ChainPlace(layer, "sum", layer))
        paths.append(x)
        if layer in reduced_after:
            paths = [
                _lengthened(
                    path, int((layer, source) in zero.reductions), ChainPlace(layer, "reduction", source)
                )
                for source, path in enumerate(paths)
            ]
            x = paths[-1]
    return x


def _lengthened(chain: Chain, count: int, place: ChainPlace) -> Chain:
    """The chain after `count` more zero-variance normalisations at `place`."""
    if not count:
        return chain
    layers = chain.layers if place.layer in chain.layers else (*chain.layers, place.layer)
    return Chain(chain.length + count, tuple(sorted(layers)), (*chain.places, place))


def chain_lengths(space: Space, architectures: Sequence[Architecture]) -> list[int]:
    """k of each architecture."""
    return [zero_variance_chain(space, architecture).length for architecture in architectures]

"""Which normalisations of one step really saw a constant map, and the chain they make.

The chain predicted from an architecture takes the shifts (beta) to be trained. In a young child many are
still zero. Then a constant map is zero after its ReLU: padded kernels keep it constant too, which lengthens
chains through skips, and the ReLU lets no gradient back, which ends those through operations.
"""

from typing import Any

from torch import Tensor, nn

from engine.net.batch_norm import BatchNorm
from engine.net.child import Child
from engine.plan.architecture import Architecture, Chain, ZeroVariance, longest_chain

SPREAD_TOLERANCE = 1e-4
"""A channel is constant when its values spread by less than this share of the map's size (or of 1)."""


class ConstantMapWatch:
    """Looks at the input of every normalisation of a child while its hooks are on."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._constant: set[nn.Module] = set()
        self._closed: set[nn.Module] = set()
        self._handles = [
            handle
            for module in child.modules()
            if isinstance(module, BatchNorm)
            for handle in (
                module.register_forward_pre_hook(self._look_at_input),  # which the module may overwrite
                module.register_forward_hook(self._look_at_output),
            )
        ]

    def remove(self) -> None:
        """Take the hooks off the child."""
        for handle in self._handles:
            handle.remove()

    def chain(self, architecture: Architecture) -> Chain:
        """The longest chain of the normalisations that saw a constant map since the hooks were put on."""
        child, slots = self._child, self._child.space.slot_of_output
        inner, blocked = [], []
        for index, output in enumerate(architecture.outputs):
            operation = set(child.layer(index).operations[slots[output]].modules())
            inner.append(len(operation & self._constant))
            erases = child.space.slots[slots[output]].operation.erases()
            blocked.append(erases or bool(operation & self._closed))
        reductions = frozenset(
            (after, source)
            for after in child.reduced_after
            for source, reduction in enumerate(child.layer(after).reductions)
            if self._constant.intersection(reduction.modules())
        )
        sums = tuple(child.layer(index).norm in self._constant for index in range(len(inner)))
        return longest_chain(architecture, ZeroVariance(tuple(inner), sums, reductions, tuple(blocked)))

    def norms_of(self, chain: Chain, architecture: Architecture) -> tuple[str, ...]:
        """Paths within the child of the normalisations a chain passes, as the gradient meets them."""
        child, slots = self._child, self._child.space.slot_of_output
        paths: list[str] = []
        for place in chain.places:
            layer = f"layers.{place.layer}"
            if place.part == "operation":
                root = f"{layer}.operations.{slots[architecture.outputs[place.layer]]}"
                paths += [
                    f"{root}.{name}" if name else root
                    for name, module in child.get_submodule(root).named_modules()
                    if module in self._constant
                ]
            else:
                paths.append(
                    f"{layer}.norm" if place.part == "sum" else f"{layer}.reductions.{place.source}.norm"
                )
        return tuple(reversed(paths))

    def _look_at_input(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        x: Tensor = inputs[0].detach()
        spread = x.amax((0, 2, 3)) - x.amin((0, 2, 3))
        if bool((spread <= SPREAD_TOLERANCE * x.abs().amax().clamp(min=1.0)).all()):
            self._constant.add(module)

    def _look_at_output(self, module: BatchNorm, _inputs: tuple[Any, ...], output: Tensor) -> None:
        if module.relu and not bool((output > 0).any()):
            self._closed.add(module)

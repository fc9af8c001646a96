"""The chain counted on a step's own maps, against every backward path through what was really constant."""

import functools

import pytest
import torch
from torch import Tensor, nn

from engine.learn.constant_maps import ConstantMapWatch
from engine.net.batch_norm import BatchNorm
from engine.net.child import Child
from engine.plan.architecture import Architecture, zero_variance_chain
from tests.builders import (
    P3_PLUS,
    chain_of,
    child_of,
    images_of,
    poisoned,
    random_architectures,
    randomise_norms,
)
from tests.oracle.chains import Norm, longest_chain

SPACE = poisoned(P3_PLUS, 4)


class Seen:
    """Constant inputs of normalisations, and layers whose operation has a ReLU that passes nothing."""

    def __init__(self, child: Child) -> None:
        self.constant: set[Norm] = set()
        self.closed: set[int] = set()
        for name, module in child.named_modules():
            parts = name.split(".")
            if isinstance(module, BatchNorm) and parts[0] == "layers":
                place, layer = "sum", int(parts[1])
                if parts[2] == "reductions":
                    place, layer = f"reduction{layer}", int(parts[3])
                elif parts[2] == "operations":
                    place = "first" if parts[4] == "0" else "second"
                module.register_forward_pre_hook(functools.partial(self._norm, Norm(place, layer)))
                if module.relu:
                    module.register_forward_hook(functools.partial(self._relu, layer))

    def _norm(self, norm: Norm, _: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        first = inputs[0][:1, :, :1, :1]
        if float((inputs[0] - first).abs().max()) <= 1e-5 * (1 + float(first.abs().max())):
            self.constant.add(norm)

    def _relu(self, layer: int, _: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
        if float(output.max()) <= 0:
            self.closed.add(layer)


def chains(child: Child, architecture: Architecture) -> tuple[int, int]:
    """Length by the watch, and by brute force."""
    watch = ConstantMapWatch(child)
    seen = Seen(child)
    with torch.no_grad():
        child(images_of(2)[0], architecture)
    watch.remove()
    found = watch.chain(architecture).length
    expected = longest_chain(SPACE, architecture, seen.constant.__contains__, seen.closed)
    for module in child.modules():
        module._forward_hooks.clear()
        module._forward_pre_hooks.clear()
    return found, expected


@pytest.mark.parametrize("trained", [False, True], ids=["young", "trained"])
def test_the_counted_chain_equals_the_longest_of_all_backward_paths(trained: bool) -> None:
    child = child_of(SPACE, 12, 4).train()
    if trained:
        randomise_norms(child, 1, positive=True)
    for architecture in random_architectures(SPACE, 40, 12, 21):
        found, expected = chains(child, architecture)
        assert found == expected, architecture
        if trained:
            assert found == zero_variance_chain(SPACE, architecture).length


def test_in_a_young_child_a_padded_kernel_keeps_a_zero_map_and_its_relu_lets_nothing_back() -> None:
    through_operations = chain_of(0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    child = child_of(SPACE, 12, 4).train()
    assert chains(child, through_operations)[0] < 4  # a ReLU at zero ends every path through operations
    skips: dict[int, tuple[int, ...]] = {layer: (layer - 1,) for layer in range(3, 12)}
    through_skips = chain_of(0, 0, 10, *([0] * 9), skips=skips)
    found, expected = chains(child, through_skips)
    assert found == expected == 12  # ten sums and the two reductions the skips cross
    assert zero_variance_chain(SPACE, through_skips).length < 6

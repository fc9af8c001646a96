"""Where a non-finite step began: the step done again with an eye on every module."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.learn.constant_maps import ConstantMapWatch
from engine.learn.search_state import SearchState
from engine.net.batch_norm import BatchNorm
from engine.plan.architecture import Architecture
from engine.record.events import ChainNorm


@dataclasses.dataclass(frozen=True)
class Anatomy:
    """What one step looked like inside; layers count from 0, -1 is the stem, L the head."""

    direction: str
    """forward or backward."""
    layer: int
    operation: str
    """Label of the layer's operation; stem or head outside the layers."""
    part: str
    """Path of the module within the child."""
    chain_length: int
    """Zero-variance normalisations the gradient really passed, at most (engine/learn/constant_maps.py)."""
    gradient_norm_by_layer: tuple[float, ...]
    """Norm of the parameter gradients: stem, every layer with its reductions, head."""
    activation_gradient_by_layer: tuple[float, ...]
    """Largest absolute gradient of every layer's output; 0 where none flowed."""
    chain_norms: tuple[ChainNorm, ...]
    """The normalisations of the chain, as the gradient meets them."""
    overflow: str
    """norm, entry or forward."""
    largest_gradient: float
    """Largest absolute gradient entry that is finite."""
    num_bad_entries: int
    """Gradient entries that are not finite."""


def dissect(
    search: SearchState, images: Tensor, labels: Tensor, architecture: Architecture, noise_before: Tensor
) -> Anatomy:
    """Do the step's forward and backward pass again, from the same noise, and see where it began.

    Leaves weights, noise generator and gradients as they were. The first module whose output is not finite,
    forward, or whose backward pass turns finite gradients into others, is where it began; where all entries
    stay finite and only the norm overflows, the part with the largest gradient is.
    """
    generator, gradients = search.streams.noise.generator, search.weights.gradients
    noise_after, gradients_before = generator.get_state(), gradients.clone()
    generator.set_state(noise_before)
    gradients.zero_()
    probe, watch = _Probe(search.child), ConstantMapWatch(search.child)
    try:
        # The copy asks for a gradient, or torch warns that the stem's backward hook has no input to see.
        logits = search.child(images.detach().requires_grad_(), architecture)
        torch.autograd.backward(F.cross_entropy(logits, labels))
    finally:
        probe.remove()
        watch.remove()
    by_layer, finite = _gradient_norms(search), torch.isfinite(gradients)
    largest, largest_part = float(torch.where(finite, gradients, 0.0).abs().max()), _largest_part(search)
    generator.set_state(noise_after)
    gradients.copy_(gradients_before)
    if probe.forward_part or probe.backward_part:
        direction = "forward" if probe.forward_part else "backward"
        part = probe.forward_part or probe.backward_part
    else:
        direction, part = "backward", largest_part
    layer, chain = _layer_of(part, len(architecture.outputs)), watch.chain(architecture)
    num_bad = int((~finite).sum())
    return Anatomy(
        direction,
        layer,
        _operation_label(search, architecture, layer),
        part,
        chain_length=chain.length,
        gradient_norm_by_layer=by_layer,
        activation_gradient_by_layer=probe.activation_gradients(len(architecture.outputs)),
        chain_norms=tuple(
            _chain_norm(search, architecture, path, probe) for path in watch.norms_of(chain, architecture)
        ),
        overflow="forward" if probe.forward_part else "entry" if num_bad else "norm",
        largest_gradient=largest,
        num_bad_entries=num_bad,
    )


def _chain_norm(search: SearchState, architecture: Architecture, path: str, probe: "_Probe") -> ChainNorm:
    layer = _layer_of(path, len(architecture.outputs))
    got, gave = probe.norm_gradients.get(path, (0.0, 0.0))
    gain = gave / got if got else math.nan
    return ChainNorm(layer, _operation_label(search, architecture, layer), path, gain, gave)


class _Probe:
    """Hooks on every leaf module of a child that note the first non-finite value each way."""

    def __init__(self, child: nn.Module) -> None:
        self.forward_part = ""
        self.backward_part = ""
        self.norm_gradients: dict[str, tuple[float, float]] = {}
        """Path of a normalisation to the largest absolute gradient it got, and gave on."""
        self._outputs: dict[int, Tensor] = {}
        self._handles = []
        for name, module in child.named_modules():
            if not list(module.children()):
                self._handles.append(module.register_forward_hook(self._forward_hook(name)))
                self._handles.append(module.register_full_backward_hook(self._backward_hook(name)))

    def remove(self) -> None:
        """Take the hooks off the child."""
        for handle in self._handles:
            handle.remove()

    def activation_gradients(self, num_layers: int) -> tuple[float, ...]:
        """Largest absolute gradient of each layer's normalised sum."""
        return tuple(float(self._outputs.get(layer, torch.zeros(()))) for layer in range(num_layers))

    def _forward_hook(self, name: str) -> Callable[[nn.Module, Any, Tensor], None]:
        def note(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            if not self.forward_part and not bool(torch.isfinite(output).all()):
                self.forward_part = name

        return note

    def _backward_hook(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        layer = _layer_of(name, 10**9)
        is_layer_norm = name == f"layers.{layer}.norm"

        def note(module: nn.Module, into: tuple[Tensor | None, ...], out: tuple[Tensor, ...]) -> None:
            if isinstance(module, BatchNorm) and into[0] is not None:
                self.norm_gradients[name] = (float(out[0].abs().max()), float(into[0].abs().max()))
            if is_layer_norm:
                self._outputs[layer] = out[0].abs().max()
            if not self.backward_part and _finite(out) and not _finite(into):
                self.backward_part = name

        return note


def _finite(gradients: tuple[Tensor | None, ...]) -> bool:
    return all(g is None or bool(torch.isfinite(g).all()) for g in gradients)


def _layer_of(part: str, num_layers: int) -> int:
    """The layer a module path belongs to; -1 for the stem, num_layers for the head."""
    place, _, rest = part.partition(".")
    if place == "layers":
        return int(rest.partition(".")[0])
    return -1 if place == "stem" else num_layers


def _operation_label(search: SearchState, architecture: Architecture, layer: int) -> str:
    if layer < 0:
        return "stem"
    if layer >= len(architecture.outputs):
        return "head"
    space = search.config.space
    return space.slots[space.slot_of_output[architecture.outputs[layer]]].operation.label


def _gradient_norms(search: SearchState) -> tuple[float, ...]:
    """Parameter gradient norm of the stem, every layer with its reductions, and the head."""
    child, weights = search.child, search.weights
    groups: list[list[nn.Module]] = [[child.stem]]
    for index in range(len(child.layers)):
        groups.append(list(child.layer(index).parts()))
    groups.append([child.head])
    norms = []
    for parts in groups:
        start = min(weights.slices[part].start for part in parts)
        stop = max(weights.slices[part].stop for part in parts)
        norms.append(float(torch.linalg.vector_norm(weights.gradients[start:stop])))
    return tuple(norms)


def _largest_part(search: SearchState) -> str:
    """Path of the part of the child with the largest absolute gradient entry."""
    names: dict[nn.Module, str] = {module: name for name, module in search.child.named_modules()}

    def largest(part: nn.Module) -> float:
        entries = search.weights.gradients[search.weights.slices[part]]
        value = float(entries.abs().max()) if len(entries) else 0.0
        return math.inf if math.isnan(value) else value

    return names[max(list(search.weights.slices), key=largest)]

"""What one operation does to maps and to gradients, by measuring alone: no name or parameter is looked at."""

import math

import torch
from torch import Tensor, nn

from engine.net.batch_norm import BatchNorm

NUM_MAPS = 16
"""Maps in one batch."""

ROOMY_SIZE = 128
"""Pixels of a map with room for what would not fit on the child's own."""

FIELD_SHARE = 0.05
"""A pixel belongs to the receptive field when its gradient is at least this share of the largest.

Normalisation lets every pixel of a batch have a little say in each.
"""


def output_size(operation: nn.Module, maps: Tensor) -> float:
    """Root mean square of the output over that of the input, in training."""
    return _rms(_respond(operation, maps)) / _rms(maps)


def input_dependence(operation: nn.Module, maps: Tensor, others: Tensor) -> float:
    """How far two outputs lie apart, over how far their inputs do, in training."""
    return _rms(_respond(operation, maps) - _respond(operation, others)) / _rms(maps - others)


def change(operation: nn.Module, maps: Tensor) -> float:
    """Root mean square of what the operation changes, over that of its input, in training; 0 for x itself."""
    return _rms(_respond(operation, maps) - maps) / _rms(maps)


def disagreement(operation: nn.Module, maps: Tensor) -> float:
    """How far the outputs in training and in evaluation lie apart, over the larger of the two."""
    trained, evaluated = _respond(operation, maps), _respond(operation, maps, training=False)
    return _rms(trained - evaluated) / max(_rms(trained), _rms(evaluated), 1e-30)


def nonlinearity(operation: nn.Module, maps: Tensor, others: Tensor) -> float:
    """How far f(x + y) is from f(x) + f(y) or f(2x) from 2 f(x), over their size, in evaluation."""
    one, other, both, twice = (
        _respond(operation, each, training=False) for each in (maps, others, maps + others, 2 * maps)
    )
    added = _rms(both - one - other) / max(_rms(one + other), 1e-30)
    scaled = _rms(twice - 2 * one) / max(_rms(2 * one), 1e-30)
    return max(added, scaled)


def idle_weights(operation: nn.Module, maps: Tensor, generator: torch.Generator) -> float:
    """Share of the weights that get a gradient of exactly zero from a random gradient of the output."""
    operation.zero_grad()
    output = _train(operation, maps)
    if output.requires_grad:
        torch.autograd.backward(output, _normal_like(output, generator))
    gradients = [p.grad.reshape(-1) for p in operation.parameters() if p.grad is not None]
    operation.zero_grad()
    return float((torch.cat(gradients) == 0).double().mean()) if gradients else 0.0


def receptive_field(operation: nn.Module, maps: Tensor, generator: torch.Generator) -> int:
    """Side in pixels of the square of inputs on which the centre output depends, in evaluation.

    The centre's gradient is random: what normalisation spreads from one map to all others then cancels.
    """
    x = maps.detach().clone().requires_grad_()
    output: Tensor = operation.eval()(x)
    middle = x.shape[2] // 2
    centre = output[:, :, middle, middle]
    (gradient,) = torch.autograd.grad((centre * _normal_like(centre, generator)).sum(), x)
    strength = gradient.abs().sum((0, 1))
    rows, columns = torch.nonzero(strength >= FIELD_SHARE * strength.max(), as_tuple=True)
    if not float(strength.max()):
        return 0
    return int(torch.maximum(rows.max() - rows.min(), columns.max() - columns.min())) + 1


def amplification(operation: nn.Module, size: int, channels: int, generator: torch.Generator) -> float:
    """How much a gradient grows on its way back through the operation on a constant map, in training.

    The shifts of its normalisations are positive, as some channel's are once trained: while they are zero,
    a constant map ends in a ReLU that lets nothing back.
    """
    norms = [module for module in operation.modules() if isinstance(module, BatchNorm)]
    before = [norm.bias.detach().clone() for norm in norms]
    with torch.no_grad():
        for norm in norms:
            norm.bias.copy_(0.5 + torch.rand(norm.bias.shape, generator=generator))
        pixels = torch.randn((1, channels, 1, 1), generator=generator)
    x = _channels_last(pixels.expand(NUM_MAPS, -1, size, size).clone()).requires_grad_()
    output = _train(operation, x)
    back = _normal_like(output, generator)
    (gradient,) = torch.autograd.grad(output, x, back)
    with torch.no_grad():
        for norm, bias in zip(norms, before, strict=True):
            norm.bias.copy_(bias)
    return _rms(gradient) / _rms(back)


def normal_maps(channels: int, size: int, generator: torch.Generator, num_maps: int = NUM_MAPS) -> Tensor:
    """Standard normal maps [num_maps, C, size, size], channels last."""
    return _channels_last(torch.randn((num_maps, channels, size, size), generator=generator))


def _train(operation: nn.Module, maps: Tensor) -> Tensor:
    output: Tensor = operation.train()(maps)
    return output


@torch.no_grad()
def _respond(operation: nn.Module, maps: Tensor, training: bool = True) -> Tensor:
    output: Tensor = operation.train(training)(maps)
    return output


def _rms(values: Tensor) -> float:
    return math.sqrt(float(values.double().square().mean()))


def _normal_like(values: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(values.shape, generator=generator)


def _channels_last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)

"""Every operation of a space, built as its search would build it, and measured before anything is trained."""

import dataclasses

import torch
from torch import nn

from engine.net.child import seeded_child
from engine.net.noise import NoiseSource
from engine.net.response import (
    ROOMY_SIZE,
    amplification,
    change,
    disagreement,
    idle_weights,
    input_dependence,
    nonlinearity,
    normal_maps,
    output_size,
    receptive_field,
)
from engine.plan.architecture import map_sizes
from engine.plan.config import RunConfig
from engine.plan.space import Slot
from engine.record.scan import Response, Scan

LEAST_LAYERS = 3


def scan(config: RunConfig) -> Scan:
    """Measure every operation of the searched space on the CPU; the seed alone decides weights and maps."""
    torch.set_num_threads(config.engine.num_threads)
    settings = dataclasses.replace(config.child, layers=LEAST_LAYERS)
    noise = NoiseSource(torch.device("cpu"), config.seed)
    classes = config.data.num_classes
    child = seeded_child(config.space, settings, config.switches, classes, noise, config.seed)
    sizes = tuple(sorted(set(map_sizes(config.child.layers)), reverse=True))
    operations = zip(config.space.slots, child.layer(0).operations, strict=True)
    responses = tuple(
        _response(slot, operation, config.child.filters, sizes, config.seed) for slot, operation in operations
    )
    return Scan(config.child.filters, config.seed, sizes, responses)


def _response(slot: Slot, operation: nn.Module, channels: int, sizes: tuple[int, ...], seed: int) -> Response:
    generator = torch.Generator().manual_seed(seed)
    roomy = normal_maps(channels, ROOMY_SIZE, generator, num_maps=2)
    nominal = receptive_field(operation, roomy, generator)
    each = [_at_size(slot, operation, channels, size, nominal, generator) for size in sizes]
    narrowest = max(each, key=lambda response: response.field_loss)
    return dataclasses.replace(
        narrowest,
        **{name: min(getattr(one, name) for one in each) for name in _TELLING_WHEN_SMALL},
        **{name: max(getattr(one, name) for one in each) for name in _TELLING_WHEN_LARGE},
    )


_TELLING_WHEN_SMALL = ("output_size", "input_dependence", "change", "nonlinearity")
_TELLING_WHEN_LARGE = ("disagreement", "idle_weights", "amplification")


def _at_size(
    slot: Slot, operation: nn.Module, channels: int, size: int, nominal: int, generator: torch.Generator
) -> Response:
    maps, others = (normal_maps(channels, size, generator) for _ in range(2))
    return Response(
        label=slot.operation.label,
        copies=slot.copies,
        poisoned=slot.poisoned,
        output_size=output_size(operation, maps),
        input_dependence=input_dependence(operation, maps, others),
        change=change(operation, maps),
        disagreement=disagreement(operation, maps),
        nonlinearity=nonlinearity(operation, maps, others),
        idle_weights=idle_weights(operation, maps, generator),
        field=receptive_field(operation, maps, generator),
        nominal_field=nominal,
        field_map_size=size,
        amplification=amplification(operation, size, channels, generator),
    )

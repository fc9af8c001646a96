"""The child network: every candidate operation of every layer, of which an architecture uses one each."""

from collections.abc import Callable, Iterable, Iterator
from typing import cast

import torch
from torch import Tensor, nn

from engine.net.batch_norm import BatchNorm
from engine.net.noise import Dropout, GaussianNoise, NoiseSource
from engine.net.operations import Convolved, build_operation
from engine.net.reduction import FactorizedReduction
from engine.plan.architecture import Architecture, reduction_layers
from engine.plan.config import ChildSettings
from engine.plan.protocol import Switches
from engine.plan.space import Space


class Layer(nn.Module):
    """One layer: a module per slot, the norm of the sum, and the reductions that follow it."""

    def __init__(self, operations: Iterable[nn.Module], channels: int) -> None:
        super().__init__()
        self.operations = nn.ModuleList(operations)
        self.norm = BatchNorm(channels)
        self.reductions = nn.ModuleList()
        """One per output so far, when this layer is followed by a reduction."""

    def joined(self, output: Tensor, skipped: Iterable[Tensor]) -> Tensor:
        """BN(op(x) + sum of the skip sources), all [B, C, H, W]; a source is made when it is asked for."""
        total, is_own = output, False
        for read in skipped:
            total = total.add_(read) if is_own else total + read  # the first sum is nobody else's
            is_own = True
        out: Tensor = self.norm(total, overwrite=is_own)
        return out

    def parts(self) -> Iterator[nn.Module]:
        """Every part that is used or not used as a whole."""
        yield from self.operations
        yield self.norm
        yield from self.reductions

    def used_parts(self, slot: int) -> Iterator[nn.Module]:
        """The parts used with the operation of a slot, reductions apart."""
        yield self.operations[slot]
        yield self.norm


class Child(nn.Module):
    """The shared weights of all children of a space (docs/ENGINE.md section 3)."""

    def __init__(
        self,
        space: Space,
        settings: ChildSettings,
        switches: Switches,
        num_classes: int,
        noise: NoiseSource,
    ) -> None:
        super().__init__()
        channels = settings.filters
        self.space = space
        self.reduced_after = reduction_layers(settings.layers)
        self.stem = Convolved(nn.Conv2d(3, channels, 3, padding=1, bias=False), BatchNorm(channels))
        self.layers = nn.ModuleList(
            self.new_layer(index, channels, switches, noise) for index in range(settings.layers)
        )
        for after in self.reduced_after:
            self.layer(after).reductions.extend(
                self.new_reduction(after, source, channels) for source in range(after + 1)
            )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            Dropout(1 - settings.keep_prob, noise),
            nn.Linear(channels, num_classes),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, mode="fan_in", nonlinearity="relu")

    def new_layer(self, index: int, channels: int, switches: Switches, noise: NoiseSource) -> Layer:
        """Build layer `index`: of shared weights every layer is alike."""
        del index
        slots = self.space.slots
        return Layer((build_operation(slot.operation, channels, switches, noise) for slot in slots), channels)

    def new_reduction(self, after: int, source: int, channels: int) -> nn.Module:
        """Build the reduction of output `source` after layer `after`."""
        del after, source
        return FactorizedReduction(channels)

    def layer(self, index: int) -> Layer:
        """Layer `index`, from 0."""
        return cast(Layer, self.layers[index])

    def forward(self, images: Tensor, architecture: Architecture) -> Tensor:
        """Logits [B, K] of images [B, 3, 32, 32] under an architecture."""
        logits: Tensor = self.head(self.features(images, architecture))
        return logits

    def in_both_modes(self, images: Tensor, architecture: Architecture) -> tuple[Tensor, Tensor]:
        """Logits [B, K] in training mode, then in evaluation mode, in which it stays.

        Where no operation knows the difference, the head alone does: all before it is computed once.
        """
        used = (
            self.layer(i).operations[self.space.slot_of_output[o]] for i, o in enumerate(architecture.outputs)
        )
        if any(isinstance(operation, GaussianNoise | Dropout) for operation in used):
            training: Tensor = self.train()(images, architecture)
            return training, self.eval()(images, architecture)
        features = self.features(images, architecture)
        training = self.train().head(features)
        return training, self.eval().head(features)

    def features(self, images: Tensor, architecture: Architecture) -> Tensor:
        """The last layer's output [B, C, 8, 8] for images [B, 3, 32, 32].

        Layer l joins op(x) and its skip sources, here as BN of their sum; after a reduction layer every
        earlier output is halved. An output that no later layer reads is not reduced: it reaches neither loss
        nor gradient.
        """
        x: Tensor = self.stem(images)
        outputs: list[list[Tensor]] = []
        level = 0
        for index, output in enumerate(architecture.outputs):
            layer = self.layer(index)
            made = layer.operations[self.space.slot_of_output[output]](x)
            sources = architecture.skips[index]
            x = layer.joined(made, (self._reduced(outputs, source, level) for source in sources))
            outputs.append([x] * (level + 1))
            if index in self.reduced_after:
                level += 1
                x = self._reduced(outputs, index, level)
        return x

    def _reduced(self, outputs: list[list[Tensor]], source: int, level: int) -> Tensor:
        """Output `source` after its reductions up to `level`, made when first read."""
        stages = outputs[source]
        while len(stages) <= level:
            reductions = self.layer(self.reduced_after[len(stages) - 1]).reductions
            stages.append(reductions[source](stages[-1]))
        return stages[level]

    def parts(self) -> Iterator[nn.Module]:
        """Every part that is used or not used as a whole, in the order of layers."""
        yield self.stem
        for index in range(len(self.layers)):
            yield from self.layer(index).parts()
        yield self.head

    def used_parts(self, architecture: Architecture) -> Iterator[nn.Module]:
        """The parts that the architecture's loss depends on, from the architecture alone."""
        yield self.stem
        for index, output in enumerate(architecture.outputs):
            yield from self.layer(index).used_parts(self.space.slot_of_output[output])
        for after in self.reduced_after:
            for source in reduced_sources(architecture, after):
                yield self.layer(after).reductions[source]
        yield self.head


def reduced_sources(architecture: Architecture, after: int) -> list[int]:
    """The outputs that a layer behind `after` reads, ascending: what has to be reduced there."""
    read = {source for skips in architecture.skips[after + 1 :] for source in skips}
    return [source for source in sorted(read | {after}) if source <= after]


def seeded_child(
    space: Space,
    settings: ChildSettings,
    switches: Switches,
    num_classes: int,
    noise: NoiseSource,
    seed: int,
    kind: Callable[[Space, ChildSettings, Switches, int, NoiseSource], Child] = Child,
) -> Child:
    """A child whose weights depend on the seed alone: built on the CPU from its own random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind(space, settings, switches, num_classes, noise)

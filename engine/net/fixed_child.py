"""The network of one architecture, to be trained from scratch: skips are concatenated, not summed.

As the published code's fixed network (docs/ENGINE.md section 11): in every layer the skip sources and the
operation's output are concatenated, then a 1x1 convolution without bias to C channels, ReLU, BN.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from engine.net.child import Child, Layer, reduced_sources
from engine.net.controller import Decisions, Rollout, UniformPolicy
from engine.net.noise import NoiseSource
from engine.net.operations import build_operation
from engine.net.reduction import FactorizedReduction
from engine.plan.architecture import Architecture
from engine.plan.config import ChildSettings
from engine.plan.protocol import Switches
from engine.plan.space import Space


class FixedLayer(Layer):
    """A layer with the one operation its architecture chose; the others' places hold nothing."""

    def __init__(self, operations: Iterable[nn.Module], num_skips: int, channels: int) -> None:
        super().__init__(operations, channels)
        self.join = nn.Conv2d((num_skips + 1) * channels, channels, 1, bias=False)

    def joined(self, output: Tensor, skipped: Iterable[Tensor]) -> Tensor:
        """[B, C, H, W] each -> [B, C, H, W]: the skip sources in order, then the operation's output."""
        everything = torch.cat([*skipped, output], dim=1)
        out: Tensor = self.norm(self.join(everything).relu())
        return out

    def parts(self) -> Iterator[nn.Module]:
        """The join goes with the rest."""
        yield self.join
        yield from super().parts()

    def used_parts(self, slot: int) -> Iterator[nn.Module]:
        """The join is always used."""
        yield self.join
        yield from super().used_parts(slot)


class FixedChild(Child):
    """A child with the parts of one architecture and no others, its skips concatenated."""

    def __init__(
        self,
        architecture: Architecture,
        space: Space,
        settings: ChildSettings,
        switches: Switches,
        num_classes: int,
        noise: NoiseSource,
    ) -> None:
        self.architecture = architecture
        super().__init__(space, settings, switches, num_classes, noise)

    def new_layer(self, index: int, channels: int, switches: Switches, noise: NoiseSource) -> Layer:
        """The chosen operation and the join of its skips."""
        chosen = self.space.slot_of_output[self.architecture.outputs[index]]
        operations = (
            build_operation(slot.operation, channels, switches, noise) if place == chosen else nn.Identity()
            for place, slot in enumerate(self.space.slots)
        )
        return FixedLayer(operations, len(self.architecture.skips[index]), channels)

    def new_reduction(self, after: int, source: int, channels: int) -> nn.Module:
        """Only of outputs that are read behind it."""
        is_read = source in reduced_sources(self.architecture, after)
        return FactorizedReduction(channels) if is_read else nn.Identity()


class FixedPolicy(UniformPolicy):
    """No controller: every sample is the one architecture, certain and without entropy; it draws nothing."""

    def __init__(self, architecture: Architecture, num_outputs: int) -> None:
        super().__init__(len(architecture.outputs), num_outputs)
        self.architecture = architecture

    def __call__(self, num_samples: int, generator: torch.Generator) -> Rollout:
        """The architecture S times."""
        del generator
        layers = self.num_layers
        outputs = torch.tensor(self.architecture.outputs)
        skips = torch.zeros(layers, layers, dtype=torch.bool)
        for layer, sources in enumerate(self.architecture.skips):
            skips[layer, list(sources)] = True
        nothing = torch.zeros(num_samples)
        certain = nn.functional.one_hot(outputs, self.num_outputs).float()
        return Rollout(
            Decisions(outputs.repeat(num_samples, 1), skips.repeat(num_samples, 1, 1)),
            log_prob=nothing,
            op_entropy=nothing,
            skip_entropy=nothing,
            skip_penalty=nothing,
            op_policies=[each.expand(num_samples, -1) for each in certain],
        )

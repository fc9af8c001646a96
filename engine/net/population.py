"""Many architectures in one pass through a child: on their own images, normalised by their own statistics.

On a GPU a pass of one architecture is hundreds of small kernels, whose starting takes longer than their
arithmetic. Here a layer's kernels serve all architectures at once: the 1x1 convolutions they start with are
one batched product, every normalisation is one for all, and what lies between runs once for each slot, on the
images of the architectures that use it.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from engine.net.batch_norm import EPSILON, BatchNorm
from engine.net.child import Child, reduced_sources
from engine.net.noise import Dropout, GaussianNoise
from engine.net.operations import Pointwise
from engine.net.reduction import FactorizedReduction
from engine.plan.architecture import Architecture

Members = tuple[int, ...]
"""Some of the S architectures."""


class Population:
    """S architectures of a child, evaluated together: no gradient, no noise.

    Maps are [S, B, H, W, C]. Values go through the arithmetic they go through alone and in the same order,
    but for how a normalisation adds up its statistics and a 1x1 convolution its products. What is not finite
    stays with its architecture: maps are picked by index, never multiplied by a mask.
    """

    def __init__(self, child: Child, architectures: Sequence[Architecture]) -> None:
        assert not child.training
        assert type(child) is Child, "a fixed child joins its skips in another way"
        self._child, self._architectures = child, architectures
        self._layers = [_Layer.of(child, architectures, index) for index in range(len(child.layers))]
        self._rows = _rows_of({each for layer in self._layers for each in layer.groups}, child)

    @torch.no_grad()
    def logits(self, images: Tensor) -> Tensor:
        """Logits [S, B, K] of images [S, B, 3, 32, 32], B for each architecture."""
        child, num = self._child, len(self._architectures)
        conv, norm = child.stem
        batch = images.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        x = _normalised(_maps(conv(batch), num), cast(BatchNorm, norm))
        outputs: list[Tensor | None] = []
        for index, layer in enumerate(self._layers):
            x = self._operated(layer, x)
            for maps, readers in zip(outputs, layer.readers, strict=True):
                if readers:
                    x.index_add_(0, self._rows[readers], self._of(readers, cast(Tensor, maps)))
            x = _normalised(x, child.layer(index).norm)
            outputs.append(x)
            if index in child.reduced_after:
                x = self._reduce(index, outputs)
        found: Tensor = child.head(_images(x))
        return found.view(num, -1, found.shape[1])

    def _operated(self, layer: "_Layer", x: Tensor) -> Tensor:
        """What each architecture's operation makes of x, in memory of its own."""
        x = x.clone()
        if layer.starting:
            taken = self._of(layer.starting, x)
            firsts = [cast(Pointwise, layer.stages[s].first) for s in layer.starting]
            weights = torch.stack([each.conv.weight.flatten(1) for each in firsts])
            mixed = torch.bmm(taken.flatten(1, 3), weights.mT).view_as(taken)
            self._put(layer.starting, x, _normalised(mixed, *(each.norm for each in firsts)))
        for group in layer.sharing:
            maps = _images(self._of(group, x))
            for module in layer.stages[group[0]].middle:
                maps = module(maps)
            self._put(group, x, _maps(maps, len(group)))
        if layer.ending:
            norms = (cast(BatchNorm, layer.stages[s].last) for s in layer.ending)
            self._put(layer.ending, x, _normalised(self._of(layer.ending, x), *norms))
        return x

    def _reduce(self, after: int, outputs: list[Tensor | None]) -> Tensor:
        """Halve every output, or let it go where nobody reads it any more; the newest one."""
        num, reductions = len(self._architectures), self._child.layer(after).reductions
        read = {source for each in self._architectures for source in reduced_sources(each, after)}
        for source, maps in enumerate(outputs):
            outputs[source] = None
            if maps is not None and source in read:
                reduction = cast(FactorizedReduction, reductions[source])
                outputs[source] = _normalised(_maps(reduction.halved(_images(maps)), num), reduction.norm)
        return cast(Tensor, outputs[after])

    def _of(self, members: Members, maps: Tensor) -> Tensor:
        """A copy of these architectures' maps."""
        return maps.index_select(0, self._rows[members])

    def _put(self, members: Members, maps: Tensor, values: Tensor) -> None:
        """Replace these architectures' maps."""
        maps.index_copy_(0, self._rows[members], values)


@dataclasses.dataclass(frozen=True)
class _Stages:
    """An operation in three parts, as it is in evaluation mode."""

    first: Pointwise | None
    """The 1x1 convolution it starts with, and its norm."""
    middle: tuple[nn.Module, ...]
    """What treats each image on its own."""
    last: BatchNorm | None

    @classmethod
    def of(cls, operation: nn.Module) -> "_Stages":
        modules = list(operation) if isinstance(operation, nn.Sequential) else [operation]
        first, last = modules[0], modules[-1]
        elsewhere = (Pointwise, BatchNorm, nn.Identity, GaussianNoise, Dropout)  # the latter three hand on
        return cls(
            first if isinstance(first, Pointwise) else None,
            tuple(each for each in modules if not isinstance(each, elsewhere)),
            last if isinstance(last, BatchNorm) else None,
        )


@dataclasses.dataclass(frozen=True)
class _Layer:
    """Who does what in one layer."""

    stages: list[_Stages]
    """Of each architecture's operation."""
    starting: Members
    """Whose operation has a first stage."""
    sharing: list[Members]
    """Who use the same slot, where it has a middle."""
    ending: Members
    """Whose operation has a last stage."""
    readers: list[Members]
    """Who read each earlier output."""

    @classmethod
    def of(cls, child: Child, architectures: Sequence[Architecture], index: int) -> "_Layer":
        slots = [child.space.slot_of_output[each.outputs[index]] for each in architectures]
        of_slot = {slot: _Stages.of(child.layer(index).operations[slot]) for slot in set(slots)}
        users = {slot: _where(slot == used for used in slots) for slot in of_slot}
        return cls(
            stages=[of_slot[slot] for slot in slots],
            starting=_where(of_slot[slot].first is not None for slot in slots),
            sharing=[users[slot] for slot, stages in of_slot.items() if stages.middle],
            ending=_where(of_slot[slot].last is not None for slot in slots),
            readers=[
                _where(source in each.skips[index] for each in architectures) for source in range(index)
            ],
        )

    @property
    def groups(self) -> list[Members]:
        """All of them."""
        return [self.starting, self.ending, *self.sharing, *self.readers]


def _where(flags: Iterable[bool]) -> Members:
    return tuple(s for s, flag in enumerate(flags) if flag)


def _rows_of(groups: set[Members], child: Child) -> dict[Members, Tensor]:
    """Each group as indices on the child's device, which gets all of them in one copy."""
    known = sorted(groups)
    flat = torch.tensor([member for group in known for member in group], dtype=torch.int64)
    parts = torch.split(flat.to(next(child.parameters()).device), [len(group) for group in known])
    return dict(zip(known, parts, strict=True))


def _normalised(maps: Tensor, *norms: BatchNorm) -> Tensor:
    """Each architecture's maps [S, B, H, W, C] by their own statistics and its own norm, or the one of all.

    Overwrites the maps. The mean of equal numbers is exact as torch finds it, so a constant map becomes its
    shift, as in `BatchNorm`.
    """
    weights, biases = (_stacked([getattr(each, name) for each in norms]) for name in ("weight", "bias"))
    variance, mean = torch.var_mean(maps, dim=(1, 2, 3), correction=0, keepdim=True)
    scale = variance.add_(EPSILON).rsqrt_() * weights
    torch.addcmul(biases, maps.sub_(mean), scale, out=maps)
    return maps.relu_() if norms[0].relu else maps


def _stacked(channels: Sequence[Tensor]) -> Tensor:
    """[C] for each architecture, or one for all -> [S or 1, 1, 1, 1, C]."""
    rows = torch.stack(list(channels)) if len(channels) > 1 else channels[0][None]
    return rows[:, None, None, None]


def _images(maps: Tensor) -> Tensor:
    """[S, B, H, W, C] -> [S * B, C, H, W], channels last."""
    return maps.flatten(0, 1).permute(0, 3, 1, 2)


def _maps(images: Tensor, num: int) -> Tensor:
    """[S * B, C, H, W] -> [S, B, H, W, C]."""
    maps = images.permute(0, 2, 3, 1)
    return maps.contiguous().view(num, -1, *maps.shape[1:])

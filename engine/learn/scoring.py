"""Accuracies of sampled architectures in evaluation mode: a pass for each, or one for many of them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from engine.learn.search_state import SearchState
from engine.net.population import Population
from engine.plan.architecture import Architecture
from engine.plan.cost import population_size

Batch = tuple[Tensor, Tensor]
"""Images [B, 3, 32, 32] and labels [B]."""


@torch.no_grad()
def scores(
    search: SearchState, architectures: Sequence[Architecture], batches: Iterable[Batch]
) -> tuple[Tensor, Tensor]:
    """Accuracy [S] of each architecture on its batch, and 1.0 [S] where all its logits were finite.

    Batches are taken one for each architecture, in their order, all of one size. Nothing here waits for the
    device.
    """
    assert not search.child.training
    passes = _together if search.evaluates_together else _one_by_one
    accuracies, finite = [], []
    for logits, labels in passes(search, architectures, iter(batches)):
        accuracies.append((logits.argmax(2) == labels).float().mean(1))
        finite.append(logits.isfinite().flatten(1).all(1).float())
    return torch.cat(accuracies), torch.cat(finite)


def _one_by_one(
    search: SearchState, architectures: Sequence[Architecture], batches: Iterator[Batch]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits [1, B, K] and labels [1, B] of one architecture after the other."""
    for architecture in architectures:
        images, labels = next(batches)
        yield search.child(images, architecture)[None], labels[None]


def _together(
    search: SearchState, architectures: Sequence[Architecture], batches: Iterator[Batch]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits [S, B, K] and labels [S, B] of as many at once as memory allows, in parts of like size."""
    num_parts = -(-len(architectures) // population_size(search.config))
    size = -(-len(architectures) // num_parts)
    for start in range(0, len(architectures), size):
        part = architectures[start : start + size]
        images, labels = zip(*itertools.islice(batches, len(part)), strict=True)
        yield Population(search.child, part).logits(torch.stack(images)), torch.stack(labels)

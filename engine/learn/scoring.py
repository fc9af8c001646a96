"""Accuracies of sampled architectures in evaluation mode: a pass for each, or one for many of them."""

from collections.abc import Iterator, Sequence

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
    search: SearchState, architectures: Sequence[Architecture], batch: Batch | None = None
) -> tuple[Tensor, Tensor]:
    """Accuracy [S] of each architecture, and 1.0 [S] where all its logits were finite.

    On the given batch, or each on a random validation batch of its own. Nothing here waits for the device.
    """
    assert not search.child.training
    passes = _together if search.evaluates_together else _one_by_one
    accuracies, finite = [], []
    for logits, labels in passes(search, architectures, batch):
        accuracies.append((logits.argmax(2) == labels).float().mean(1))
        finite.append(logits.isfinite().flatten(1).all(1).float())
    return torch.cat(accuracies), torch.cat(finite)


def _one_by_one(
    search: SearchState, architectures: Sequence[Architecture], batch: Batch | None
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits [1, B, K] and labels [1, B] of one architecture after the other."""
    for architecture in architectures:
        images, labels = batch or search.validation_batch()
        yield search.child(images, architecture)[None], labels[None]


def _together(
    search: SearchState, architectures: Sequence[Architecture], batch: Batch | None
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits [S, B, K] and labels [S, B] of as many at once as memory allows, in parts of like size."""
    num_parts = -(-len(architectures) // population_size(search.config))
    size = -(-len(architectures) // num_parts)
    for start in range(0, len(architectures), size):
        part = architectures[start : start + size]
        if batch:
            images, labels = (each.expand(len(part), *each.shape) for each in batch)
        else:
            images, labels = search.validation_batches(len(part))
        yield Population(search.child, part).logits(images), labels

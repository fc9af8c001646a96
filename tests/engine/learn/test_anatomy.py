"""A dissected step names the module where numbers stopped being finite, and changes nothing."""

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.learn.anatomy import Anatomy, dissect
from engine.learn.search_state import SearchState
from engine.net.batch_norm import BatchNorm
from engine.plan.architecture import Architecture
from tests.builders import (
    DROPOUT,
    STRETCHED,
    chain_of,
    poison_table,
    randomise_norms,
    search_of,
    small_config,
)

BREAKING = chain_of(0, 1, 0, 0, 7, 6, 6, 6, 6, 6, 6, 0)
"""Dropout in layer 4, six stretched convolutions: k = 22."""
NULL = chain_of(0, 1, 0, 0, 0, 0, 7, 6, 6, 6, 6, 0)
"""Five norms fewer: the norm overflows, no entry does."""
HARMLESS = chain_of(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5)


def deep_search(**child: Any) -> SearchState:
    config = small_config(
        space=poison_table(1, STRETCHED, DROPOUT),
        child={"layers": 12, "filters": 8, "batch_size": 4, **child},
    )
    search = search_of(config)
    randomise_norms(search.child, 1, positive=True)
    search.child.train()
    return search


def batch_of(search: SearchState) -> tuple[Tensor, Tensor]:
    return search.child_images(search.train, torch.arange(4), search.streams.augment, augment=False)


def dissected(search: SearchState, architecture: Architecture) -> Anatomy:
    images, labels = batch_of(search)
    return dissect(search, images, labels, architecture, search.streams.noise.generator.get_state())


def norms_that_break(search: SearchState, architecture: Architecture) -> list[str]:
    """Norms that turn a finite gradient into another, seen on their tensors and not by module hooks."""
    seen: dict[str, tuple[Tensor, Tensor]] = {}
    handles = []
    for name, module in search.child.named_modules():
        if isinstance(module, BatchNorm):

            def keep(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor, name: str = name) -> None:
                if inputs[0].requires_grad:
                    inputs[0].retain_grad()
                output.retain_grad()
                seen[name] = (inputs[0], output)

            handles.append(module.register_forward_hook(keep))
    images, labels = batch_of(search)
    torch.autograd.backward(F.cross_entropy(search.child(images, architecture), labels))
    for handle in handles:
        handle.remove()
    search.weights.gradients.zero_()
    return [
        name
        for name, (x, y) in seen.items()
        if x.grad is not None
        and y.grad is not None
        and bool(y.grad.isfinite().all())
        and not bool(x.grad.isfinite().all())
    ]


def test_a_chain_of_stretched_convolutions_breaks_where_its_norms_overflow() -> None:
    search = deep_search()
    (broken,) = norms_that_break(search, BREAKING)
    anatomy = dissected(search, BREAKING)
    assert anatomy.direction == "backward"
    assert anatomy.part == broken
    layer = int(broken.split(".")[1])
    assert anatomy.layer == layer
    assert 4 <= layer <= 7
    assert anatomy.operation == ("dropout p1" if layer == 4 else "conv3x3 d50")
    norms = anatomy.gradient_norm_by_layer
    assert len(norms) == 14
    assert all(math.isfinite(norm) for norm in norms[layer + 3 :])
    assert math.isnan(norms[0])
    activations = anatomy.activation_gradient_by_layer
    assert activations[10] > 300 * activations[11]
    assert all(math.isfinite(value) for value in activations[layer + 1 :])


def test_a_null_step_names_the_part_with_the_largest_gradient() -> None:
    search = deep_search()
    images, labels = batch_of(search)
    torch.autograd.backward(F.cross_entropy(search.child(images, NULL), labels))
    anatomy = dissected(search, NULL)
    weights = search.weights
    assert weights.gradient_norm() == math.inf
    assert math.isfinite(float(weights.largest_gradient()))
    largest = {
        part: float(weights.gradients[where].abs().max())
        for part, where in weights.slices.items()
        if where.stop > where.start
    }
    names = {module: name for name, module in search.child.named_modules()}
    assert anatomy.part == names[max(largest, key=lambda part: largest[part])]
    assert anatomy.direction == "backward"
    assert anatomy.layer == int(anatomy.part.split(".")[1])


@pytest.mark.parametrize(
    ("part", "layer", "operation"),
    [
        ("layers.2.norm", 2, "conv5x5"),
        ("layers.4.operations.4.0.conv", 4, "avgpool3x3"),
        ("stem.0", -1, "stem"),
        ("head.3", 12, "head"),
    ],
)
def test_a_broken_weight_is_found_where_it_is(part: str, layer: int, operation: str) -> None:
    search = deep_search()
    next(search.child.get_submodule(part).parameters()).data.fill_(math.inf)
    anatomy = dissected(search, HARMLESS)
    assert (anatomy.direction, anatomy.layer, anatomy.operation) == ("forward", layer, operation)
    assert anatomy.part == part


@pytest.mark.parametrize("architecture", [BREAKING, NULL, HARMLESS], ids=["nan", "null", "harmless"])
def test_dissecting_changes_neither_weights_nor_gradients_nor_generators(architecture: Architecture) -> None:
    search = deep_search(keep_prob=0.5)
    weights = search.weights
    weights.gradients.uniform_()
    before = [
        weights.values.clone(),
        weights.gradients.clone(),
        weights.momentum.clone(),
        weights.used.clone(),
        *(state.clone() for state in search.streams.state().values()),
        torch.get_rng_state(),
    ]
    dissected(search, architecture)
    after = [
        weights.values,
        weights.gradients,
        weights.momentum,
        weights.used,
        *search.streams.state().values(),
        torch.get_rng_state(),
    ]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert not any(module._forward_hooks or module._backward_hooks for module in search.child.modules())


def test_the_dissected_step_has_the_noise_of_the_step_itself() -> None:
    search = deep_search(keep_prob=0.5)
    images, labels = batch_of(search)
    noise = search.streams.noise.generator.get_state()
    torch.autograd.backward(F.cross_entropy(search.child(images, HARMLESS), labels))
    own = float(torch.linalg.vector_norm(search.weights.gradients))
    anatomy = dissect(search, images, labels, HARMLESS, noise)
    assert math.hypot(*anatomy.gradient_norm_by_layer) == pytest.approx(own, rel=1e-5)
    assert all(value > 0 for value in anatomy.activation_gradient_by_layer)
    assert dataclasses.astuple(anatomy)[0] == "backward"


def test_the_chain_is_listed_norm_by_norm_as_the_gradient_meets_them() -> None:
    search = deep_search()
    anatomy = dissected(search, NULL)
    assert len(anatomy.chain_norms) == anatomy.chain_length
    layers = [norm.layer for norm in anatomy.chain_norms]
    assert layers == sorted(layers, reverse=True)
    for norm in anatomy.chain_norms:
        module = search.child.get_submodule(norm.part)
        assert isinstance(module, BatchNorm)
        scale = float(module.weight.detach().abs().max())
        assert 10 < norm.gain <= 2 * 317 * scale
        assert norm.operation == {6: "dropout p1", 11: "conv3x3"}.get(norm.layer, "conv3x3 d50")
    product = math.prod(norm.gain for norm in anatomy.chain_norms)
    assert product > 1e15
    per_layer = [layers.count(layer) for layer in sorted(set(layers))]
    # A sum after dropout; 1x1, kernel and sum of each stretched convolution, of the first the reduction too;
    # the 1x1 of what reads the last.
    assert per_layer == [1, 4, 3, 3, 3, 1]


def test_a_null_step_is_an_overflow_of_the_norm_alone() -> None:
    search = deep_search()
    anatomy = dissected(search, NULL)
    assert (anatomy.overflow, anatomy.num_bad_entries) == ("norm", 0)
    limit = float(torch.finfo(torch.float32).max)
    assert limit**0.5 / len(search.weights.gradients) ** 0.5 < anatomy.largest_gradient < limit


def test_a_nan_step_is_an_overflow_of_entries_and_they_are_counted() -> None:
    search = deep_search()
    images, labels = batch_of(search)
    torch.autograd.backward(F.cross_entropy(search.child(images, BREAKING), labels))
    bad = int((~search.weights.gradients.isfinite()).sum())
    anatomy = dissected(search, BREAKING)
    assert (anatomy.overflow, anatomy.num_bad_entries) == ("entry", bad)
    assert 0 < bad < len(search.weights.gradients)
    assert len(anatomy.chain_norms) == anatomy.chain_length >= 18


def test_a_weight_that_is_broken_already_overflows_forward() -> None:
    search = deep_search()
    next(search.child.get_submodule("layers.2.norm").parameters()).data.fill_(math.inf)
    assert dissected(search, HARMLESS).overflow == "forward"

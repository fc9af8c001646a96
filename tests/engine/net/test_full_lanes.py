"""Channels computed for several pixels at once are the library's values and gradients."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.net import full_lanes
from engine.net.batch_norm import BatchNorm
from engine.net.full_lanes import convolve, fills_lanes_better

SHAPES = [
    (36, 5, 16, 16),
    (36, 3, 8, 24),
    (8, 5, 16, 16),
    (4, 3, 6, 8),
    (24, 5, 4, 4),
    (2, 7, 8, 8),
    (18, 3, 5, 16),
]
"""Channels, kernel, height, width."""


def maps_and_weight(channels: int, kernel: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(channels + kernel)
    x = torch.randn(3, channels, height, width, generator=generator)
    weight = torch.randn(channels, channels, kernel, kernel, generator=generator)
    return x.contiguous(memory_format=torch.channels_last), weight


@pytest.mark.parametrize("shape", SHAPES)
def test_values_and_gradients_are_the_librarys(shape: tuple[int, int, int, int]) -> None:
    x, weight = (each.requires_grad_() for each in maps_and_weight(*shape))
    found, expected = convolve(x, weight), F.conv2d(x, weight, padding=shape[1] // 2)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)
    assert found.is_contiguous(memory_format=torch.channels_last)
    into = torch.randn(found.shape, generator=torch.Generator().manual_seed(1))
    ours, theirs = (torch.autograd.grad(each, (x, weight), into) for each in (found, expected))
    assert all(map(torch.equal, ours, theirs))


def test_gradients_are_asked_for_one_by_one_too() -> None:
    x, weight = maps_and_weight(*SHAPES[0])
    weight.requires_grad_()
    (gradient,) = torch.autograd.grad(convolve(x, weight).sum(), weight)
    assert gradient.shape == weight.shape
    with torch.no_grad():
        assert not convolve(x, weight).requires_grad


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_behind_a_normalisation_a_pixel_that_is_not_finite_does_what_it_does_to_the_librarys(
    bad: float,
) -> None:
    x, weight = maps_and_weight(*SHAPES[0])
    x[1, 3, 7, 7] = bad
    norm = BatchNorm(36, relu=True)
    found, expected = norm(convolve(x, weight)), norm(F.conv2d(x, weight, padding=2))
    assert expected.isnan().all()
    assert found.isnan().all()


def test_it_is_chosen_where_it_was_faster_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(channels: int, kernel: int, side: int, batch: int = 128) -> bool:
        return fills_lanes_better(
            torch.empty(batch, channels, side, side), torch.empty(channels, channels, kernel, kernel)
        )

    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert chosen(36, 5, 32)
    assert chosen(8, 3, 16)
    assert not chosen(36, 3, 32)
    assert not chosen(12, 5, 32)  # 12 of 16 leave no room for a second pixel
    assert not chosen(32, 5, 32)
    assert not chosen(36, 5, 8)
    assert not chosen(8, 5, 16, batch=4)
    monkeypatch.setattr(full_lanes, "LEAST_WORK", 0)
    assert not chosen(36, 5, 18)  # a row of 18 is not made of fours
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert not chosen(36, 5, 32)

"""Batch normalisation equals torch's, and its gain at zero variance is exactly 1/sqrt(eps)."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.net.batch_norm import BatchNorm

GAIN = 1 / math.sqrt(1e-5)


def random_maps(seed: int, shape: tuple[int, ...] = (3, 4, 4, 8), shift: float = 0.0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) + shift


def seeded_norm(channels: int = 4) -> BatchNorm:
    norm = BatchNorm(channels)
    norm.weight.data = torch.linspace(0.5, 2.0, channels)
    norm.bias.data = torch.linspace(-1.0, 1.0, channels)
    return norm


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shift", [0.0, 100.0])
@pytest.mark.parametrize("training", [True, False])
def test_values_and_gradients_equal_torchs(memory: torch.memory_format, shift: float, training: bool) -> None:
    norm = seeded_norm().train(training)
    x = random_maps(1, shift=shift).contiguous(memory_format=memory).requires_grad_()
    into = random_maps(2)
    out = norm(x)
    torch.autograd.backward(out, into)
    oracle_x = x.detach().double().contiguous().requires_grad_()
    weight, bias = (p.detach().double().requires_grad_() for p in (norm.weight, norm.bias))
    oracle = F.batch_norm(oracle_x, None, None, weight, bias, training=True, eps=1e-5)
    torch.autograd.backward(oracle, into.double())
    for ours, theirs in (
        (out, oracle),
        *((a.grad, b.grad) for a, b in ((x, oracle_x), (norm.weight, weight), (norm.bias, bias))),
    ):
        assert ours is not None
        assert theirs is not None
        torch.testing.assert_close(ours.double(), theirs, rtol=1e-4, atol=2e-5)


def test_it_keeps_no_running_statistics() -> None:
    norm = seeded_norm()
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    norm(random_maps(3))
    assert before.keys() == {"weight", "bias"}
    assert all(torch.equal(before[name], value) for name, value in norm.state_dict().items())


def test_evaluation_uses_the_batchs_own_statistics_too() -> None:
    x = random_maps(4, shift=3.0)
    norm = BatchNorm(4)
    assert torch.equal(norm.eval()(x), norm.train()(x))


@pytest.mark.parametrize("constant", [0.0, 0.3, 1.7, 123.4, -5e3])
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_a_constant_map_becomes_the_shift_and_its_gradient_grows_by_316(
    constant: float, memory: torch.memory_format
) -> None:
    norm = BatchNorm(4)
    norm.bias.data.fill_(0.25)
    x = torch.full((8, 4, 16, 16), constant).contiguous(memory_format=memory).requires_grad_()
    out = norm(x)
    assert torch.equal(out, torch.full_like(out, 0.25))
    into = random_maps(5, (8, 4, 16, 16))
    into = into - into.mean((0, 2, 3), keepdim=True)
    torch.autograd.backward(out, into)
    assert x.grad is not None
    gain = x.grad.norm() / into.norm()
    assert gain.item() == pytest.approx(GAIN, rel=1e-5)
    assert pytest.approx(316.23, abs=0.005) == GAIN
    torch.testing.assert_close(x.grad, into * GAIN, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("constant", [0.3, 1.7, 123.4])
def test_a_constant_map_becomes_exactly_the_shift_where_torchs_cpu_kernel_leaves_a_residue(
    constant: float,
) -> None:
    """With a shift of zero the ReLU behind it then passes nothing, and not what a rounding's sign decides."""
    x = torch.full((8, 4, 16, 16), constant)
    torchs = F.batch_norm(x, None, None, torch.ones(4), torch.zeros(4), training=True, eps=1e-5)
    assert (BatchNorm(4)(x) == 0).all()
    assert torchs.abs().max() < 2e-3
    assert (torchs != 0).all()


def test_gains_of_a_chain_multiply() -> None:
    norms = [BatchNorm(2) for _ in range(4)]
    x = torch.full((2, 2, 8, 8), 1.7, requires_grad=True)
    y = x
    for norm in norms:
        y = norm(y)
    into = random_maps(6, (2, 2, 8, 8))
    into = into - into.mean((0, 2, 3), keepdim=True)
    torch.autograd.backward(y, into)
    assert x.grad is not None
    assert (x.grad.norm() / into.norm()).item() == pytest.approx(GAIN**4, rel=1e-4)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_one_bad_pixel_spoils_its_channel_forward_and_backward(bad: float) -> None:
    x = random_maps(7)
    x[1, 2, 0, 0] = bad
    out = BatchNorm(4)(x)
    assert out[:, 2].isnan().all()
    assert out[:, [0, 1, 3]].isfinite().all()
    clean = random_maps(8).requires_grad_()
    into = random_maps(9)
    into[0, 1, 0, 0] = bad
    torch.autograd.backward(BatchNorm(4)(clean), into)
    assert clean.grad is not None
    assert not clean.grad[:, 1].isfinite().any()
    assert clean.grad[:, [0, 2, 3]].isfinite().all()


def test_gradients_agree_with_finite_differences() -> None:
    norm = seeded_norm().double()
    x = random_maps(10, (1, 4, 4, 4)).double().requires_grad_()
    assert torch.autograd.gradcheck(norm, (x,))


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("with_gradient", [False, True])
def test_with_a_relu_it_is_the_norm_then_the_relu_whatever_it_overwrites(
    overwrite: bool, with_gradient: bool
) -> None:
    plain, fused = seeded_norm(8), BatchNorm(8, relu=True)
    fused.load_state_dict(plain.state_dict())
    x = random_maps(11, (4, 8, 16, 16)).contiguous(memory_format=torch.channels_last)
    into = random_maps(12, (4, 8, 16, 16))
    results = []
    with torch.set_grad_enabled(with_gradient):
        for forward in (lambda y: plain(y).relu(), lambda y: fused(y, overwrite)):
            leaf = x.clone(memory_format=torch.preserve_format).requires_grad_(with_gradient)
            out = forward(leaf * 1.0)
            if with_gradient:
                torch.autograd.backward(out, into)
            results.append((out.detach(), leaf.grad))
    (expected, expected_gradient), (found, gradient) = results
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    if with_gradient:
        torch.testing.assert_close(gradient, expected_gradient, rtol=1e-5, atol=1e-6)
        for ours, theirs in zip(fused.parameters(), plain.parameters(), strict=True):
            torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-5, atol=1e-5)


def test_it_leaves_its_input_alone_unless_told_that_nobody_needs_it() -> None:
    x = random_maps(13).contiguous(memory_format=torch.channels_last)
    before = x.clone()
    with torch.no_grad():
        BatchNorm(4)(x)
        assert torch.equal(x, before)
        BatchNorm(4)(x, overwrite=True)
    assert not torch.equal(x, before)


@pytest.mark.parametrize("batch", [64, 65])
def test_a_map_too_large_for_the_cache_is_normalised_as_a_whole(batch: int) -> None:
    x = random_maps(17, (batch, 36, 32, 32)) * torch.linspace(0.1, 2.0, batch).view(-1, 1, 1, 1) + 5.0
    x = x.contiguous(memory_format=torch.channels_last)
    oracle = F.batch_norm(x.double(), None, None, None, None, training=True, eps=1e-5).relu()
    with torch.no_grad():
        torch.testing.assert_close(BatchNorm(36, relu=True)(x).double(), oracle, rtol=1e-5, atol=1e-5)
    constant = torch.full_like(x, 1.7).requires_grad_()
    assert_exact_on_a_constant_map(constant, BatchNorm(36))


def test_its_relu_passes_nan_on_in_both_directions() -> None:
    x = random_maps(14).requires_grad_()
    norm = BatchNorm(4, relu=True)
    into = torch.ones(3, 4, 4, 8)
    into[0, 1, 0, 0] = math.nan
    out = norm(x)
    into = torch.where(out > 0, into, 1.0)
    into[:, 1][out[:, 1] > 0] = math.nan
    torch.autograd.backward(out, into)
    assert x.grad is not None
    assert x.grad[:, 1].isnan().all()
    with torch.no_grad():
        x[0, 2, 0, 0] = math.nan
    assert norm(x)[:, 2].isnan().all()


def test_a_first_pixel_far_from_all_others_costs_no_accuracy() -> None:
    """Statistics are taken of x minus its first pixel."""
    x = random_maps(15, (8, 4, 32, 32))
    x[0, :, 0, 0] = 1e4
    oracle = F.batch_norm(x.double(), None, None, None, None, training=True, eps=1e-5)
    torch.testing.assert_close(BatchNorm(4)(x).double(), oracle, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("constant", [0.0, 0.3, 1.7, 123.4, -5e3])
def test_the_form_for_gpus_is_exact_on_a_constant_map_too(constant: float) -> None:
    """Here on the CPU: its argument is 0 on a constant map, of which no kernel can lose the mean."""
    x = torch.full((8, 4, 16, 16), constant).requires_grad_()
    assert_exact_on_a_constant_map(x, BatchNorm(4)._by_torch)


def test_the_form_for_gpus_equals_the_one_for_cpus() -> None:
    norm = seeded_norm(8)
    x = random_maps(16, (4, 8, 8, 8), shift=3.0)
    torch.testing.assert_close(norm._by_torch(x), norm(x), rtol=1e-5, atol=1e-5)


@pytest.mark.gpu
@pytest.mark.parametrize("constant", [0.0, 0.3, 1.7, 123.4, -5e3])
def test_on_a_gpu_a_constant_map_becomes_the_shift_and_its_gradient_grows_by_316(constant: float) -> None:
    x = torch.full((8, 4, 16, 16), constant, device="cuda").requires_grad_()
    assert_exact_on_a_constant_map(x, BatchNorm(4).cuda())


def assert_exact_on_a_constant_map(x: Tensor, norm: Callable[[Tensor], Tensor]) -> None:
    out = norm(x)
    assert (out == 0).all()
    into = random_maps(5, tuple(x.shape)).to(x.device)
    into = into - into.mean((0, 2, 3), keepdim=True)
    torch.autograd.backward(out, into)
    assert x.grad is not None
    assert (x.grad.norm() / into.norm()).item() == pytest.approx(GAIN, rel=1e-5)

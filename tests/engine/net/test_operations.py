"""Each operation against its formula, in training and in evaluation, and what it does to inf and NaN."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.net.noise import GaussianNoise
from engine.net.operations import Convolution, build_operation
from engine.net.operations import MaxPool as MaxPoolModule
from engine.net.reduction import FactorizedReduction
from engine.plan.operations import (
    AvgPool,
    Conv,
    Dropout,
    Gaussian,
    Identity,
    MaxPool,
    Operation,
    SepConv,
    TransposedConv,
)
from engine.plan.protocol import PROTOCOLS, Switches
from tests.oracle.noise import RecordedNoise

C = 4


def maps(seed: int = 0, size: int = 8) -> Tensor:
    return torch.randn(2, C, size, size, generator=torch.Generator().manual_seed(seed))


def built(operation: Operation, switches: Switches | None = None) -> tuple[nn.Module, RecordedNoise]:
    noise = RecordedNoise()
    torch.manual_seed(1)
    module = build_operation(operation, C, switches or Switches(), noise)
    for parameter in module.parameters():
        if parameter.dim() == 1:  # a normalisation's: any value but the one it starts with
            parameter.data.uniform_(0.5, 1.5)
    return module, noise


def bn(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    mean = x.mean((0, 2, 3), keepdim=True)
    variance = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-5) * weight.view(1, -1, 1, 1) + bias.view(1, -1, 1, 1)


def by_formula(operation: Operation, x: Tensor, p: list[Tensor], groups: int) -> Tensor:
    """ENGINE.md section 2, with the parameters in the order they are used."""
    if isinstance(operation, Identity):
        return x
    if isinstance(operation, TransposedConv):
        return F.conv_transpose2d(x, p[0], padding=(operation.kernel - 1) // 2)
    first = F.relu(bn(F.conv2d(x, p[0]), p[1], p[2]))
    if isinstance(operation, MaxPool):
        padded = F.pad(first, (1, 1, 1, 1), value=-math.inf)
        return padded.unfold(2, 3, 1).unfold(3, 3, 1).amax((-1, -2))
    if isinstance(operation, AvgPool):
        return F.pad(first, (1, 1, 1, 1)).unfold(2, 3, 1).unfold(3, 3, 1).sum((-1, -2)) / 9
    if isinstance(operation, SepConv):
        depthwise = F.conv2d(first, p[3], padding=operation.kernel // 2, groups=C)
        return F.relu(bn(F.conv2d(depthwise, p[4], groups=groups), p[5], p[6]))
    assert isinstance(operation, Conv)
    second = F.conv2d(first, p[3], padding=operation.padding, dilation=operation.dilation)
    return F.relu(bn(second, p[4], p[5]))


DETERMINISTIC = (
    Conv(3), Conv(5), Conv(1), Conv(3, dilation=2), Conv(3, dilation=50), SepConv(3), SepConv(5), MaxPool(3),
    AvgPool(3), Identity(), TransposedConv(3), TransposedConv(5),
)  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("operation", DETERMINISTIC, ids=lambda op: op.label)
@pytest.mark.parametrize("protocol", ["paper", "corrected"])
def test_an_operation_equals_its_formula_in_training_and_in_evaluation(
    operation: Operation, training: bool, protocol: str
) -> None:
    module, _ = built(operation, PROTOCOLS[protocol])
    x = maps()
    groups = C if protocol == "paper" else 1
    expected = by_formula(operation, x, list(module.parameters()), groups)
    torch.testing.assert_close(module.train(training)(x), expected, rtol=1e-4, atol=1e-5)
    assert expected.shape == x.shape


@pytest.mark.parametrize("operation", DETERMINISTIC, ids=lambda op: op.label)
def test_no_convolution_has_a_bias(operation: Operation) -> None:
    module, _ = built(operation)
    convolutions = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    assert all(conv.bias is None for conv in convolutions)


def test_a_transposed_convolution_is_alone() -> None:
    assert [type(m) for m in built(TransposedConv(3))[0].modules()] == [nn.ConvTranspose2d]


def test_gaussian_noise_is_relative_and_only_there_in_training() -> None:
    module, noise = built(Gaussian(10.0))
    x = maps()
    out = module.train()(x)
    torch.testing.assert_close(out, x + 10.0 * x * noise.draws[0])
    assert torch.equal(module.eval()(x), x)


def test_gaussian_noise_is_standard_normal_per_element() -> None:
    module, _ = built(Gaussian(2.0))
    x = torch.ones(20, C, 32, 32)
    n = (module.train()(x) - 1) / 2
    assert n.mean().item() == pytest.approx(0, abs=0.015)
    assert n.std().item() == pytest.approx(1, abs=0.015)
    assert (n[0] != n[1]).float().mean() > 0.99


def test_the_noises_scale_is_detached_so_its_gradient_is_the_identitys() -> None:
    module = GaussianNoise(10.0, RecordedNoise())
    x = maps().requires_grad_()
    into = maps(1)
    torch.autograd.backward(module.train()(x), into)
    assert x.grad is not None
    assert torch.equal(x.grad, into)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_scales_the_rest_and_is_only_there_in_training(p: float) -> None:
    module, noise = built(Dropout(p))
    x = torch.ones(20, C, 16, 16, requires_grad=True)
    out = module.train()(x)
    kept = noise.draws[0] > 0
    torch.testing.assert_close(out.detach(), kept / (1 - p))
    assert kept.float().mean().item() == pytest.approx(1 - p, abs=0.02)
    torch.autograd.backward(out, torch.ones_like(out))
    assert x.grad is not None
    torch.testing.assert_close(x.grad, kept / (1 - p))
    assert torch.equal(module.eval()(x), x)


def test_full_dropout_gives_zeros_and_a_zero_gradient_but_passes_inf_and_nan_on_as_nan() -> None:
    module, noise = built(Dropout(1.0))
    x = maps().requires_grad_()
    out = module.train()(x)
    into = maps(1)
    torch.autograd.backward(out, into)
    assert x.grad is not None
    assert (out == 0).all()
    assert (x.grad == 0).all()
    assert not noise.draws
    assert torch.equal(module.eval()(x), x)

    bad = maps()
    bad[0, 0, 0, 0], bad[0, 1, 0, 0] = math.inf, math.nan
    assert module.train()(bad).isnan().sum() == 2
    x.grad = None
    torch.autograd.backward(module(x), bad)
    assert x.grad is not None
    assert x.grad.isnan().sum() == 2
    reference = F.dropout(bad, 1.0)
    torch.testing.assert_close(module(bad), reference, equal_nan=True)


def test_relu_and_max_pool_pass_nan_on_both_ways() -> None:
    module, _ = built(MaxPool(3))
    relu, pool = nn.ReLU(), module[1]  # type: ignore[index]
    x = maps().abs()
    x[0, 0, 4, 4] = math.nan
    assert relu(x).isnan().sum() == 1
    assert pool(x).isnan().sum() == 9
    clean = maps().abs().requires_grad_()
    into = maps(1)
    into[0, 0, 4, 4] = math.nan
    torch.autograd.backward(relu(clean), into)
    assert clean.grad is not None
    assert clean.grad.isnan().sum() == 1
    clean = maps().abs().requires_grad_()
    torch.autograd.backward(pool(clean), into)
    assert clean.grad is not None
    assert clean.grad.isnan().sum() == 1


@pytest.mark.parametrize("size", [32, 16, 8])
def test_the_stretched_convolution_is_exactly_the_1x1_convolution_of_its_centre_tap(size: int) -> None:
    module, _ = built(Conv(3, dilation=50))
    conv = module[1]  # type: ignore[index]
    assert isinstance(conv, nn.Conv2d)
    x = maps(2, size).requires_grad_()
    into = maps(3, size)
    out = conv(x)
    torch.autograd.backward(out, into)
    centre = conv.weight.detach()[:, :, 1:2, 1:2].clone().requires_grad_()
    oracle_x = x.detach().clone().requires_grad_()
    oracle = F.conv2d(oracle_x, centre)
    torch.autograd.backward(oracle, into)
    assert conv.weight.grad is not None
    assert x.grad is not None
    torch.testing.assert_close(out, oracle, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(x.grad, oracle_x.grad, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(conv.weight.grad[:, :, 1:2, 1:2], centre.grad, rtol=1e-5, atol=1e-5)
    borders = conv.weight.grad.clone()
    borders[:, :, 1, 1] = 0
    assert (borders == 0).all()


def test_a_factorized_reduction_equals_a_hand_computation() -> None:
    torch.manual_seed(0)
    reduction = FactorizedReduction(C)
    x = maps(4, 8)
    halves = torch.zeros(2, C, 4, 4)
    for row in range(4):
        for column in range(4):
            first = x[:, :, 2 * row, 2 * column]
            second = x[:, :, 2 * row + 1, 2 * column + 1]
            halves[:, : C // 2, row, column] = first @ reduction.path1.weight[:, :, 0, 0].T
            halves[:, C // 2 :, row, column] = second @ reduction.path2.weight[:, :, 0, 0].T
    expected = bn(halves, reduction.norm.weight, reduction.norm.bias)
    torch.testing.assert_close(reduction(x), expected, rtol=1e-4, atol=1e-5)


class NoNorm(nn.Module):
    """In a normalisation's place: x as it is."""

    def forward(self, x: Tensor, overwrite: bool) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        assert overwrite
        return x


def test_the_shifted_path_reads_zeros_past_the_border_of_an_odd_map() -> None:
    reduction = FactorizedReduction(C)
    reduction.norm = NoNorm()  # type: ignore[assignment]
    with torch.no_grad():
        out = reduction(torch.ones(1, C, 5, 5))
    assert out.shape == (1, C, 3, 3)
    assert (out[:, C // 2 :, 2, :] == 0).all()
    assert (out[:, C // 2 :, :, 2] == 0).all()
    assert (out[:, : C // 2] != 0).any()


@pytest.mark.parametrize("kernel", [1, 3, 5, 9])
def test_max_pooling_without_a_gradient_finds_the_same_values(kernel: int) -> None:
    x = maps(3).contiguous(memory_format=torch.channels_last)
    x[1, 2, 3, 4] = math.nan
    pool = MaxPoolModule(kernel)
    with torch.no_grad():
        found = pool(x)
    torch.testing.assert_close(found, pool(x.requires_grad_()).detach(), rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize(("dilation", "padding"), [(7, 7), (8, 8), (50, 50), (8, 9)])
def test_a_stretched_convolution_equals_the_librarys_values_and_gradients(
    dilation: int, padding: int
) -> None:
    convolution = Convolution(C, C, 3, padding=padding, dilation=dilation, bias=False)
    x = maps(4).requires_grad_()
    expected = F.conv2d(x, convolution.weight, padding=padding, dilation=dilation)
    into = torch.randn(expected.shape, generator=torch.Generator().manual_seed(5))
    wanted = torch.autograd.grad(expected, (x, convolution.weight), into)
    found = convolution(x)
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(torch.autograd.grad(found, (x, convolution.weight), into), wanted, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_reductions_gradient_is_that_of_two_slices() -> None:
    reduction = FactorizedReduction(C)
    x = maps(6).requires_grad_()
    sliced = [reduction.path1(x[:, :, ::2, ::2]), reduction.path2(x[:, :, 1::2, 1::2])]
    expected = reduction.norm(torch.cat(sliced, dim=1))
    into = torch.randn(expected.shape, generator=torch.Generator().manual_seed(7))
    (wanted,) = torch.autograd.grad(expected, x, into)
    found = reduction(x)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, x, into)[0], wanted)

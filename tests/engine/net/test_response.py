"""What is measured of an operation is what its formula says."""

import pytest
import torch
from torch import Tensor, nn

from engine.net import response
from engine.net.batch_norm import BatchNorm
from engine.net.noise import Dropout, GaussianNoise, NoiseSource

CPU = torch.device("cpu")


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def maps(seed: int = 1, size: int = 16) -> Tensor:
    return response.normal_maps(4, size, generator(seed))


def noise() -> NoiseSource:
    return NoiseSource(CPU, 3)


def test_the_identity_changes_nothing_and_is_linear() -> None:
    assert response.change(nn.Identity(), maps()) == 0
    assert response.output_size(nn.Identity(), maps()) == 1
    assert response.nonlinearity(nn.Identity(), maps(1), maps(2)) < 1e-6
    assert response.receptive_field(nn.Identity(), maps(), generator()) == 1


def test_full_dropout_answers_zero_to_everything_and_only_in_training() -> None:
    dropout = Dropout(1.0, noise())
    assert response.output_size(dropout, maps()) == response.input_dependence(dropout, maps(1), maps(2)) == 0
    assert response.disagreement(dropout, maps()) == 1


def test_noise_of_sigma_two_changes_its_input_by_twice_its_size_and_evaluation_not_at_all() -> None:
    gaussian = GaussianNoise(2.0, noise())
    assert response.change(gaussian, maps()) == pytest.approx(2, rel=0.05)
    assert response.disagreement(gaussian, maps()) == pytest.approx(2 / 5**0.5, rel=0.05)


def test_an_activation_is_not_linear_and_a_convolution_is() -> None:
    assert response.nonlinearity(nn.ReLU(), maps(1), maps(2)) > 0.1
    assert response.nonlinearity(nn.Conv2d(4, 4, 3, padding=1, bias=False), maps(1), maps(2)) < 1e-5


def test_a_bias_makes_a_response_affine_and_that_is_not_linear() -> None:
    assert response.nonlinearity(nn.Conv2d(4, 4, 1), maps(1), maps(2)) > 0.01


@pytest.mark.parametrize(("dilation", "idle", "field"), [(1, 0.0, 3), (4, 0.0, 9), (50, 8 / 9, 1)])
def test_taps_that_never_meet_data_get_no_gradient_and_widen_no_field(
    dilation: int, idle: float, field: int
) -> None:
    conv = nn.Conv2d(4, 4, 3, padding=dilation, dilation=dilation, bias=False)
    assert response.idle_weights(conv, maps(), generator()) == pytest.approx(idle)
    assert response.receptive_field(conv, maps(), generator()) == field
    roomy = response.normal_maps(4, response.ROOMY_SIZE, generator(), 2)
    assert response.receptive_field(conv, roomy, generator()) == 2 * dilation + 1


def test_every_normalisation_of_a_constant_map_multiplies_the_gradient_by_316() -> None:
    one = response.amplification(BatchNorm(4), 16, 4, generator())
    two = response.amplification(nn.Sequential(BatchNorm(4), BatchNorm(4)), 16, 4, generator())
    assert one == pytest.approx(316, rel=0.05)
    assert two == pytest.approx(316**2, rel=0.05)


def test_a_measurement_leaves_weights_shifts_and_gradients_as_they_were() -> None:
    operation = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), BatchNorm(4), nn.ReLU())
    before = [p.detach().clone() for p in operation.parameters()]
    response.amplification(operation, 16, 4, generator())
    response.idle_weights(operation, maps(), generator())
    response.receptive_field(operation, maps(), generator())
    assert all(torch.equal(a, b) for a, b in zip(before, operation.parameters(), strict=True))
    assert all(p.grad is None or not p.grad.any() for p in operation.parameters())

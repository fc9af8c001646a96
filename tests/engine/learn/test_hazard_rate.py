"""The hazard estimated from architectures alone, against steps really taken with trained shifts."""

import math

import pytest
import torch
from torch.nn import functional as F

from engine.plan.hazard import estimate_hazard
from tests.builders import (
    DROPOUT,
    STRETCHED,
    images_of,
    poison_table,
    random_architectures,
    randomise_norms,
    search_of,
    small_config,
)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("copies", [3, 36])
def test_steps_end_in_nan_and_do_nothing_as_often_as_estimated(copies: int) -> None:
    """Forward and backward only, from the same weights: an update would end it all with the first NaN.

    A chain of 15 to 17 decides by the size of the weights whether entries overflow, so the count of NaN may
    exceed that of chains of 16 by those of 15 and fall short by those of 16 and 17.
    """
    num_steps = 1500 if copies == 3 else 500
    config = small_config(
        space=poison_table(copies, STRETCHED, DROPOUT),
        child={"layers": 12, "filters": 8, "batch_size": 4, "keep_prob": 1.0},
    )
    search = search_of(config)
    randomise_norms(search.child, 1)
    search.child.train()
    images, labels = images_of(4)
    num_nan = num_null = 0
    for architecture in random_architectures(config.space, num_steps, 12, seed=5):
        search.weights.gradients.zero_()
        torch.autograd.backward(F.cross_entropy(search.child(images, architecture), labels))
        is_finite = bool(torch.isfinite(search.weights.largest_gradient()))
        num_nan += not is_finite
        num_null += is_finite and not bool(torch.isfinite(search.weights.gradient_norm()))
    hazard = estimate_hazard(config.space, 12)
    print(
        f"copies {copies}: {num_nan} NaN and {num_null} null of {num_steps}; expected "
        f"{num_steps * hazard.nan_probability:.1f} and {num_steps * hazard.null_probability:.1f}"
    )
    expected = num_steps * hazard.nan_probability
    slack = 4 * math.sqrt(expected) + 0.3 * expected
    assert abs(num_nan - expected) < slack
    broken = num_steps * (hazard.nan_probability + hazard.null_probability)
    assert abs(num_nan + num_null - broken) < 4 * math.sqrt(broken) + 0.3 * broken

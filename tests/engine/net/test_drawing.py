"""Drawing one of several: against the formula drawn number by number, and against torch's own draw."""

import math

import pytest
import torch
from torch import Tensor

from engine.net.drawing import draw_one_each

SIZES = [(1, 1), (20, 6), (3, 3006), (352, 12)]


def policies(num_rows: int, num_outputs: int) -> Tensor:
    logits = 3 * torch.randn(num_rows, num_outputs, generator=torch.Generator().manual_seed(3))
    return torch.softmax(logits, 1)


def one_by_one(probabilities: Tensor, generator: torch.Generator) -> list[int]:
    """Each thing waits an exponential time at the rate of its probability; the first one to come is taken."""
    chosen = []
    for row in probabilities.tolist():
        uniform = [float(torch.rand((), dtype=torch.float64, generator=generator)) for _ in row]
        waits = [-math.log1p(-u) / p if p else math.inf for u, p in zip(uniform, row, strict=True)]
        chosen.append(waits.index(min(waits)))
    return chosen


@pytest.mark.parametrize(("num_rows", "num_outputs"), SIZES)
def test_a_draw_is_the_first_of_exponential_waits(num_rows: int, num_outputs: int) -> None:
    probabilities = policies(num_rows, num_outputs)
    ours, theirs = (torch.Generator().manual_seed(7) for _ in range(2))
    assert draw_one_each(probabilities, ours).tolist() == one_by_one(probabilities, theirs)
    assert torch.equal(ours.get_state(), theirs.get_state())


@pytest.mark.parametrize(("num_rows", "num_outputs"), SIZES)
def test_a_draw_is_torchs_own_and_so_is_what_it_leaves_of_the_generator(
    num_rows: int, num_outputs: int
) -> None:
    probe = torch.Generator().manual_seed(1)
    torch.empty(8).exponential_(generator=probe)
    plain = torch.Generator().manual_seed(1)
    torch.rand(8, dtype=torch.float64, generator=plain)
    if not torch.equal(probe.get_state(), plain.get_state()):
        pytest.skip("this build of torch draws exponentials by another library")
    probabilities = policies(num_rows, num_outputs)
    for seed in range(20):
        ours, theirs = (torch.Generator().manual_seed(seed) for _ in range(2))
        drawn = torch.multinomial(probabilities, 1, generator=theirs)[:, 0]
        assert torch.equal(draw_one_each(probabilities, ours), drawn)
        assert torch.equal(ours.get_state(), theirs.get_state())


def test_what_is_certain_is_drawn_and_what_is_impossible_is_not() -> None:
    certain = torch.tensor([2, 0, 3]).repeat(100)
    assert torch.equal(draw_one_each(torch.eye(4)[certain], torch.Generator().manual_seed(1)), certain)

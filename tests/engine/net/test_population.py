"""Many architectures in one pass answer as each does alone, whatever the others do."""

import math

import pytest
import torch
from torch import Tensor

from engine.net.child import Child
from engine.net.population import Population
from engine.plan.architecture import Architecture
from engine.plan.operations import Conv, Dropout, Gaussian, Identity, TransposedConv
from engine.plan.protocol import Switches
from engine.plan.space import Space
from tests.builders import chain_of, child_of, images_of, random_architectures, randomise_norms, space_of

EVERYTHING = space_of(
    (Identity(), 3),
    (Gaussian(2.0), 2),
    (Dropout(0.5), 1),
    (Dropout(1.0), 2),
    (TransposedConv(5), 2),
    (Conv(3, dilation=50), 2),
)
"""Every operation there is, some with several outputs."""

NUM_IMAGES = 3


def trained_child(space: Space, layers: int, switches: Switches | None = None) -> Child:
    child = child_of(space, layers, filters=6, keep_prob=0.9, switches=switches, seed=layers)
    randomise_norms(child, seed=1)
    return child.eval()


def images_for(num: int) -> Tensor:
    """[S, B, 3, 32, 32], other images for each architecture."""
    return images_of(num * NUM_IMAGES)[0].unflatten(0, (num, NUM_IMAGES))


@torch.no_grad()
def one_by_one(child: Child, architectures: list[Architecture], images: Tensor) -> Tensor:
    """The slow form: a pass for each."""
    return torch.stack(
        [child(batch, architecture) for batch, architecture in zip(images, architectures, strict=True)]
    )


@pytest.mark.parametrize("pointwise", ["per_channel", "dense"])
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
@pytest.mark.parametrize(("layers", "num", "skips"), [(3, 1, 0.5), (4, 2, 0.0), (7, 9, 0.5), (12, 20, 0.3)])
def test_every_architecture_answers_as_it_does_alone(
    layers: int, num: int, skips: float, pointwise: str, device: str
) -> None:
    child = trained_child(EVERYTHING, layers, Switches(sepconv_pointwise=pointwise)).to(device)
    architectures = random_architectures(EVERYTHING, num, layers, seed=num, skip_probability=skips)
    images = images_for(num).to(device)
    together, alone = (
        Population(child, architectures).logits(images),
        one_by_one(child, architectures, images),
    )
    assert alone.std() > 0.1
    torch.testing.assert_close(together, alone, rtol=2e-4, atol=2e-4)


def test_images_of_one_architecture_say_nothing_to_another() -> None:
    child = trained_child(EVERYTHING, 6)
    architectures = random_architectures(EVERYTHING, 4, 6, seed=2)
    images = images_for(4)
    before = Population(child, architectures).logits(images)
    images[2] *= -3
    after = Population(child, architectures).logits(images)
    assert torch.equal(before[[0, 1, 3]], after[[0, 1, 3]])
    assert not torch.allclose(before[2], after[2], atol=1e-2)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_passes_everything_and_stays_with_its_architecture(bad: float) -> None:
    """A broken weight of one slot: whoever uses it answers NaN, whoever does not is as before."""
    child = trained_child(EVERYTHING, 6)
    sampled = random_architectures(EVERYTHING, 8, 6, seed=3)
    architectures = [
        Architecture((each.outputs[0], s % 4, *each.outputs[2:]), each.skips)
        for s, each in enumerate(sampled)
    ]
    images = images_for(len(architectures))
    healthy = one_by_one(child, architectures, images)
    child.layer(1).operations[2][1].weight.data[0, 0, 0, 0] = bad
    broken = [each.outputs[1] == 2 for each in architectures]
    found = Population(child, architectures).logits(images)
    assert sum(broken) == 2
    for logits, expected, is_broken in zip(found, healthy, broken, strict=True):
        if is_broken:
            assert logits.isnan().all()
        else:
            torch.testing.assert_close(logits, expected, rtol=2e-4, atol=2e-4)


def test_a_broken_image_breaks_the_logits_of_its_own_batch_alone() -> None:
    child = trained_child(EVERYTHING, 5)
    architectures = random_architectures(EVERYTHING, 5, 5, seed=4)
    images = images_for(5)
    images[3, 0, 0, 0, 0] = math.nan
    found = Population(child, architectures).logits(images)
    assert found.isnan().flatten(1).all(1).tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_a_constant_map_becomes_its_shift_exactly(device: str) -> None:
    """Equal pixels of any size: their variance is zero, and nothing of them is left."""
    child = trained_child(space_of(base=(Conv(3),)), 3).to(device)
    architectures = [chain_of(0, 0, 0), chain_of(0, 0, 0, skips={2: (0,)})]
    conv, _ = child.stem
    conv.weight.data.zero_()
    conv.weight.data[:, :, 1, 1] = 1.0
    plain = torch.ones(2, NUM_IMAGES, 3, 32, 32, device=device)
    population = Population(child, architectures)
    assert torch.equal(population.logits(plain), population.logits(123.4 * plain))


def test_it_changes_neither_weights_nor_images_and_leaves_no_gradient() -> None:
    child = trained_child(EVERYTHING, 4)
    images = images_for(3)
    before = [images.clone(), *(p.detach().clone() for p in child.parameters())]
    logits = Population(child, random_architectures(EVERYTHING, 3, 4, seed=5)).logits(images)
    assert not logits.requires_grad
    assert all(map(torch.equal, before, [images, *child.parameters()]))

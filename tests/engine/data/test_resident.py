"""Batches equal torchvision's pixels bit for bit, and every draw comes from the given generator."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms import functional as vision

from engine.data.augmentation import Crops, crop_and_flip, cut_out, draw_centres, draw_crops
from engine.data.dataset import Dataset
from engine.data.image_set import ImageSet
from engine.data.resident import (
    PUBLISHED_NORMALISATION,
    ResidentImages,
    normalisation,
    ordered_batches,
    shuffled_batches,
)

CPU = torch.device("cpu")
MEAN, STD = PUBLISHED_NORMALISATION["cifar10"]


def random_set(num: int = 40) -> ImageSet:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(num, 3, 32, 32), dtype=np.uint8)
    return ImageSet(images, np.arange(num, dtype=np.int64) % 10)


def resident(num: int = 40) -> ResidentImages:
    return ResidentImages(random_set(num), MEAN, STD, CPU)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def torchvision_image(image: np.ndarray, top: int, left: int, flipped: bool) -> Tensor:
    """What RandomCrop(32, padding=4), RandomHorizontalFlip, ToTensor and Normalize make of a draw."""
    picture = vision.crop(vision.pad(vision.to_pil_image(image.transpose(1, 2, 0)), [4]), top, left, 32, 32)
    picture = vision.hflip(picture) if flipped else picture
    normalised: Tensor = vision.normalize(vision.to_tensor(picture), list(MEAN), list(STD))
    return normalised


def test_plain_batches_equal_torchvisions_bit_for_bit() -> None:
    images, labels = resident().plain(torch.tensor([7, 3, 7]))
    oracle = [torchvision_image(random_set().images[index], 4, 4, False) for index in (7, 3, 7)]
    assert torch.equal(images, torch.stack(oracle))
    assert labels.tolist() == [7, 3, 7]


def test_augmented_batches_equal_torchvisions_bit_for_bit() -> None:
    indices = torch.arange(40)
    images, labels = resident().augmented(indices, seeded(5))
    crops = draw_crops(40, seeded(5))
    oracle = [
        torchvision_image(image, int(top), int(left), bool(flipped))
        for image, top, left, flipped in zip(
            random_set().images, crops.top, crops.left, crops.flipped, strict=True
        )
    ]
    assert torch.equal(images, torch.stack(oracle))
    assert torch.equal(labels, indices % 10)


@pytest.mark.parametrize("cutout", [0, 7])
def test_batches_augmented_together_are_those_of_one_after_the_other_bit_for_bit(cutout: int) -> None:
    images, one, together = resident(), seeded(3), seeded(3)
    sizes = (5, 1, 8)
    alone = [
        images.augmented(torch.randperm(40, generator=one)[:size], one, cutout) for size in sizes
    ]  # fmt: skip
    drawn = (torch.randperm(40, generator=together)[:size] for size in sizes)
    found = images.augmented_together(drawn, together, cutout)
    for ours, theirs in zip(found, zip(*alone, strict=True), strict=True):
        assert torch.equal(ours, torch.cat(theirs))
    assert torch.equal(one.get_state(), together.get_state())


@settings(deadline=None, max_examples=40)
@given(top=st.integers(0, 8), left=st.integers(0, 8), flipped=st.booleans())
def test_a_crop_moves_each_pixel_to_its_place_and_fills_with_black(
    top: int, left: int, flipped: bool
) -> None:
    image = torch.randint(1, 256, (1, 3, 32, 32), dtype=torch.uint8, generator=seeded())
    crops = Crops(torch.tensor([top]), torch.tensor([left]), torch.tensor([flipped]))
    cropped = crop_and_flip(image, crops)
    padded = torch.zeros(1, 3, 40, 40, dtype=torch.uint8)
    padded[:, :, 4:36, 4:36] = image
    expected = padded[:, :, top : top + 32, left : left + 32]
    assert torch.equal(cropped, expected.flip(3) if flipped else expected)


def test_draws_cover_every_offset_and_flip_half() -> None:
    crops = draw_crops(4000, seeded())
    assert set(crops.top.tolist()) == set(crops.left.tolist()) == set(range(9))
    assert 0.45 < crops.flipped.float().mean().item() < 0.55


def test_augmentation_repeats_with_its_generator_and_leaves_the_global_one_alone() -> None:
    before = torch.get_rng_state()
    first, _ = resident().augmented(torch.arange(8), seeded(1), cutout_pixels=8)
    second, _ = resident().augmented(torch.arange(8), seeded(1), cutout_pixels=8)
    other, _ = resident().augmented(torch.arange(8), seeded(2), cutout_pixels=8)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@settings(deadline=None, max_examples=40)
@given(row=st.integers(0, 31), column=st.integers(0, 31), pixels=st.integers(1, 40))
def test_cutout_zeroes_one_square_clipped_at_the_borders(row: int, column: int, pixels: int) -> None:
    cut = cut_out(torch.ones(1, 3, 32, 32), torch.tensor([[row], [column]]), pixels)
    expected = torch.ones(1, 3, 32, 32)
    top, left = row - pixels // 2, column - pixels // 2
    expected[:, :, max(top, 0) : max(top + pixels, 0), max(left, 0) : max(left + pixels, 0)] = 0
    assert torch.equal(cut, expected)


def test_cutout_comes_after_normalisation_and_changes_nothing_else() -> None:
    whole, _ = resident().augmented(torch.arange(20), seeded(3))
    cut, _ = resident().augmented(torch.arange(20), seeded(3), cutout_pixels=16)
    assert ((cut == whole) | (cut == 0)).all()
    assert (cut == 0).any(dim=(1)).flatten(1).sum(dim=1).min() >= 64


def test_cutout_centres_reach_every_pixel() -> None:
    assert set(draw_centres(4000, 32, seeded()).flatten().tolist()) == set(range(32))


def test_images_stay_bytes_on_the_device() -> None:
    assert resident().images.dtype == torch.uint8
    assert len(resident(12)) == 12


def dataset(source: str) -> Dataset:
    return Dataset(source, ("a", "b"), random_set(), random_set(3), random_set(3))


def test_cifar_is_normalised_with_the_published_numbers() -> None:
    assert normalisation(dataset("cifar10"))[0] == (0.49139968, 0.48215841, 0.44653091)
    assert normalisation(dataset("cifar100")) == PUBLISHED_NORMALISATION["cifar100"]


def test_other_sources_are_normalised_by_their_training_images() -> None:
    mean, std = normalisation(dataset("folder:mine"))
    pixels = random_set().images.astype(np.float64) / 255
    assert mean == pytest.approx(pixels.mean(axis=(0, 2, 3)), rel=1e-12)
    assert std == pytest.approx(pixels.std(axis=(0, 2, 3)), rel=1e-12)


def test_a_channel_that_never_varies_becomes_zero_and_not_nan() -> None:
    black = ImageSet(np.zeros((4, 3, 32, 32), np.uint8), np.zeros(4, np.int64))
    mean, std = normalisation(Dataset("synthetic", ("a", "b"), black, black, black))
    images, _ = ResidentImages(black, mean, std, CPU).plain(torch.arange(4))
    assert torch.equal(images, torch.zeros(4, 3, 32, 32))


@pytest.mark.parametrize(("drop_last", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_the_incomplete_last_batch_is_kept_or_dropped(drop_last: bool, sizes: list[int]) -> None:
    shuffled = shuffled_batches(10, 4, seeded(), drop_last)
    ordered = ordered_batches(10, 4, drop_last, CPU)
    assert [len(batch) for batch in shuffled] == [len(batch) for batch in ordered] == sizes
    assert torch.cat(ordered).tolist() == list(range(sum(sizes)))
    assert len(set(torch.cat(shuffled).tolist())) == sum(sizes)


def test_fewer_images_than_a_batch_are_one_short_batch_or_none() -> None:
    assert [len(batch) for batch in ordered_batches(3, 8, False, CPU)] == [3]
    assert ordered_batches(3, 8, True, CPU) == []


def test_shuffled_batches_repeat_with_their_seed_only() -> None:
    orders = [torch.cat(shuffled_batches(50, 8, seeded(seed), False)).tolist() for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == list(range(50))

"""The embedded images are deterministic, balanced, and a task that only neighbourhoods solve."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.data.embedded import class_names, make_images
from engine.data.image_set import ImageSet
from engine.data.textures import TEXTURES, draw_masks


def make(num: int, *, classes: int = 10, seed: int = 0) -> ImageSet:
    return make_images(num, classes, np.random.SeedSequence(seed))


def test_the_same_seed_makes_the_same_images_whatever_the_global_state() -> None:
    np.random.seed(1)
    first = make(50)
    np.random.seed(2)
    second = make(50)
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.labels, second.labels)


def test_another_seed_makes_other_images_in_another_order() -> None:
    first, second = make(50), make(50, seed=1)
    assert not np.array_equal(first.labels, second.labels)
    assert not np.array_equal(first.images, second.images)


@pytest.mark.parametrize(("num", "classes"), [(1, 2), (103, 10), (250, 100), (2050, 7)])
def test_classes_are_balanced_within_one_and_mixed(num: int, classes: int) -> None:
    labels = make(num, classes=classes).labels
    counts = np.bincount(labels, minlength=classes)
    assert counts.max() - counts.min() <= 1
    assert num < 10 or (np.diff(labels) != 1).any()


def test_class_names_are_distinct_and_say_what_is_seen() -> None:
    names = class_names(100)
    assert len(set(names)) == 100
    assert names[:10] == tuple(TEXTURES)
    assert names[10] == "horizontal stripes above vertical stripes"


@pytest.mark.parametrize("classes", [-1, 0, 1, 101])
def test_a_number_of_classes_that_cannot_be_drawn_is_refused(classes: int) -> None:
    with pytest.raises(ValueError, match=rf"data.num_classes = {classes}: allowed are 2 to 100"):
        class_names(classes)


@pytest.mark.parametrize("texture", TEXTURES)
def test_every_texture_inks_exactly_half_of_every_image(texture: str) -> None:
    masks = draw_masks(texture, 40, np.random.default_rng(0))
    assert (masks.sum(axis=(1, 2)) == 512).all()


def colour_features(images: ImageSet) -> np.ndarray:
    """Sorted pixel values of each channel: everything a histogram knows. [n, 3 * 64]."""
    ordered = np.sort(images.images.reshape(len(images), 3, -1), axis=2)[:, :, ::16]
    return ordered.reshape(len(images), -1).astype(np.float64)


def test_a_classifier_of_colour_histograms_stays_near_guessing() -> None:
    train, test = make(3000), make(1000, seed=1)
    means = np.stack([colour_features(train)[train.labels == c].mean(axis=0) for c in range(10)])
    distances = np.linalg.norm(colour_features(test)[:, None] - means, axis=2)
    assert (distances.argmin(axis=1) != test.labels).mean() > 0.8


def small_net(kernel: int, filters: int) -> nn.Sequential:
    """Four convolutions, pooled twice, unless they see single pixels only."""
    layers: list[nn.Module] = []
    channels = 3
    for layer in range(4):
        layers += [nn.Conv2d(channels, filters, kernel, padding=kernel // 2, bias=False)]
        layers += [nn.BatchNorm2d(filters), nn.ReLU()]
        if kernel > 1 and layer in (0, 1):
            layers += [nn.MaxPool2d(2)]
        channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(filters, 10))


def as_floats(images: ImageSet) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(images.images).float() / 127.5 - 1, torch.from_numpy(images.labels)


def trained_error(net: nn.Sequential, num_train: int, epochs: int) -> float:
    """Test error on 500 images after plain SGD with a falling rate."""
    inputs, labels = as_floats(make(num_train))
    optimizer = torch.optim.SGD(net.parameters(), 0.05, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(num_train), 64):
            optimizer.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(net(inputs[batch]), labels[batch]))
            optimizer.step()
        schedule.step()
    net.eval()
    inputs, labels = as_floats(make(500, seed=1))
    with torch.no_grad():
        return float((net(inputs).argmax(dim=1) != labels).float().mean())


@pytest.fixture
def _one_seeded_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.mark.usefixtures("_one_seeded_thread")
def test_a_small_convolutional_net_learns_within_a_few_epochs() -> None:
    assert trained_error(small_net(3, 10), num_train=1500, epochs=4) < 0.45


@pytest.mark.usefixtures("_one_seeded_thread")
def test_a_net_of_single_pixels_stays_near_guessing() -> None:
    assert trained_error(small_net(1, 10), num_train=1000, epochs=2) > 0.75


@pytest.mark.slow
@pytest.mark.usefixtures("_one_seeded_thread")
def test_convolutions_solve_what_longer_training_of_single_pixels_does_not() -> None:
    assert trained_error(small_net(3, 12), num_train=3000, epochs=5) < 0.25
    assert trained_error(small_net(1, 32), num_train=3000, epochs=4) > 0.75

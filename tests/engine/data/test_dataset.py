"""Splitting, refusing sizes and keeping the three sets independent of one another."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import dataset as dataset_module
from engine.data.dataset import Dataset, load_dataset
from engine.data.image_set import ImageSet, PublishedSplit

SIZES: dict[str, Any] = {"num_train": 60, "num_val": 20, "num_test": 30, "num_classes": 10, "seed": 3}


def load(source: str = "synthetic", **changes: Any) -> Dataset:
    return load_dataset(source, data_dir=Path("nowhere"), **(SIZES | changes))


def fake_cifar(_name: str, _data_dir: Path) -> PublishedSplit:
    """Fifty images that carry their own place in the pool, and ten for testing."""
    images = np.arange(50, dtype=np.uint8)[:, None, None, None] * np.ones((1, 3, 32, 32), np.uint8)
    pool = ImageSet(images, np.arange(50, dtype=np.int64) % 10)
    return PublishedSplit(tuple("abcdefghij"), pool, pool[:10])


def test_synthetic_sets_have_the_sizes_asked_for() -> None:
    data = load()
    assert [len(data.train), len(data.validation), len(data.test)] == [60, 20, 30]
    assert data.train.images.shape == (60, 3, 32, 32)
    assert len(data.class_names) == 10


@pytest.mark.parametrize("field", ["num_train", "num_val", "num_test"])
def test_changing_one_size_leaves_the_other_sets_images_alone(field: str) -> None:
    before, after = load(), load("synthetic", **{field: 45})
    parts = {"num_train": "train", "num_val": "validation", "num_test": "test"}
    for other in set(parts) - {field}:
        ours, theirs = getattr(before, parts[other]), getattr(after, parts[other])
        assert np.array_equal(ours.images, theirs.images)
        assert np.array_equal(ours.labels, theirs.labels)


def test_the_three_synthetic_sets_share_no_images() -> None:
    data = load(num_train=30, num_val=30)
    sets = [{image.tobytes() for image in part.images} for part in (data.train, data.validation, data.test)]
    assert len(set.union(*sets)) == 90


def test_cifar_trains_on_the_first_and_validates_on_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_module, "load_cifar", fake_cifar)
    data = load("cifar10", num_train=30, num_val=5, num_test=0)
    assert data.train.images[:, 0, 0, 0].tolist() == list(range(30))
    assert data.validation.images[:, 0, 0, 0].tolist() == list(range(45, 50))
    assert len(data.test) == 10


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_train": 50, "num_val": 5}, r"data.num_train = 50: allowed are 1 to 49 .*50 images of cifar10"),
        ({"num_train": 46, "num_val": 5}, r"data.num_val = 5: allowed are 1 to 4 .*50 training images"),
        ({"num_train": 40, "num_val": 0}, r"data.num_val = 0: allowed are 1 to 10"),
        ({"num_train": 40, "num_val": 5, "num_test": 11}, r"data.num_test = 11: allowed are 1 to 10"),
        ({"num_train": 40, "num_val": 5, "num_test": -1}, r"data.num_test = -1: allowed are 0"),
    ],
)
def test_sizes_beyond_what_there_is_are_refused_by_name(
    sizes: dict[str, int], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_module, "load_cifar", fake_cifar)
    with pytest.raises(ValueError, match=message):
        load("cifar10", **sizes)


def test_a_synthetic_set_too_large_for_memory_is_refused_before_it_is_made() -> None:
    with pytest.raises(ValueError, match=r"data.num_train = 1000000000: allowed are 1 to 1000000"):
        load(num_train=10**9)


@pytest.mark.parametrize("source", ["mnist", "", "folder", "folder:", "cifar"])
def test_an_unknown_source_is_refused_with_what_is_allowed(source: str) -> None:
    with pytest.raises(ValueError, match=r"dataset = .*synthetic, cifar10, cifar100 or folder:PATH"):
        load(source)

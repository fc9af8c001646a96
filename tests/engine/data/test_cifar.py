"""CIFAR from disk, and the one line a failed download leaves."""

from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
from torchvision import datasets

from engine.data.cifar import load_cifar


class FakeCifar:
    """Stands in for torchvision's class: four published images, or a download that fails."""

    filename = "cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    classes: tuple[str, ...] = ("cat", "dog")
    failure: Exception | None = None

    def __init__(self, _root: str, *, train: bool, download: bool) -> None:
        if download and self.failure:
            raise self.failure
        self.data: Any = np.arange(4 * 32 * 32 * 3, dtype=np.uint32).reshape(4, 32, 32, 3).astype(np.uint8)
        self.targets = [0, 1, 1, int(train)]


@pytest.fixture
def cifar(monkeypatch: pytest.MonkeyPatch) -> type[FakeCifar]:
    fake = type("FailingCifar", (FakeCifar,), {})
    monkeypatch.setattr(datasets, "CIFAR10", fake)
    return fake


@pytest.mark.usefixtures("cifar")
def test_published_images_come_channels_first_with_their_classes(tmp_path: Path) -> None:
    published = load_cifar("cifar10", tmp_path)
    assert published.class_names == ("cat", "dog")
    assert published.pool.images.shape == (4, 3, 32, 32)
    assert published.pool.images[0, :, 0, 1].tolist() == [3, 4, 5]
    assert (published.pool.labels.tolist(), published.test.labels.tolist()) == ([0, 1, 1, 1], [0, 1, 1, 0])
    assert published.pool.labels.dtype == np.int64


@pytest.mark.parametrize(
    "failure",
    [URLError("no route\nto host"), RuntimeError("File not found or corrupted."), EOFError(), TimeoutError()],
)
def test_a_failed_download_says_in_one_line_which_archive_to_put_where(
    failure: Exception, cifar: type[FakeCifar], tmp_path: Path
) -> None:
    cifar.failure = failure
    with pytest.raises(ValueError) as refusal:
        load_cifar("cifar10", tmp_path)
    message = str(refusal.value)
    assert f"put cifar-10-python.tar.gz into {tmp_path}" in message
    assert "MD5 checksum" in message
    assert "\n" not in message

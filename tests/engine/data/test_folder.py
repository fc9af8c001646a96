"""Somebody's own images, decoded once; the cache is never trusted further than it deserves."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import folder as folder_module
from engine.data.folder import load_folder


def add_image(path: Path, shade: int, size: tuple[int, int] = (32, 32), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 10, 20)).convert(mode).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A hundred cats that are dark and a hundred dogs that are bright."""
    for number in range(100):
        add_image(tmp_path / f"pets/train/cat/{number:03}.png", number)
        add_image(tmp_path / f"pets/train/dog/{number:03}.png", 100 + number)
    for number in range(20):
        add_image(tmp_path / f"pets/test/cat/{number:02}.png", number)
        add_image(tmp_path / f"pets/test/dog/{number:02}.png", 100 + number)
    return tmp_path / "pets"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def caches(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "folder-cache").iterdir())


def shades(images: np.ndarray) -> list[int]:
    return [int(shade) for shade in images[:, 0, 5, 5]]


def test_every_image_keeps_its_class_and_its_pixels(root: Path, data_dir: Path) -> None:
    published = load_folder(root, data_dir)
    assert published.class_names == ("cat", "dog")
    assert sorted(shades(published.pool.images)) == list(range(200))
    assert [shade >= 100 for shade in shades(published.pool.images)] == published.pool.labels.tolist()
    assert published.pool.images[0, 1:, 5, 5].tolist() == [10, 20]


def test_both_sets_are_mixed_so_that_any_part_has_both_classes(root: Path, data_dir: Path) -> None:
    published = load_folder(root, data_dir)
    for images in (published.pool, published.test):
        assert 2 <= images.labels[:10].sum() <= 8


def test_the_order_is_the_same_each_time_decoded_or_cached(root: Path, data_dir: Path) -> None:
    first, cached = load_folder(root, data_dir), load_folder(root, data_dir)
    assert np.array_equal(first.pool.images, cached.pool.images)
    assert np.array_equal(first.test.labels, cached.test.labels)


def test_images_of_other_sizes_and_modes_become_32_by_32_colour(root: Path, data_dir: Path) -> None:
    add_image(root / "test/cat/wide.jpg", 200, size=(90, 40))
    add_image(root / "test/cat/tiny.png", 200, size=(1, 1), mode="L")
    add_image(root / "test/cat/palette.gif", 200, size=(32, 32), mode="P")
    add_image(root / "test/cat/clear.png", 200, size=(50, 50), mode="RGBA")
    assert load_folder(root, data_dir).test.images.shape == (44, 3, 32, 32)


def test_a_second_load_decodes_nothing(root: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_folder(root, data_dir)
    monkeypatch.setattr(folder_module, "_decode", None)
    assert len(load_folder(root, data_dir).pool) == 200


def test_a_changed_file_makes_the_cache_stale(root: Path, data_dir: Path) -> None:
    load_folder(root, data_dir)
    add_image(root / "train/cat/000.png", 255)
    os.utime(root / "train/cat/000.png", ns=(1, 1))
    assert 255 in shades(load_folder(root, data_dir).pool.images)
    assert len(caches(data_dir)) == 2


def cut(cache: Path) -> None:
    cache.write_bytes(cache.read_bytes()[:5000])


def flip_a_byte(cache: Path) -> None:
    content = bytearray(cache.read_bytes())
    content[len(content) // 2] ^= 255
    cache.write_bytes(content)


def empty(cache: Path) -> None:
    cache.write_bytes(b"")


def put_in_other_shapes(cache: Path) -> None:
    np.savez(cache, train=np.zeros((3, 3, 32, 32), np.uint8), test=np.zeros((3, 3, 32, 32), np.uint8))


def put_in_objects(cache: Path) -> None:
    np.savez(cache, train=np.array([{}], dtype=object), test=np.zeros(3))


@pytest.mark.parametrize("damage", [cut, flip_a_byte, empty, put_in_other_shapes, put_in_objects])
def test_a_damaged_cache_is_made_again(root: Path, data_dir: Path, damage: object) -> None:
    load_folder(root, data_dir)
    (cache,) = caches(data_dir)
    good = cache.read_bytes()
    assert callable(damage)
    damage(cache)
    assert sorted(shades(load_folder(root, data_dir).pool.images)) == list(range(200))
    assert len(caches(data_dir)) == 1
    assert len(cache.read_bytes()) == len(good)


def test_a_cache_that_cannot_be_written_is_not_fatal(root: Path, data_dir: Path) -> None:
    data_dir.write_bytes(b"a file where the folder should be")
    assert len(load_folder(root, data_dir).pool) == 200


def test_the_first_truncated_image_is_named_and_nothing_is_cached(root: Path, data_dir: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for name in ("[red]\x1b[31m.png", "~.png"):
        path = root / "train/dog" / name
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ValueError) as caught:
        load_folder(root, data_dir)
    assert f"{root / 'train/dog'}/[red]\x1b[31m.png is not a readable image" in str(caught.value)
    assert not data_dir.exists()

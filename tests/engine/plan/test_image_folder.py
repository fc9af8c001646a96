"""What a folder of somebody's own images may hold, and refusals that name the path."""

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from engine.plan.image_folder import ImageFolder, scan_image_folder, signature, verify_images


def add(path: Path, content: bytes = b"no pixels yet") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def add_image(path: Path, mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (5, 4)).save(path)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes, with a file more to train on than to test on."""
    for name in ("train/dog/b.png", "train/dog/a.JPG", "train/cat/c.png", "test/dog/d.png", "test/cat/e.png"):
        add_image(tmp_path / "pets" / name)
    return tmp_path / "pets"


def refusal(root: Path) -> str:
    with pytest.raises(ValueError) as caught:
        scan_image_folder(root)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_classes_and_files_are_sorted(root: Path) -> None:
    assert scan_image_folder(root) == ImageFolder(
        root, ("cat", "dog"), (("c.png",), ("a.JPG", "b.png")), (("e.png",), ("d.png",))
    )


def test_paths_run_class_by_class_training_first(root: Path) -> None:
    paths = [str(path.relative_to(root)) for path in scan_image_folder(root).paths()]
    assert paths == [
        "train/cat/c.png",
        "train/dog/a.JPG",
        "train/dog/b.png",
        "test/cat/e.png",
        "test/dog/d.png",
    ]


def test_hidden_entries_are_ignored(root: Path) -> None:
    add(root / ".DS_Store")
    add(root / "train/.cache/x.png")
    add(root / "train/dog/._a.JPG")
    assert scan_image_folder(root).train == (("c.png",), ("a.JPG", "b.png"))


def test_a_class_may_be_missing_from_the_test_set(root: Path) -> None:
    (root / "test/dog/d.png").unlink()
    (root / "test/dog").rmdir()
    assert scan_image_folder(root).test == (("e.png",), ())


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone") == f"dataset: {tmp_path / 'gone'} is not a folder"


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_missing_part_is_refused(root: Path, part: str) -> None:
    (root / part).rename(root / "elsewhere")
    assert f"{root / part} is missing" in refusal(root)


def test_fewer_than_two_classes_are_refused(tmp_path: Path) -> None:
    for part in ("train", "test"):
        add(tmp_path / part / "cat/a.png")
    assert "needs 2 class folders or more, it has 1" in refusal(tmp_path)


def test_a_test_set_without_classes_is_refused(root: Path) -> None:
    (root / "test").rename(root / "elsewhere")
    (root / "test").mkdir()
    assert f"{root / 'test'} has no class folders" in refusal(root)


def test_a_class_that_is_only_tested_is_refused(root: Path) -> None:
    add(root / "test/cow/a.png")
    assert f"{root / 'test/cow'} is a class that train/ doesn't have" in refusal(root)


@pytest.mark.parametrize("part", ["train", "test"])
def test_an_empty_class_is_refused(root: Path, part: str) -> None:
    (root / part / "ant").mkdir()
    assert refusal(root) == f"dataset: {root / part / 'ant'} has no images"


@pytest.mark.parametrize("name", ["notes.txt", "no_suffix", "Thumbs.db", "weights.eps"])
def test_a_file_that_is_no_image_is_refused_by_name(root: Path, name: str) -> None:
    add(root / "train/cat" / name)
    assert f"{root / 'train/cat' / name} is not an image file (.bmp " in refusal(root)


def test_a_file_among_the_classes_is_refused_by_name(root: Path) -> None:
    add(root / "train/labels.csv")
    assert f"{root / 'train/labels.csv'} is not a class folder" in refusal(root)


@pytest.mark.parametrize("name", ["[bold][.txt", "\x1b[31mred.txt", "{}%s.txt"])
def test_hostile_names_are_passed_on_as_they_are(root: Path, name: str) -> None:
    add(root / "train/cat" / name)
    assert name in refusal(root)


def test_a_folder_inside_a_class_is_refused_even_with_an_image_suffix(root: Path) -> None:
    (root / "train/cat/more.png").mkdir()
    assert f"{root / 'train/cat/more.png'} is not an image file" in refusal(root)


def test_links_to_classes_and_files_are_followed(root: Path, tmp_path: Path) -> None:
    outside = add_image(tmp_path / "outside/a.png")
    (root / "train/cow").symlink_to(outside.parent)
    (root / "train/cat/linked.png").symlink_to(outside)
    folder = scan_image_folder(root)
    assert folder.class_names == ("cat", "cow", "dog")
    assert folder.train[0] == ("c.png", "linked.png")


@pytest.mark.parametrize("target", ["..", "../train", "loop.png", "nowhere"])
def test_links_that_lead_round_or_nowhere_are_refused(root: Path, target: str) -> None:
    (root / "train/cat/loop.png").symlink_to(target)
    assert str(root / "train/cat/loop.png") in refusal(root)


def test_a_link_from_a_class_to_its_own_parent_is_refused(root: Path) -> None:
    (root / "train/round").symlink_to(root / "train")
    assert "is not an image file" in refusal(root)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes among files")
def test_a_pipe_is_refused_and_never_opened(root: Path) -> None:
    os.mkfifo(root / "train/cat/pipe.png")
    assert f"{root / 'train/cat/pipe.png'} is not an image file" in refusal(root)


def test_images_with_good_headers_pass(root: Path) -> None:
    verify_images(scan_image_folder(root), num_threads=2)


@pytest.mark.parametrize("num_threads", [1, 8])
def test_the_first_broken_image_in_order_is_named(root: Path, num_threads: int) -> None:
    for number in range(600):
        add(root / "train/cat" / f"{number:03}.png", b"\x89PNG but no")
    add(root / "train/dog/0.png", b"")
    with pytest.raises(ValueError) as caught:
        verify_images(scan_image_folder(root), num_threads=num_threads)
    assert f"{root / 'train/cat/000.png'} is not a readable image" in str(caught.value)


def test_a_program_in_an_images_clothes_is_refused(root: Path) -> None:
    add(root / "test/cat/page.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    with pytest.raises(ValueError, match=r"page\.png is not a readable image"):
        verify_images(scan_image_folder(root))


@pytest.mark.parametrize(("width", "height"), [(9_000, 9_000), (11_000, 11_000), (60_000, 60_000)])
def test_an_image_that_claims_too_many_pixels_is_refused_by_name(root: Path, width: int, height: int) -> None:
    add(root / "train/cat/bomb.ppm", f"P6 {width} {height} 255 ".encode())
    with pytest.raises(ValueError, match=r"bomb\.ppm"):
        verify_images(scan_image_folder(root))


def test_sixteen_bit_images_are_refused_by_name(root: Path) -> None:
    add_image(root / "train/cat/deep.png", "I;16")
    with pytest.raises(ValueError, match=r"deep\.png has I;16 pixels, only 8 bits"):
        verify_images(scan_image_folder(root))


def test_the_signature_is_stable_until_a_file_changes(root: Path) -> None:
    before = signature(scan_image_folder(root))
    assert signature(scan_image_folder(root)) == before
    os.utime(root / "train/cat/c.png", ns=(1, 1))
    touched = signature(scan_image_folder(root))
    (root / "train/cat/c.png").rename(root / "train/cat/f.png")
    renamed = signature(scan_image_folder(root))
    assert len({before, touched, renamed}) == 3


def test_a_name_longer_than_any_disk_allows_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"can't be read \(File name too long\)"):
        scan_image_folder(tmp_path / ("x" * 300))

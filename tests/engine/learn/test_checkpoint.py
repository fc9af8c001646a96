"""Checkpoints are whole or passed over, and reading one never runs what is in it."""

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.learn.checkpoint import NUM_KEPT, load_newest, save_checkpoint


def contents(number: int) -> dict[str, Any]:
    return {"number": number, "values": torch.arange(1000.0) + number, "nothing": None, "names": ["a", "b"]}


def saved(folder: Path, num: int) -> list[Path]:
    return [save_checkpoint(folder, contents(number)) for number in range(1, num + 1)]


def load(folder: Path) -> tuple[dict[str, Any] | None, list[str]]:
    warnings: list[str] = []
    return load_newest(folder, warnings.append), warnings


def test_the_newest_comes_back_as_it_was(tmp_path: Path) -> None:
    saved(tmp_path, 3)
    found, warnings = load(tmp_path)
    assert found is not None
    assert (found["number"], found["names"], found["nothing"]) == (3, ["a", "b"], None)
    assert torch.equal(found["values"], contents(3)["values"])
    assert warnings == []


def test_only_the_newest_two_are_kept(tmp_path: Path) -> None:
    paths = saved(tmp_path, 5)
    assert NUM_KEPT == 2
    assert sorted(tmp_path.iterdir()) == sorted(paths[-2:])


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert load(tmp_path) == (None, [])


def damage(path: Path, how: str) -> None:
    raw = bytearray(path.read_bytes())
    if how == "truncated":
        raw = raw[: len(raw) // 2]
    elif how == "empty":
        raw = bytearray()
    elif how == "longer":
        raw += b"x"
    else:
        raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize("how", ["truncated", "empty", "longer", "one bit flipped"])
def test_a_damaged_one_falls_back_to_the_one_before_and_says_so(tmp_path: Path, how: str) -> None:
    paths = saved(tmp_path, 2)
    damage(paths[1], how)
    found, warnings = load(tmp_path)
    assert found is not None
    assert found["number"] == 1
    assert len(warnings) == 1
    assert paths[1].name in warnings[0]
    assert "\n" not in warnings[0]
    after = save_checkpoint(tmp_path, contents(7))
    assert after.name > paths[1].name
    again = load(tmp_path)[0]
    assert again is not None
    assert again["number"] == 7


def test_when_all_are_damaged_there_is_none_and_every_one_is_named(tmp_path: Path) -> None:
    for path in saved(tmp_path, 2):
        damage(path, "truncated")
    found, warnings = load(tmp_path)
    assert found is None
    assert len(warnings) == 2


def test_what_a_crash_left_beside_is_passed_over(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    for name in (".draft", "notes.txt", "000009-xyz.pt", "000009-0123456789abcdef.pt.tmp"):
        (tmp_path / name).write_bytes(b"half")
    found, warnings = load(tmp_path)
    assert found is not None
    assert found["number"] == 1
    assert warnings == []


class _Attack:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (self.path, "it ran")


def placed(folder: Path, raw: bytes, number: int = 9) -> Path:
    path = folder / f"{number:06d}-{hashlib.sha256(raw).hexdigest()[:16]}.pt"
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("wrapped", [True, False], ids=["in a torch file", "a bare pickle"])
def test_a_malicious_pickle_under_a_right_name_is_refused_and_does_not_run(
    tmp_path: Path, wrapped: bool
) -> None:
    saved(tmp_path, 1)
    attack, buffer = _Attack(tmp_path / "ran"), io.BytesIO()
    if wrapped:
        torch.save({"version": 1, "attack": attack}, buffer)
    else:
        pickle.dump({"version": 1, "attack": attack}, buffer)
    placed(tmp_path, buffer.getvalue())
    with pytest.raises(ValueError, match="not a checkpoint of this engine") as refusal:
        load(tmp_path)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "ran").exists()


def test_a_format_of_the_future_is_refused_by_its_number(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"version": 2}, buffer)
    placed(tmp_path, buffer.getvalue())
    with pytest.raises(ValueError, match="has format 2"):
        load(tmp_path)


def test_a_file_that_is_no_dictionary_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save(torch.zeros(3), buffer)
    placed(tmp_path, buffer.getvalue())
    with pytest.raises(ValueError, match="has format"):
        load(tmp_path)

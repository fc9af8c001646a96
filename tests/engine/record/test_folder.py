"""A run folder is whole or not there, private, and survives being read at any moment."""

import json
import stat
from pathlib import Path

import pytest

from engine.plan.config import RunConfig, read_config
from engine.record import folder as folder_module
from engine.record.events import Warned
from engine.record.folder import RunFolder, read_json, write_json
from engine.record.home import Home
from tests.fakes import TINY, fake_epoch, fake_started


@pytest.fixture
def config() -> RunConfig:
    return read_config(TINY)


def test_a_new_run_is_queued_private_and_complete(tmp_path: Path, config: RunConfig) -> None:
    folder = Home(tmp_path / "home").create_run(config)
    assert folder.read_config() == config
    assert folder.queued_path.exists()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.checkpoint_folder.stat().st_mode) == 0o700
    assert (folder.num_starts(), folder.last_recorded_epoch(), folder.read_result()) == (0, -1, None)


def test_a_run_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, "write_json", full_disk)
    with pytest.raises(OSError, match="No space left"):
        RunFolder.create(tmp_path / "run", config)
    assert list(tmp_path.iterdir()) == []


def test_no_run_is_made_over_another(tmp_path: Path, config: RunConfig) -> None:
    RunFolder.create(tmp_path / "run", config)
    with pytest.raises(FileExistsError):
        RunFolder.create(tmp_path / "run", config)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("name", ['[/] "x" \\', "探索空間", "][child]", "a'''b"])
def test_any_name_comes_back_from_the_heading(tmp_path: Path, name: str) -> None:
    config = read_config({**TINY, "name": name})
    folder = RunFolder.create(tmp_path / "run", config)
    assert folder.read_heading()["name"] == name
    assert folder.read_heading().keys() == {"name", "title", "dataset", "epochs", "seed", "protocol"}


def test_an_unreadable_configuration_is_refused_with_its_place(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with pytest.raises(ValueError, match=r"config\.toml"):
        folder.read_config()
    folder.config_path.write_text("epochs = 0")
    with pytest.raises(ValueError, match=r"config\.toml: epochs = 0"):
        folder.read_config()
    folder.config_path.write_bytes(b"\xff[")
    assert folder.read_heading() == {}


def test_starts_and_epochs_are_counted_from_the_journal(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    journal = folder.open_journal()
    for event in (fake_started(), fake_epoch(0), fake_epoch(1), Warned("x"), fake_started(1, attempt=2)):
        journal.append(event)
    assert folder.num_starts() == 2
    assert folder.last_recorded_epoch() == 0  # epoch 1 is to be done again


def test_a_failed_json_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError):
        write_json(path, {"a": float("nan")})
    assert read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b"[" * 100_000, b'{"a":'])
def test_json_that_is_no_object_reads_as_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    assert read_json(tmp_path / "x.json") is None


def test_result_is_written_as_json(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_result({"val_error": 0.25})
    assert json.loads(folder.result_path.read_text()) == {"val_error": 0.25}
    assert folder.read_result() == {"val_error": 0.25}

"""Where runs live, and what they are called."""

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.config import read_config
from engine.record.home import HOME_VARIABLE, Home, find_home, new_run_id
from tests.fakes import TINY

CONFIG = read_config(TINY)


def test_the_flag_comes_before_the_variable_before_the_platforms_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "variable"))
    assert find_home(str(tmp_path / "flag")).path == tmp_path / "flag"
    assert find_home(None).path == tmp_path / "variable"
    monkeypatch.delenv(HOME_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert find_home(None).path.name == "ssp-tui"


@given(st.text(max_size=100))
def test_an_id_is_a_safe_file_name_whatever_the_name(name: str) -> None:
    run_id = new_run_id(dataclasses.replace(CONFIG, name=name))
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*-s69-\d{4}-[a-z0-9]{4}", run_id)
    assert len(run_id) < 80


def test_ids_of_one_configuration_differ(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert len({home.create_run(CONFIG).run_id for _ in range(20)}) == 20
    assert len(home.run_folders()) == 20


def test_an_id_that_is_taken_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["a", "a", "b"])
    monkeypatch.setattr("engine.record.home.new_run_id", lambda _: next(drawn))
    home = Home(tmp_path)
    assert [home.create_run(CONFIG).run_id for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("place", ["/dev/null/home", "/proc/home"])
def test_a_home_that_cannot_be_written_is_refused_in_one_line(place: str) -> None:
    with pytest.raises(ValueError, match="cannot be written") as refusal:
        Home(Path(place)).create_run(CONFIG)
    assert "\n" not in str(refusal.value)


def test_links_files_and_unfinished_folders_are_no_runs(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    run = home.create_run(CONFIG)
    (home.runs_folder / "link").symlink_to(run.path)
    (home.runs_folder / "file").touch()
    (home.runs_folder / ".new-x").mkdir()
    assert [folder.run_id for folder in home.run_folders()] == [run.run_id]


def test_a_home_that_is_not_there_has_no_runs_and_is_not_made(tmp_path: Path) -> None:
    assert Home(tmp_path / "home").run_folders() == []
    assert not (tmp_path / "home").exists()

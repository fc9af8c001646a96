"""No pipe is waited at, no device read, and nothing is written through a link."""

import os
from pathlib import Path

import pytest

from engine.plan.opening import open_own, open_regular


@pytest.fixture(params=["pipe", "endless device", "folder"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something that can be opened and is no file."""
    path = tmp_path / "odd"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    return path


def test_what_is_no_file_is_refused_at_once(odd: Path) -> None:
    with pytest.raises(OSError, match=r"odd|not a regular file"):
        open_regular(odd)
    with pytest.raises(OSError, match=r"odd|not a regular file"):
        open_own(odd, os.O_WRONLY)


def test_a_file_is_read_also_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"text"


@pytest.mark.parametrize("exists", [True, False])
def test_nothing_is_written_through_a_link_whether_its_target_exists_or_not(
    tmp_path: Path, exists: bool
) -> None:
    target = tmp_path / "target"
    if exists:
        target.write_text("mine")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(OSError, match="is a link"):
        open_own(tmp_path / "link", os.O_WRONLY | os.O_TRUNC)
    assert target.read_text() == "mine" if exists else not target.exists()


def test_an_own_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    os.close(open_own(tmp_path / "own", os.O_WRONLY))
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o600

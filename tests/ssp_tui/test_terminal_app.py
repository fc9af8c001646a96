"""A crash of the dashboard is one clean line, and its traceback a file, whatever the home is like."""

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.record.home import Home
from ssp_tui.terminal_app import CRASH_FILE, crash_line
from ssp_tui.watch import Watcher
from tests.hostile import HOSTILE


class Silent:
    """Takes every message and does nothing."""

    def post_message(self, message: object) -> bool:
        return bool(message)


def crashed(text: str) -> Exception:
    try:
        raise KeyError(text)
    except KeyError as error:
        return error


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_an_error_says_the_line_is_clean_and_the_file_has_the_traceback(
    tmp_path: Path, text: str
) -> None:
    line = crash_line(crashed(text), tmp_path)
    assert line.isprintable()
    assert len(line) < 700
    assert str(tmp_path / CRASH_FILE) in line
    kept = (tmp_path / CRASH_FILE).read_text()
    assert "in crashed" in kept
    assert (tmp_path / CRASH_FILE).stat().st_mode & 0o077 == 0


def test_a_home_that_takes_no_file_or_has_a_link_there_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert "/no-such-home/" not in crash_line(crashed("x"), Path("/no-such-home"))
    (tmp_path / "mine").write_text("mine")
    (tmp_path / CRASH_FILE).symlink_to(tmp_path / "mine")
    crash_line(crashed("x"), tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


def watched(watcher: Watcher, num_looks: int, look: Callable[[int], None]) -> list[Exception]:
    """What the watcher handed on after so many looks, the n-th of which does `look(n)`."""
    told: list[Exception] = []
    is_over, looks = threading.Event(), iter(range(1, num_looks + 1))

    def one_look() -> None:
        number = next(looks, 0)
        if number:
            look(number)
        else:
            is_over.set()

    def crash(error: Exception) -> None:
        told.append(error)
        is_over.set()

    watcher.look = one_look  # type: ignore[method-assign]
    watcher.start(lambda do: do(), lambda: None, crash)
    assert is_over.wait(10)
    watcher.stop()
    return told


def test_a_defect_in_the_reading_thread_ends_the_dashboard_instead_of_freezing_it(tmp_path: Path) -> None:
    def look(number: int) -> None:
        raise ZeroDivisionError(number)

    assert [type(error) for error in watched(Watcher(Home(tmp_path), Silent()), 2, look)] == [
        ZeroDivisionError
    ]


def test_a_file_that_went_away_is_looked_for_again(tmp_path: Path) -> None:
    seen: list[int] = []

    def look(number: int) -> None:
        seen.append(number)
        if number == 1:
            raise PermissionError(13, "Permission denied")

    assert watched(Watcher(Home(tmp_path), Silent()), 2, look) == []
    assert seen == [1, 2]

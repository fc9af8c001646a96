"""A home of canned runs, and a terminal that looks the same on every machine."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.record.home import Home
from tests.fake_journal import home_of_all_states


@pytest.fixture(autouse=True)
def _known_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one run in every state."""
    return home_of_all_states(tmp_path / "home")


@pytest.fixture
def empty_home(tmp_path: Path) -> Home:
    """A home where nothing ever ran."""
    return Home(tmp_path / "home")

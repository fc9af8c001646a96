"""The command line in this process."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.record.home import Home
from tests.ssp_tui.cli.commands import Commands


@pytest.fixture
def commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Commands]:
    """Commands on an empty home; the fake engines they run take this process's signals, given back here."""
    places = (
        "engine.process.runs",
        "engine.process.queue_control",
        *(f"ssp_tui.cli.{name}" for name in ("runs", "follow", "dashboard", "suite", "queue")),
    )
    for module in places:
        monkeypatch.setattr(f"{module}.wake_scheduler", lambda _: None)
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield Commands(Home(tmp_path / "home"), capsys)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)

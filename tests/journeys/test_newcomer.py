"""A newcomer at a terminal, by keys alone: compose, launch, watch it collapse, come back, compare, replay.

Words of the screens are matched loosely, so that they can be said better; numbers are not.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.process.runs import run_status, stop_run
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import read_state
from ssp_tui.wording import percent
from tests.pty_screen import ROOT, PtyScreen, pty_screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LONG = 240.0
"""Seconds an engine on a busy machine may take to start and to finish its first epochs."""

REDUCED = {
    "epochs": "500",
    "filters": "4",
    "training images": "16",
    "validation images": "32",
    "test images": "64",
}
"""Labels of the form and what is typed: an epoch takes a second or two."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An empty home whose engines are stopped at the end, whatever happened."""
    home = Home(tmp_path / "home")
    yield home
    for folder in home.run_folders():
        stop_run(folder, grace_seconds=10)


def go_to(screen: PtyScreen, label: str) -> None:
    """Move the form's cursor down to the row with this label."""
    screen.press_until("down", lambda: re.match(rf" ?. {label}\b", screen.row_with("▸")[:40]))


def reduce(screen: PtyScreen, settings: dict[str, str]) -> None:
    """Type small settings into the form, from its top to its bottom."""
    screen.press(*["pageup"] * 5)
    for label, text in settings.items():
        go_to(screen, label)
        screen.press(*text, "enter")
        screen.until(lambda: text in screen.row_with("▸"), f"{label} {text}")  # noqa: B023


def shown_command(screen: PtyScreen) -> list[str]:
    """The launch command that the composer shows, its lines joined."""
    lines = [row[66:].strip() for row in screen.rows]
    start = next(place for place, line in enumerate(lines) if line.startswith("ssp-tui launch"))
    end = next(place for place in range(start, len(lines)) if not lines[place])
    return shlex.split(" ".join(lines[start:end]))


def epochs_done(screen: PtyScreen) -> int:
    """How many epochs the open run's panels show as finished: the first N/500 on the screen."""
    found = re.search(r"(\d+) ?/ ?500", screen.text)
    return int(found[1]) if found else 0


def compose_poisoned(screen: PtyScreen) -> list[str]:
    """From the first screen to a launched run under one-shot poison; returns the command that was shown."""
    screen.press("2")
    screen.until_shown("N = 6")
    screen.press("d")  # the paper's P3
    screen.until_shown("N = 42", "1/42", "10.29 of 12")
    screen.press("o")  # one shot
    screen.until_shown("N = 78", "36/78", "11.08 of 12")
    reduce(screen, REDUCED)
    command = shown_command(screen)
    screen.press("l")
    return command


def test_from_an_empty_home_to_a_replayed_collapse(home: Home, tmp_path: Path) -> None:
    with pty_screen("--home", str(home.path)) as screen:
        screen.until_shown("no runs", "2   ")  # and the key that composes
        command = compose_poisoned(screen)
        screen.until(lambda: epochs_done(screen) >= 1, "the first epoch", LONG)
        screen.until_shown("errors", "numerics", "controller", "architecture", "poisoned layers")
        screen.until_shown("COLLAPSED", patience=LONG)
        leave(screen)
    (folder,) = home.run_folders()
    assert run_status(folder).is_live  # it goes on by itself
    check_command(command, folder.config_path.read_bytes(), tmp_path)

    with pty_screen("--home", str(home.path)) as screen:
        stop_and_resume(screen, folder)
        launch_clean(screen)
        compare_both(screen)
        replay_epoch_2(screen, folder)
        leave(screen)


def leave(screen: PtyScreen) -> None:
    """Quit, and be gone."""
    screen.press("q")
    screen.until(lambda: not screen.is_running(), "the end")


def check_command(command: list[str], config: bytes, place: Path) -> None:
    """The command that was shown makes the same configuration, to the byte."""
    other = Home(place / "other")
    launch = [sys.executable, "-m", "ssp_tui", "--home", str(other.path), *command[1:]]
    subprocess.run(launch, cwd=ROOT, check=True, capture_output=True)
    (twin,) = other.run_folders()
    stop_run(twin, grace_seconds=60)
    assert twin.config_path.read_bytes() == config


def stop_and_resume(screen: PtyScreen, folder: RunFolder) -> None:
    """Find the run in the list, stop it, and have it go on where it was."""
    screen.until(lambda: screen.row_with(folder.run_id, "running"), "the run in the list")
    screen.press("s")
    screen.until(lambda: screen.row_with(folder.run_id, "stopped"), "stopped", LONG)
    num_done = len(read_state(folder.journal_path).epochs)
    screen.press("r")
    screen.until(lambda: screen.row_with(folder.run_id, "running"), "running again", LONG)
    screen.until(lambda: len(read_state(folder.journal_path).epochs) > max(2, num_done), "more", LONG)
    epochs = [epoch.epoch for epoch in read_state(folder.journal_path).epochs]
    assert epochs == list(range(len(epochs)))


def launch_clean(screen: PtyScreen) -> None:
    """Three epochs of the same search without poison, to their end."""
    screen.press("2")
    screen.until_shown("N = 6")
    reduce(screen, {**REDUCED, "epochs": "3"})
    screen.press("l")
    screen.until_shown("3/3", "finished", patience=LONG)
    screen.press("escape")
    screen.until(lambda: screen.row_with("finished", "3/3"), "both in the list")


def compare_both(screen: PtyScreen) -> None:
    """Mark both runs, newest first, and lay them over each other: what came of them, and what differs."""
    screen.press("home", "space", "space", "c")
    screen.until_shown("what differs", "collapsed", "72", "/500", "3/3")
    screen.press("1")
    screen.until(lambda: screen.row_with("finished", "3/3"), "the list again")


def replay_epoch_2(screen: PtyScreen, folder: RunFolder) -> None:
    """Open the poisoned run, the older one, go to its first epoch, then two further, and back to now."""
    screen.press("home", "down", "enter")
    screen.until_shown(folder.run_id, "numerics")
    screen.press("home")
    screen.until_shown("replay", "epoch 0")
    screen.press("right", "right")
    screen.until_shown("replay", "epoch 2")
    then = read_state(folder.journal_path).epochs[2].evaluation
    screen.until_shown(percent(then.val_error), percent(then.test_error))
    screen.press("end")
    screen.until(lambda: "REPLAY" not in screen.text and "COLLAPSED" in screen.text, "now")

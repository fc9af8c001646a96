"""Terminals that are dragged about, tiny, or suddenly gone: the dashboard copes, engines never notice."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.process.identity import Identity, presence_of
from engine.process.runs import stop_run
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import read_state
from engine.record.status import Presence
from tests.engine.process.engines import launch_running, make_run, wait_for
from tests.fake_journal import FakeEngine
from tests.fake_journal import make_run as make_canned_run
from tests.pty_screen import ROOT, PtyScreen, pty_screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NUM_RESIZES = 200
BUSY_SHARE = 0.25
"""Of a core: a process that spins takes all it can get, these take some hundredths."""

PANELS = ("Errors", "Numerics", "Controller", "Architecture", "Poisoned layers", "Device")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose engines are gone at the end."""
    home = Home(tmp_path / "home")
    yield home
    for folder in home.run_folders():
        stop_run(folder, grace_seconds=5)


@pytest.fixture
def pretended(tmp_path: Path) -> tuple[Home, FakeEngine]:
    """A home with a live run whose engine is this very process: nobody must stop it."""
    home = Home(tmp_path / "pretended")
    engine = FakeEngine(make_canned_run(home, "live", "collapsed"), "collapsed")
    engine.sign_in()
    engine.emit_epochs(2)
    return home, engine


def live_run(home: Home) -> tuple[RunFolder, Identity]:
    """An engine process of its own with a fake search of very many epochs."""
    folder = make_run(home, epochs=10_000)
    return folder, launch_running(folder, "--epoch-seconds=0.3")


def test_two_hundred_random_sizes_during_a_live_run(pretended: tuple[Home, FakeEngine]) -> None:
    home, engine = pretended
    chance = random.Random(7)
    with pty_screen("--home", str(home.path), "attach", "live") as screen:
        screen.until_shown(*PANELS)
        for _ in range(NUM_RESIZES):
            screen.resize(chance.randint(20, 250), chance.randint(5, 70))
            engine.emit_next()
            screen.press(*chance.choices(["m", "tab", "t", "left", "end", "down"], k=1), pause=0.02)
        assert screen.is_running()
        screen.resize(120, 40)
        screen.press("escape", "escape", "1", "enter")
        screen.until_shown(*PANELS, "live")
        screen.press("q")
        screen.until(lambda: not screen.is_running(), "the end")
        assert screen.child.wait() == 0


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (1, 1)])
def test_starts_at_any_size_and_shows_the_run_when_it_grows(
    pretended: tuple[Home, FakeEngine], size: tuple[int, int]
) -> None:
    with pty_screen("--home", str(pretended[0].path), size=size) as screen:
        screen.pump(3)
        screen.press("enter", "tab", "m", "m", "escape", "2", "3", "4", "1", "?", "escape", pause=0.3)
        assert screen.is_running()
        screen.resize(120, 40)
        screen.press("1", "enter")
        screen.until_shown("COLLAPSED", *PANELS)


def test_120x40_shows_every_panel_on_the_terminal_without_scrolling(
    pretended: tuple[Home, FakeEngine],
) -> None:
    with pty_screen("--home", str(pretended[0].path), "attach", "live") as screen:
        screen.until_shown("running", "COLLAPSED", "epoch", "/5", *PANELS)
        screen.until_shown("clip 5.00", "op entropy", "of 12 poisoned", "mean", "CPU", "mem")
        rows = screen.rows
        assert len(rows) == 40
        assert [layer for layer in range(1, 13) if f"{layer:2} " not in screen.text] == []
        frames = [row for row in rows if row.startswith(("╭", "╰"))]
        assert len(frames) % 2 == 0  # every frame that is opened is closed in sight


def kill_the_dashboard(screen: PtyScreen) -> None:
    screen.process.send_signal(signal.SIGKILL)


def close_the_terminal(screen: PtyScreen) -> None:
    os.close(screen.child.fileno())
    screen.child.closed = True


@pytest.mark.parametrize("trouble", [kill_the_dashboard, close_the_terminal])
def test_without_its_dashboard_an_engine_goes_on_and_nothing_spins(
    home: Home, trouble: Callable[[PtyScreen], None]
) -> None:
    folder, identity = live_run(home)
    with pty_screen("--home", str(home.path), "attach", folder.run_id) as screen:
        screen.until_shown("running", "/10000")
        trouble(screen)
        screen.process.wait(15)  # raises while it is still there
    assert_goes_on(folder, identity)
    assert_attach_shows(home, folder)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_a_closed_tmux_window_leaves_the_engine_at_work(home: Home) -> None:
    folder, identity = live_run(home)
    tmux = ["tmux", "-L", f"ssp-tui-test-{os.getpid()}"]
    dashboard = [sys.executable, "-m", "ssp_tui", "--home", str(home.path), "attach", folder.run_id]
    try:
        subprocess.run(
            [*tmux, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "sleep 600"], check=True
        )
        subprocess.run([*tmux, "new-window", "-n", "bench", "-c", str(ROOT), *dashboard], check=True)
        wait_for(lambda: "running" in said(tmux, "capture-pane", "-p", "-t", "bench"), seconds=60)
        process = psutil.Process(int(said(tmux, "list-panes", "-t", "bench", "-F", "#{pane_pid}")))
        subprocess.run([*tmux, "kill-window", "-t", "bench"], check=True)
        process.wait(15)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    assert_goes_on(folder, identity)
    assert_attach_shows(home, folder)


def said(tmux: list[str], *command: str) -> str:
    """What a tmux command prints."""
    return subprocess.run([*tmux, *command], check=True, capture_output=True, text=True).stdout


def assert_goes_on(folder: RunFolder, identity: Identity) -> None:
    """The engine is alive and has finished epochs since, and no process of this home keeps a core busy."""
    before = len(read_state(folder.journal_path).epochs)
    wait_for(lambda: len(read_state(folder.journal_path).epochs) > before + 1)
    assert presence_of(identity) is Presence.ALIVE
    ours = [each for each in psutil.process_iter(["cmdline"]) if is_of(folder, each)]
    start = [sum(each.cpu_times()[:2]) for each in ours]
    time.sleep(3)
    used = [sum(each.cpu_times()[:2]) - old for each, old in zip(ours, start, strict=True)]
    assert identity.pid in [each.pid for each in ours]
    assert max(used) / 3 < BUSY_SHARE, list(zip([each.cmdline() for each in ours], used, strict=True))


def is_of(folder: RunFolder, process: psutil.Process) -> bool:
    """Whether a process was started on this home."""
    home = str(folder.path.parents[1])
    return any(home in argument for argument in process.info["cmdline"] or ())


def assert_attach_shows(home: Home, folder: RunFolder) -> None:
    """A new dashboard shows the run where it is."""
    with pty_screen("--home", str(home.path), "attach", folder.run_id) as screen:
        screen.until_shown("running", folder.run_id, "/10000")
        num_done = len(read_state(folder.journal_path).epochs)
        screen.until_shown(f"epoch {num_done + 2}/10000")

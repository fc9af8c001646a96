"""A launched engine belongs to nobody, and is this engine whatever lies about."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine.process.identity import identify, presence_of, read_identity
from engine.process.launch import ENGINE_SCRIPT, engine_environment, launch_detached
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import read_state
from engine.record.status import Presence
from tests.engine.process.engines import FAKE_ENGINE, launch_running, make_run, wait_for

ROOT = ENGINE_SCRIPT.parents[1]

_LAUNCH_AND_WAIT = """
import sys
from pathlib import Path
from engine.process.launch import launch_detached
folder, script = map(Path, sys.argv[1:])
arguments = ["--epoch-seconds=30", str(folder)]
print(launch_detached(arguments, folder / "engine.log", folder, script=script).pid, flush=True)
input()
"""


def test_an_engine_has_its_own_session_and_group_no_terminal_and_no_living_parent(tmp_path: Path) -> None:
    folder = make_run(Home(tmp_path))
    identity = launch_running(folder, "--epoch-seconds=30")
    pid = identity.pid
    assert os.getsid(pid) != os.getsid(0)
    assert os.getsid(pid) != pid  # no session leader: it can never acquire a terminal
    assert os.getpgid(pid) == pid
    process = psutil.Process(pid)
    assert process.terminal() is None
    assert process.ppid() != os.getpid()
    targets = [str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in (0, 1, 2)]
    assert targets == ["/dev/null", str(folder.log_path), str(folder.log_path)]
    os.kill(pid, signal.SIGKILL)


def test_an_engine_outlives_its_launcher_killed_with_its_whole_group(tmp_path: Path) -> None:
    folder = make_run(Home(tmp_path))
    launcher = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _LAUNCH_AND_WAIT,
            str(folder.path),
            str(FAKE_ENGINE),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert launcher.stdout is not None
    pid = int(launcher.stdout.readline())
    wait_for(lambda: read_state(folder.journal_path).started is not None)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGKILL):
        os.killpg(launcher.pid, number)
    launcher.communicate()
    identity = read_identity(folder)
    assert identity is not None
    assert identity.pid == pid
    assert presence_of(identity) is Presence.ALIVE
    os.kill(pid, signal.SIGKILL)


def test_a_stray_engine_folder_or_python_path_is_never_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = tmp_path / "engine"
    stray.mkdir()
    for name in ("__init__.py", "__main__.py"):
        (stray / name).write_text(
            f"open({str(tmp_path / 'imported')!r}, 'w'); raise SystemExit('the stray one')"
        )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    log_path = tmp_path / "log"
    # The real script, from a folder with another `engine` in it, on a folder that is no run.
    identity = launch_detached([str(tmp_path)], log_path, tmp_path)
    wait_for(lambda: identity is None or presence_of(identity) is not Presence.ALIVE)
    assert "is not a run folder" in log_path.read_text()
    assert not (tmp_path / "imported").exists()


def test_the_script_uses_the_package_it_lies_in_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(ENGINE_SCRIPT), "--help"]
    assert b"RUN_FOLDER" in subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout


def test_an_engine_inherits_neither_the_terminal_nor_the_callers_python() -> None:
    given = {
        "PATH": "/bin",
        "TERM": "xterm",
        "TMUX": "1",
        "PYTHONPATH": "x",
        "CUDA_HOME": "/cuda",
        "SSH_TTY": "t",
    }
    assert engine_environment(given, {"A": "b"}) == {"PATH": "/bin", "CUDA_HOME": "/cuda", "A": "b"}


def test_launching_waits_for_no_zombie(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    launch_detached(["--help"], folder.log_path, tmp_path)
    wait_for(lambda: "RUN_FOLDER" in folder.log_path.read_text())
    assert psutil.Process().children() == []
    assert identify(os.getpid()) is not None

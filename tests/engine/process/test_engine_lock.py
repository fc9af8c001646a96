"""The kernel refuses a second engine, and frees the lock of a killed one."""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.process.engine_lock import LockHeldError, held_lock

_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
input()
"""


def test_a_second_holder_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-I", "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(LockHeldError), held_lock(path):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
        with held_lock(path):
            pass


def test_the_lock_is_free_after_use_and_the_file_stays(tmp_path: Path) -> None:
    for _ in range(2):
        with held_lock(tmp_path / "lock"):
            pass
    assert (tmp_path / "lock").exists()
    assert (tmp_path / "lock").stat().st_mode & 0o077 == 0


def test_a_lock_file_that_was_replaced_while_it_was_locked_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real_flock = tmp_path / "lock", fcntl.flock

    def replace_and_lock(descriptor: int, how: int) -> None:
        path.unlink()
        path.touch()
        real_flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", replace_and_lock)
    with pytest.raises(LockHeldError, match="was replaced"), held_lock(path):
        pass

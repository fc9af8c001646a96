"""Starting a process that outlives whoever started it: its terminal, its session, its signals."""

import os
import site
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.plan.opening import open_own
from engine.process.identity import Identity, identify

ENGINE_SCRIPT = Path(__file__).parents[1] / "__main__.py"
"""Run by its path: `-m engine` would look in the folder one happens to stand in."""

_TERMINAL_PREFIXES = ("PYTHON", "TERM", "TMUX", "STY", "SSH_", "COLUMNS", "LINES", "DISPLAY", "TEXTUAL")

# A second fork, after the new session: no session leader, so no terminal can ever become its own, and
# no living parent, so that it never stays behind as a zombie that looks alive. In a process of its own,
# since forking one that has threads, as the dashboard has, is asking for a deadlock.
_SECOND_FORK = """
import os, sys
pid = os.fork()
if pid:
    print(pid)
else:
    os.setpgid(0, 0)
    os.dup2(2, 1)
    os.execv(sys.argv[1], sys.argv[1:])
"""


def launch_detached(
    arguments: list[str],
    log_path: Path,
    folder: Path,
    extra: Mapping[str, str] | None = None,
    script: Path = ENGINE_SCRIPT,
) -> Identity | None:
    """Start `python script arguments...` in `folder`, output appended to `log_path`.

    `extra` is added to its environment.

    Returns who it is, or None when it was gone before anyone could look. OSError when it cannot start.
    """
    command = [sys.executable, "-I", "-S", "-c", _SECOND_FORK]
    command += [sys.executable, *isolation_flags(), str(script), *arguments]
    log = open_own(log_path, os.O_WRONLY | os.O_APPEND)
    try:
        output = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=engine_environment(os.environ, extra or {}),
            start_new_session=True,
            check=True,
        ).stdout
    finally:
        os.close(log)
    return identify(int(output))


def isolation_flags() -> list[str]:
    """Keep the working folder and PYTHON* variables out; the user's site only if this process has none."""
    has_user_site = bool(site.ENABLE_USER_SITE) and site.getusersitepackages() in sys.path
    return ["-E", "-P"] if has_user_site else ["-I"]


def engine_environment(environment: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """What an engine inherits: all but what belongs to the caller's terminal or Python, and `extra`."""
    kept = {key: value for key, value in environment.items() if not key.startswith(_TERMINAL_PREFIXES)}
    return {**kept, **extra}

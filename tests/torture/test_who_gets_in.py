"""Promise 8: nobody else gets in, nothing listens, nothing in a preset runs, and reading needs no writing."""

import contextlib
import importlib
import os
import pkgutil
import pwd
import re
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import engine.plan
import engine.process
import engine.record
import ssp_tui.cli
from engine.plan.config import read_config
from engine.process.identity import read_identity
from engine.process.runs import launch_runs, run_status, stop_run
from engine.record.home import Home
from engine.record.status import FINISHED
from ssp_tui.cli.main import run_command
from tests.engine.process.engines import make_run, wait_for
from tests.fake_journal import FakeEngine, finished_run
from tests.fake_journal import make_run as canned_run
from tests.fakes import TINY
from tests.torture.guard import watched
from tests.torture.link import Link

BROKE = 70
"""Exit code of a command that raised, which none of ours does."""


def sockets_of(pids: set[int]) -> list[str]:
    """Lines of /proc/net of listening or connected network sockets that these processes hold."""
    inodes = set()
    for pid in pids:
        for name in Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):  # closed meanwhile
                inodes.add(str(name.readlink()).removeprefix("socket:[").removesuffix("]"))
    lines = []
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            if line.split()[9] in inodes:
                lines.append(f"{table} {line}")
    return lines


def test_engine_scheduler_and_dashboard_have_no_network_socket_and_make_folders_for_their_owner_alone(
    tmp_path: Path,
) -> None:
    mask = os.umask(0)  # whatever a person's own mask would let others do
    home = Home(tmp_path / "home")
    config = read_config({**TINY, "epochs": 200})
    [folder] = launch_runs(home, [config])
    link = Link(home.path, folder.run_id)
    try:
        wait_for(lambda: folder.last_recorded_epoch() >= 0, seconds=120)
        assert link.read_until("Errors")
        identity = read_identity(folder)
        assert identity is not None
        ours = {
            process.pid
            for process in psutil.process_iter(["cmdline"])
            if str(home.path) in " ".join(process.info["cmdline"] or [])
        }
        assert {identity.pid, link.popen.pid} < ours  # and the scheduler
        assert sockets_of(ours) == []
        for path in (home.path, *home.path.rglob("*")):
            assert not path.is_dir() or path.stat().st_mode & 0o777 == 0o700, path
    finally:
        os.umask(mask)
        link.close()
        stop_run(folder, grace_seconds=30)


def test_the_check_for_sockets_sees_one() -> None:
    with socket.create_server(("127.0.0.1", 0)):
        assert sockets_of({os.getpid()})


HOSTILE_PRESET = """
name = "$(touch ran)`touch ran`"
title = "{ran.__class__} %(ran)s !!python/object/apply:os.system ['touch ran']"
dataset = "folder:$(touch ran)/../;touch ran"
[space]
base = ["__import__('os').system('touch ran')"]
"""


def test_nothing_in_a_preset_runs(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(HOSTILE_PRESET)
    with watched(tmp_path):
        assert run_command(["--home", str(tmp_path / "home"), "launch", str(path)]) == 2
        path.write_text(HOSTILE_PRESET.partition("[space]")[0])
        assert run_command(["--home", str(tmp_path / "home"), "show", str(path)]) in (0, 2)
    assert not list(tmp_path.rglob("ran"))


@pytest.fixture
def shared() -> Iterator[Home]:
    """A home of ours that others may read: a finished run, a live one and a queued one."""
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place) / "home")
        finished_run(home, "done", "collapsed")
        live = FakeEngine(canned_run(home, "live", "clean"), "clean")
        live.sign_in()
        live.emit_epochs(2)
        make_run(home)
        for path in (Path(place), *Path(place).rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield home


def as_nobody(home: Home, *arguments: str) -> tuple[int, str, str]:
    """A command run by somebody who may read and not write: exit code, standard output, standard error.

    A fork, since nobody else may be allowed to start this Python; so its modules are loaded before.
    """
    for package in (ssp_tui.cli, engine.plan, engine.process, engine.record):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    command = ["--home", str(home.path), *arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            code = BROKE
            try:  # whatever happens, this copy of the test session must not go on as a second one
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
                person = pwd.getpwnam("nobody")
                os.setgroups([])
                os.setgid(person.pw_gid)
                os.setuid(person.pw_uid)
                code = run_command(command)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return code, texts[0], texts[1]


def snapshot(home: Home) -> dict[str, tuple[int, bytes]]:
    """Every file with its time and content."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(home.path.rglob("*"))
        if path.is_file()
    }


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


READING = (
    ("runs",),
    ("show", "done"),
    ("show", "live"),
    ("events", "done"),
    ("export", "done", "--csv"),
    ("runs", "--json"),
)
CHANGING = (("stop", "live"), ("rm", "done", "--yes"), ("resume", "done"), ("launch", "demo-clean"))
READONLY = "import functools\napp.open_dashboard = functools.partial(app.open_dashboard, readonly=True)"


@needs_root
@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_another_persons_runs_are_read_without_a_trace(
    shared: Home, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    run_command(["--readonly", "--home", str(shared.path), *arguments])  # loads what it needs
    expected = capsys.readouterr().out
    before = snapshot(shared)
    code, out, err = as_nobody(shared, "--readonly", *arguments)
    assert (code, err) == (0, "")
    assert re.sub(r"[0-9.]+", "", out) == re.sub(r"[0-9.]+", "", expected)
    assert snapshot(shared) == before


@needs_root
@pytest.mark.parametrize("arguments", CHANGING, ids=" ".join)
def test_another_persons_runs_cannot_be_changed_and_the_refusal_is_one_line(
    shared: Home, arguments: tuple[str, ...]
) -> None:
    before = snapshot(shared)
    code, _, err = as_nobody(shared, *arguments)
    assert code == 2
    assert err.startswith("ssp-tui: ")
    assert err.count("\n") == 1
    assert snapshot(shared) == before


def test_a_readonly_dashboard_starts_stops_and_deletes_nothing(shared: Home) -> None:
    before = snapshot(shared)
    link = Link(shared.path, before=READONLY)
    try:
        assert link.read_until("done")
        for keys in (b"s", b"r", b"x", b"d", b"y", b"\r", b"1", b"3", b"l", b"\r", b"2", b"l", b"y"):
            link.press(keys)
            link.read_for(0.3)
        link.press(b"\x1b")
        assert run_status(shared.run_folder("done")).state == FINISHED
    finally:
        link.close()
    assert snapshot(shared) == before

"""A process is recognised for what it is, whoever has its pid now."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.process import identity as identity_module
from engine.process.identity import Identity, identify, presence_of, read_process
from engine.record.folder import RunFolder, write_json
from engine.record.status import Presence


def this_process() -> Identity:
    identity = identify(os.getpid())
    assert identity is not None
    return identity


def test_a_living_process_is_alive() -> None:
    assert presence_of(this_process()) is Presence.ALIVE


@pytest.mark.parametrize("change", [{"start_ticks": 1}, {"boot_id": "another boot"}, {"pid": 2**22 - 1}])
def test_the_same_pid_at_another_time_or_after_a_boot_is_gone(change: dict[str, object]) -> None:
    assert presence_of(dataclasses.replace(this_process(), **change)) is Presence.GONE  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"host": "far.example"}, {"pid_namespace": "pid:[1]"}])
def test_a_process_that_cannot_be_seen_from_here_is_elsewhere(change: dict[str, str]) -> None:
    assert presence_of(dataclasses.replace(this_process(), **change)) is Presence.ELSEWHERE  # type: ignore[arg-type]


def test_a_zombie_is_gone() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    identity = identify(process.pid)
    assert identity is not None
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, but nobody has asked for it yet
    assert presence_of(identity) is Presence.GONE
    process.communicate()


def test_a_name_with_brackets_does_not_confuse_the_process_table(tmp_path: Path) -> None:
    script = tmp_path / ") R 1 (x"
    script.symlink_to("/bin/sleep")
    with subprocess.Popen([script, "5"]) as process:
        identity = identify(process.pid)
        assert identity is not None
        assert presence_of(identity) is Presence.ALIVE
        process.kill()


@pytest.mark.parametrize(
    "content", [None, {}, {"pid": "1"}, {"host": "h", "boot_id": "b", "pid_namespace": "", "pid": 1}]
)
def test_a_missing_or_broken_process_file_names_nobody(
    tmp_path: Path, content: dict[str, object] | None
) -> None:
    folder = RunFolder(tmp_path)
    if content is not None:
        write_json(folder.process_path, content)
    assert read_process(folder).presence is Presence.NONE


def test_without_proc_psutil_answers() -> None:
    assert identity_module._start_ticks_by_psutil(os.getpid())
    assert identity_module._start_ticks_by_psutil(2**22 - 1) is None

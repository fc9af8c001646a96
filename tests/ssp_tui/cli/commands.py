"""Running a command in this process, and what it said."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.plan.config import read_config
from engine.process.main import run_engine
from engine.record.folder import RunFolder
from engine.record.home import Home
from ssp_tui.cli.main import run_command
from tests.fakes import TINY, FakeSearch


class Said(NamedTuple):
    """An exit code and both outputs."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


class Commands:
    """`ssp-tui --home HOME ...` without a new process, and without anybody working on the queue."""

    def __init__(self, home: Home, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capture = capture

    def __call__(self, *arguments: str) -> Said:
        """Run one command."""
        self._capture.readouterr()
        code = run_command(["--home", str(self.home.path), *arguments])
        out, err = self._capture.readouterr()
        return Said(code, out, err)

    def make_run(self, *, finished: bool = False, **settings: object) -> RunFolder:
        """A stopped run that never began, or a finished one."""
        folder = self.home.create_run(read_config({**TINY, **settings}))
        folder.queued_path.unlink()
        if finished:
            assert run_engine(folder, FakeSearch()) == 0
        return folder


def write_toml(path: Path, text: str) -> str:
    """A configuration file's path, as a command takes it."""
    path.write_text(text)
    return str(path)

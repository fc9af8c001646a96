"""Everything that reads what others wrote, each as a function of bytes that returns or refuses.

A refusal is a ValueError of one line. Hypothesis and atheris both drive these.
"""

import contextlib
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import torch

from engine.data.folder import _decode_image
from engine.learn.checkpoint import load_newest
from engine.plan.image_folder import scan_image_folder
from engine.plan.operations import parse_operation
from engine.plan.presets import preset_folder, resolve_config
from engine.process.filter import parse_filter
from engine.process.identity import read_process
from engine.process.runs import find_run, list_runs, read_row, remove_run, run_status
from engine.record.folder import RunFolder
from engine.record.home import Home, new_run_id
from engine.record.journal import read_state
from engine.record.summary import summarise
from engine.record.verdict import judge
from ssp_tui.cleaning import clean
from ssp_tui.cli.main import run_command
from ssp_tui.keymap import read_keymap
from tests.fake_journal import STREAMS, finished_run

Target = Callable[[Path, bytes], None]


def preset(place: Path, raw: bytes) -> None:
    """A person's own file: resolved, named, launched as far as a run's folder."""
    path = place / "own.toml"
    path.write_bytes(raw)
    config = resolve_config(str(path), {}, [])
    assert "/" not in new_run_id(config)
    folder = RunFolder.create(place / f"made-{new_run_id(config)}", config)
    assert repr(folder.read_config()) == repr(config)


def run_file(name: str, *commands: str) -> Target:
    """One file of a run's folder; the commands that show it are then asked."""

    def read(place: Path, raw: bytes) -> None:
        home = Home(place / "home")
        run = home.run_folder("canned")
        if not run.path.exists():
            finished_run(home, "canned", "collapsed")
        (run.path / name).write_bytes(raw)
        read_process(run), run_status(run), read_row(run), list_runs(home), run.read_result()
        state = read_state(run.journal_path)
        summarise(run.journal_path)
        with contextlib.suppress(ValueError):
            config = run.read_config()
            judge(state, config.space)
        for command in commands:
            shows(home, *command.split())

    return read


def shows(home: Home, *arguments: str) -> None:
    """Run a command; whatever it says is printable, and it ends with an exit code of its own."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        assert run_command(["--readonly", "--home", str(home.path), *arguments]) in (0, 1, 2)
    for text in (said.getvalue(), complained.getvalue()):
        assert all(line.isprintable() for line in text.split("\n")), repr(text)


def checkpoint(place: Path, raw: bytes) -> None:
    """A file under the right name for its content."""
    folder = place / "checkpoints"
    folder.mkdir(exist_ok=True)
    path = folder / f"000009-{hashlib.sha256(raw).hexdigest()[:16]}.pt"
    path.write_bytes(raw)
    try:
        load_newest(folder, print)
    finally:
        path.unlink()


def image(place: Path, raw: bytes) -> None:
    """A file of a folder data set."""
    path = place / "image.png"
    path.write_bytes(raw)
    assert _decode_image(path).shape == (3, 32, 32)


def names(place: Path, raw: bytes) -> None:
    """A name typed or found: of a run, an operation, a filter, a class of images, a line of a log."""
    text = raw.decode(errors="surrogateescape")
    assert clean(text, 80).isprintable()
    assert len(clean(text, 80)) <= 80
    home = Home(place / "home")
    for refuse in (
        lambda: find_run(home, text),
        lambda: remove_run(home, home.run_folder(text)),
        lambda: parse_operation(text, "here"),
        lambda: parse_filter(text),
        lambda: resolve_config(text.replace("/", "").removesuffix(".toml"), {}, [text]),
        lambda: scan_image_folder(place / text),
    ):
        with contextlib.suppress(ValueError):
            refuse()


def keymap(place: Path, raw: bytes) -> None:
    """HOME/keys.toml."""
    path = place / "keys.toml"
    path.write_bytes(raw)
    read_keymap(path)


def a_checkpoint() -> bytes:
    """A small real one."""
    buffer = io.BytesIO()
    torch.save({"version": 1, "state": {"values": torch.arange(3.0)}, "latest": "null"}, buffer)
    return buffer.getvalue()


def an_image() -> bytes:
    """A small real one."""
    import PIL.Image

    buffer = io.BytesIO()
    PIL.Image.new("RGB", (5, 7), (1, 2, 3)).save(buffer, "png")
    return buffer.getvalue()


CONFIG = (STREAMS / "collapsed" / "config.toml").read_bytes()
JOURNAL = b"".join((STREAMS / "collapsed" / "events.jsonl").read_bytes().splitlines(keepends=True)[:6])
PROCESS = (
    b'{"version":1,"host":"h","boot_id":"b","pid_namespace":"p","pid":1,"start_ticks":2,"time":3.0,"gpu":""}'
)

TARGETS: dict[str, tuple[Target, bytes]] = {
    "preset": (preset, (preset_folder() / "one-shot-2.toml").read_bytes()),
    "config": (run_file("config.toml", "runs", "show canned", "export canned --csv"), CONFIG),
    "journal": (
        run_file("events.jsonl", "runs", "show canned", "events canned", "export canned --csv"),
        JOURNAL,
    ),
    "process": (run_file("process.json", "runs"), PROCESS),
    "request": (run_file("queued.json", "runs"), b'{"version": 1, "time": 1.0}'),
    "result": (
        run_file("result.json", "show canned"),
        b'{"version": 1, "val_error": 0.5, "architecture": {"outputs": [0]}}',
    ),
    "log": (run_file("engine.log", "logs canned"), b"2026-11-25 12:00:00 engine 7 takes up x\n"),
    "checkpoint": (checkpoint, a_checkpoint()),
    "image": (image, an_image()),
    "names": (names, b"one-shot-2-s69-1125-abcd"),
    "keymap": (keymap, b'"runs.stop" = "S"\n'),
}
"""Each with something valid to start from."""

"""What an engine answers once and ends: a scan, a replay or scores, as one JSON object on standard output."""

import json
import sys
from pathlib import Path
from typing import Any

from engine.record.encoding import to_plain


def answer_scan(source: str, settings: list[str]) -> int:
    """Measure the operations of a preset or file."""
    from engine.net.scan import scan
    from engine.plan.presets import resolve_config

    return _answer(scan(resolve_config(source, {}, settings)))


def answer_replay(path: Path, kind: str) -> int:
    """Do the steps of the run at `path` again up to its first event of this kind."""
    from engine.learn.replay import replay
    from engine.process.main import data_folder
    from engine.record.folder import RunFolder
    from engine.record.journal import read_state

    folder = RunFolder(path)
    events = [event for event in read_state(folder.journal_path).broke if event.what == kind]
    if not events:
        raise ValueError(f"run {folder.run_id} has no event of kind {kind}")
    return _answer(replay(folder, events[0], data_folder(folder), _say))


def answer_scores(path: Path, architectures: str) -> int:
    """Score architectures, given as JSON, with the last weights of the search at `path`."""
    from engine.learn.shared_scores import score_shared
    from engine.plan.architecture import Architecture
    from engine.process.main import data_folder
    from engine.record.encoding import from_plain
    from engine.record.folder import RunFolder

    folder = RunFolder(path)
    wanted: tuple[Architecture, ...] = from_plain(tuple[Architecture, ...], json.loads(architectures))
    return _answer(score_shared(folder, wanted, data_folder(folder), _say))


def _answer(value: object) -> int:
    answer: Any = to_plain(value)
    print(json.dumps(answer, allow_nan=False), flush=True)
    return 0


def _say(text: str) -> None:
    from engine.process.ask import SAID

    print(f"{SAID}{text}", file=sys.stderr, flush=True)

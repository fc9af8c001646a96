"""A row of the list of runs, derived the plain way: every line of every file is read and parsed."""

import json
import time
import tomllib
from pathlib import Path
from typing import Any

from engine.process.identity import Identity, presence_of
from engine.record.events import EpochFinished, Event, Progressed, RunStarted
from engine.record.folder import RunFolder
from engine.record.journal import JournalReader
from engine.record.state import EMPTY, fold
from engine.record.status import Process, derive_status
from engine.record.summary import MAX_RECENT, Summary


def plain_rows(runs_folder: Path) -> dict[str, dict[str, Any]]:
    """What the list should say of every run, by its id."""
    folders = [RunFolder(path) for path in runs_folder.iterdir() if not path.name.startswith(".")]
    return {folder.run_id: plain_row(folder) for folder in folders if folder.config_path.is_file()}


def plain_row(folder: RunFolder) -> dict[str, Any]:
    """What the list should say of one run."""
    summary, errors = plain_summary(folder.journal_path)
    process = plain_process(folder)
    heading = plain_heading(folder.config_path)
    return {
        **{
            key: heading[key] if type(heading.get(key)) is type(default) else default
            for key, default in _HEADING.items()
        },
        "created_time": folder.config_path.stat().st_mtime_ns / 1e9,
        "summary": summary,
        "status": derive_status(summary, process, folder.is_queued, time.time()),
        "recent_val_errors": errors,
    }


_HEADING = {"name": "", "dataset": "", "protocol": "", "seed": 0, "epochs": 0}


def plain_heading(path: Path) -> dict[str, Any]:
    """The settings above the first section of a configuration, or nothing when it is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8").partition("\n[")[0])
    except ValueError:
        return {}


def plain_process(folder: RunFolder) -> Process:
    """The process that process.json names."""
    if not folder.process_path.exists():
        return Process()
    plain = json.loads(folder.process_path.read_text())
    identity = Identity(*[plain[key] for key in ("host", "boot_id", "pid_namespace", "pid", "start_ticks")])
    return Process(presence_of(identity), plain["time"], plain["journal_bytes"], identity.host)


def all_events(path: Path) -> list[tuple[Event, float]]:
    """Every readable event of a journal with its time."""
    reader, found = JournalReader(path), []
    while entries := reader.read():
        found += [(entry.event, entry.time) for entry in entries if entry.event is not None]
    return found


def plain_summary(path: Path) -> tuple[Summary, tuple[float, ...]]:
    """The end of a journal and the errors of its last epochs, by folding all of it."""
    events = all_events(path)
    state, progress, device = EMPTY, None, ""
    for event, at in events:
        state = fold(state, event, at)
        if isinstance(event, Progressed):
            progress = event
        elif isinstance(event, RunStarted | EpochFinished) or state.ending is not None:
            progress = None
    if events and isinstance(first := events[0][0], RunStarted):
        device = first.device
    latest = state.latest
    summary = Summary(
        ending=state.ending,
        progress=progress,
        epoch=latest.epoch if latest else -1,
        val_error=latest.evaluation.val_error if latest else None,
        test_error=latest.evaluation.test_error if latest else None,
        nan_parameter_share=latest.nonfinite.nan_parameter_share if latest else 0.0,
        epoch_seconds=_seconds(latest) if latest else 0.0,
        device=device,
        last_time=state.last_time,
        longest_silence_seconds=state.longest_silence_seconds if state.ending is None else 0.0,
        num_bytes=path.stat().st_size if path.exists() else 0,
    )
    return summary, tuple(each.evaluation.val_error for each in state.epochs)[-MAX_RECENT:]


def _seconds(epoch: EpochFinished) -> float:
    times = epoch.times
    return times.child_seconds + times.controller_seconds + times.evaluation_seconds

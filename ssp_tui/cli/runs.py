"""`ssp-tui runs`, `stop`, `resume` and `rm`."""

import sys
from argparse import Namespace
from typing import Any

from engine.process.filter import parse_filter
from engine.process.runs import (
    RunRow,
    find_home,
    find_run,
    list_runs,
    remove_run,
    resume_run,
    stop_run,
    wake_scheduler,
)
from engine.record.folder import RunFolder
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json, print_now, print_table, tell
from ssp_tui.derived_words import origin_of_row
from ssp_tui.wording import ABSENT, STATES, duration, percent


def print_runs(arguments: Namespace) -> int:
    """Print the runs that pass the filter, oldest first."""
    home = find_home(arguments.home)
    passes = parse_filter(arguments.filter)
    if not arguments.readonly:
        wake_scheduler(home)
    rows = [row for row in list_runs(home, may_write=not arguments.readonly) if passes(row)]
    if arguments.json:
        print_json(runs=[row_fields(row) for row in rows])
    elif rows:
        header = ("ID", "STATE", "EPOCH", "VAL", "TEST", "NAN", "ETA", "DEVICE", "WHY")
        print_table(header, [_cells(row) for row in rows], right={2, 3, 4, 5, 6})
    else:
        tell(f"no runs in {home.path}" + (" pass the filter" if arguments.filter else ""))
    return 0


def row_fields(row: RunRow) -> dict[str, Any]:
    """What `--json` says of a run; errors and shares are fractions, times seconds."""
    summary, status = row.summary, row.status
    return {
        "id": row.run_id,
        "name": row.name,
        "dataset": row.dataset,
        "protocol": row.protocol,
        "seed": row.seed,
        "state": status.state,
        "reason": status.reason,
        "traceback_last_line": status.traceback_last_line,
        "elsewhere": status.elsewhere,
        "epochs": row.epochs,
        "epochs_done": row.num_epochs_done,
        "val_error": summary.val_error,
        "test_error": summary.test_error,
        "nan_parameter_share": summary.nan_parameter_share,
        "device": summary.device,
        "eta_seconds": row.eta_seconds,
        "created_time": row.created_time,
        "last_event_time": summary.last_time or None,
        "folder": str(row.folder.path),
        "derived_of": row.derived_of or None,
    }


def state_text(row: RunRow) -> str:
    """The state's word, with the host when it is another one."""
    elsewhere = f" on {clean(row.status.elsewhere, 40)}" if row.status.elsewhere else ""
    return STATES[row.status.state].word + elsewhere


def stop(arguments: Namespace) -> int:
    """Stop each run in turn and say what came of it."""
    home = find_home(arguments.home)
    for folder in _find_all(arguments):
        print_now(f"{folder.run_id}: {stop_run(folder, arguments.grace)}")
    wake_scheduler(home)
    return 0


def resume(arguments: Namespace) -> int:
    """Queue each run to go on where it stopped."""
    home = find_home(arguments.home)
    for folder in _find_all(arguments):
        resume_run(home, folder)
        print_now(f"{folder.run_id}: queued")
    return 0


def remove(arguments: Namespace) -> int:
    """Delete runs, after asking once."""
    home, folders = find_home(arguments.home), _find_all(arguments)
    if not arguments.yes and not _confirmed(folders):
        tell("nothing removed")
        return 0
    for folder in folders:
        remove_run(home, folder)
        print_now(f"{folder.run_id}: removed")
    return 0


def _find_all(arguments: Namespace) -> list[RunFolder]:
    """Every named run, before anything is done to the first."""
    home = find_home(arguments.home)
    folders = {folder.run_id: folder for folder in (find_run(home, text) for text in arguments.runs)}
    return list(folders.values())


def _confirmed(folders: list[RunFolder]) -> bool:
    if not sys.stdin.isatty():
        raise ValueError("rm asks before it deletes, and there is no terminal to ask on: say --yes")
    names = ", ".join(clean(folder.run_id) for folder in folders)
    print(f"Delete {names} with everything in it? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _cells(row: RunRow) -> list[str]:
    summary = row.summary
    epochs = f"{row.num_epochs_done}/{row.epochs}"
    nan = percent(summary.nan_parameter_share, 0) if summary.nan_parameter_share else ABSENT
    return [
        row.run_id,
        state_text(row),
        epochs,
        percent(summary.val_error),
        percent(summary.test_error),
        nan,
        duration(row.eta_seconds),
        clean(summary.device, 20) or ABSENT,
        ": ".join(filter(None, (origin_of_row(row.derived_of), clean(row.status.reason, 80)))),
    ]

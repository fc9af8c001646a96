"""`ssp-tui export --csv`: every epoch of every named run as one line of numbers."""

import csv
import dataclasses
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from engine.process.runs import find_home, find_run
from engine.record.events import EpochFinished
from engine.record.folder import RunFolder
from engine.record.journal import read_state

RUN_COLUMNS = ("run", "name", "dataset", "protocol", "seed")
SECTIONS = ("child", "chains", "nonfinite", "controller", "evaluation", "times")


def export(arguments: Namespace) -> int:
    """Write the table to standard output; errors and shares are fractions, NaN is nan."""
    if not arguments.csv:
        raise ValueError("export: say what as, --csv")
    home = find_home(arguments.home)
    folders = [find_run(home, text) for text in arguments.runs]
    rows = [row for folder in folders for row in _rows(folder)]
    columns = list(rows[0]) if rows else [*RUN_COLUMNS, "epoch"]
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return 0


def _rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    config = folder.read_config()
    run = (folder.run_id, config.name, config.dataset, config.protocol, config.seed)
    for epoch in read_state(folder.journal_path).epochs:
        yield {
            **dict(zip(RUN_COLUMNS, run, strict=True)),
            "epoch": epoch.epoch,
            **epoch_numbers(epoch),
            "best_num_poisoned": epoch.best.num_poisoned,
            "best_chain_length": epoch.best.chain_length,
        }


def epoch_numbers(epoch: EpochFinished) -> dict[str, float | int]:
    """Every single number of an epoch under its own name."""
    numbers: dict[str, float | int] = {}
    for name in SECTIONS:
        section = getattr(epoch, name)
        for field in dataclasses.fields(section):
            value = getattr(section, field.name)
            if isinstance(value, int | float):
                numbers["best_candidate" if (name, field.name) == ("evaluation", "best") else field.name] = (
                    value
                )
    return numbers

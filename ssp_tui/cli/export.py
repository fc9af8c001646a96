"""`ssp-tui export`: every epoch of the named runs as CSV or TensorBoard files, figures, architectures."""

import csv
import dataclasses
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.process.runs import find_home, find_run
from engine.record.events import EpochFinished
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from ssp_tui.cleaning import clean
from ssp_tui.wording import counted

RUN_COLUMNS = ("run", "name", "dataset", "protocol", "seed", "derived_of")
SECTIONS = ("child", "chains", "nonfinite", "controller", "evaluation", "times", "defences")


def export(arguments: Namespace) -> int:
    """Write what is asked for; CSV goes to standard output."""
    if not (arguments.csv or arguments.figures or arguments.tensorboard or arguments.architecture):
        raise ValueError("export: say what as, --csv, --figures, --tensorboard or --architecture DIR")
    home = find_home(arguments.home)
    folders = [find_run(home, text) for text in arguments.runs]
    if arguments.figures:
        _export_figures(
            folders, Path(arguments.figures).expanduser(), sys.stderr if arguments.csv else sys.stdout
        )
    if arguments.tensorboard:
        from ssp_tui.cli.tensorboard import write_event_files

        place = Path(arguments.tensorboard).expanduser()
        num_values = sum(write_event_files(folder, place) for folder in folders)
        said = f"{counted(num_values, 'value')} of {counted(len(folders), 'run')} in {clean(str(place), 300)}"
        print(said, file=sys.stderr if arguments.csv else sys.stdout)
    if arguments.architecture:
        from ssp_tui.cli.export_architecture import write_architecture

        place = Path(arguments.architecture).expanduser()
        for path in (path for folder in folders for path in write_architecture(folder, place)):
            print(clean(str(path), 500), file=sys.stderr if arguments.csv else sys.stdout)
    if arguments.csv:
        _print_csv(folders)
    return 0


def _export_figures(folders: list[RunFolder], place: Path, out: Any) -> None:
    from ssp_tui.report.sheet import require_matplotlib, save_sheet

    require_matplotlib()
    from engine.analyse.run_record import read_record
    from ssp_tui.report.run_figures import run_sheets

    place.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        for sheet in run_sheets(read_record(folder, clean)):
            for path in save_sheet(sheet, place):
                print(clean(str(path), 500), file=out)


def _print_csv(folders: list[RunFolder]) -> None:
    """Errors and shares are fractions, NaN is nan."""
    rows = [row for folder in folders for row in _rows(folder)]
    columns = list(rows[0]) if rows else [*RUN_COLUMNS, "epoch"]
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    config = folder.read_config()
    of = config.derived.of if config.derived else ""
    run = (folder.run_id, config.name, config.dataset, config.protocol, config.seed, of)
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
    for section, name, value in section_numbers(epoch):
        numbers["best_candidate" if (section, name) == ("evaluation", "best") else name] = value
    return numbers


def section_numbers(epoch: EpochFinished) -> Iterator[tuple[str, str, float | int]]:
    """(section, name, value) of every single number of an epoch."""
    for section_name in SECTIONS:
        section = getattr(epoch, section_name)
        for field in dataclasses.fields(section):
            value = getattr(section, field.name)
            if isinstance(value, int | float):
                yield section_name, field.name, value

"""`ssp-tui presets`: every preset, its place in the paper and what the paper found there."""

import math
from argparse import Namespace
from typing import Any

from engine.plan.presets import Preset, load_presets
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json, print_table
from ssp_tui.wording import percent


def print_presets(arguments: Namespace) -> int:
    """Print all presets as a table, or with --json as data."""
    presets = list(load_presets().values())
    if arguments.json:
        print_json(presets=[preset_fields(preset) for preset in presets])
        return 0
    header = ("NAME", "PAPER", "SPACE", "Q", "CARD", "DATASET", "EPOCHS", "VAL", "TEST", "TITLE")
    print_table(header, [_row(preset) for preset in presets], right={3, 4, 6, 7, 8})
    return 0


def preset_fields(preset: Preset) -> dict[str, Any]:
    """What `--json` says of a preset; errors are fractions."""
    config = preset.config
    paper = config.paper
    return {
        "name": preset.name,
        "title": config.title,
        "paper_row": paper.row if paper else None,
        "space": space_text(preset),
        "q": instance_factor(preset),
        "cardinality": config.space.num_poisoned_outputs,
        "dataset": config.dataset,
        "epochs": config.epochs,
        "paper_val_error": paper.val_error if paper else None,
        "paper_test_error": paper.test_error if paper else None,
    }


def space_text(preset: Preset) -> str:
    """The base space and the poison added to it."""
    space = preset.config.space
    base = space.base if isinstance(space.base, str) else f"{len(space.base)} operations"
    return " + ".join([base, *(slot.operation.label for slot in space.slots if slot.poisoned)])


def instance_factor(preset: Preset) -> int | None:
    """q, how often the poisoning multiset is repeated; None without poison.

    A multiset that names an operation twice is one slot with twice the copies, so q divides them all.
    """
    return math.gcd(*(slot.copies for slot in preset.config.space.slots if slot.poisoned)) or None


def _row(preset: Preset) -> list[str]:
    fields = preset_fields(preset)
    q, row = fields["q"], fields["paper_row"]
    return [
        clean(preset.name),
        clean(row or "-"),
        clean(space_text(preset)),
        "-" if q is None else str(q),
        str(fields["cardinality"]),
        clean(fields["dataset"]),
        str(fields["epochs"]),
        percent(fields["paper_val_error"]),
        percent(fields["paper_test_error"]),
        clean(fields["title"], max_length=60),
    ]

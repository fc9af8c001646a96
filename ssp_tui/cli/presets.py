"""`ssp-tui presets`: every preset, its place in the paper and what the paper found there; then one's own."""

import math
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from engine.plan.config import RunConfig
from engine.plan.presets import load_preset, load_presets
from engine.process.runs import find_home
from engine.record.home import Home
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json, print_table
from ssp_tui.cli.source import own_presets
from ssp_tui.wording import ABSENT, percent

MARK_OF_OWN = "own"
"""Stands in the place of the paper's row."""


def print_presets(arguments: Namespace) -> int:
    """Print all presets as a table, or with --json as data; the home's own come last, marked."""
    shipped = load_presets()
    presets = [preset_fields(name, preset.config) for name, preset in shipped.items()]
    presets += _own(find_home(arguments.home), hidden=set(shipped))
    if arguments.json:
        print_json(presets=presets)
        return 0
    header = ("NAME", "PAPER", "SPACE", "Q", "CARD", "DATASET", "EPOCHS", "VAL", "TEST", "TITLE")
    print_table(header, [_row(fields) for fields in presets], right={3, 4, 6, 7, 8})
    return 0


def preset_fields(
    name: str, config: RunConfig | None, own: bool = False, refusal: str = ""
) -> dict[str, Any]:
    """What `--json` says of a preset; errors are fractions. One that cannot be read says why."""
    paper = config.paper if config else None
    return {
        "name": name,
        "own": own,
        "refusal": refusal or None,
        "title": config.title if config else None,
        "paper_row": paper.row if paper else None,
        "space": space_text(config) if config else None,
        "q": instance_factor(config) if config else None,
        "cardinality": config.space.num_poisoned_outputs if config else None,
        "dataset": config.dataset if config else None,
        "epochs": config.epochs if config else None,
        "paper_val_error": paper.val_error if paper else None,
        "paper_test_error": paper.test_error if paper else None,
    }


def space_text(config: RunConfig) -> str:
    """The base space and the poison added to it."""
    space = config.space
    base = space.base if isinstance(space.base, str) else f"{len(space.base)} operations"
    return " + ".join([base, *(slot.operation.label for slot in space.slots if slot.poisoned)])


def instance_factor(config: RunConfig) -> int | None:
    """q, how often the poisoning multiset is repeated; None without poison.

    A multiset that names an operation twice is one slot with twice the copies, so q divides them all.
    """
    return math.gcd(*(slot.copies for slot in config.space.slots if slot.poisoned)) or None


def _own(home: Home, hidden: set[str]) -> Iterator[dict[str, Any]]:
    for name, path in own_presets(home).items():
        if name in hidden:
            yield preset_fields(name, None, True, f"a preset of this name ships: launch {path}")
            continue
        try:
            yield preset_fields(name, load_preset(path).config, True)
        except ValueError as error:
            yield preset_fields(name, None, True, str(error))


def _row(fields: dict[str, Any]) -> list[str]:
    texts = [MARK_OF_OWN if fields["own"] else fields["paper_row"]]
    texts += [fields[key] for key in ("space", "q", "cardinality", "dataset", "epochs")]
    title = f"refused: {fields['refusal']}" if fields["refusal"] else fields["title"]
    return [
        clean(fields["name"], 60),
        *(ABSENT if text is None else clean(str(text)) for text in texts),
        percent(fields["paper_val_error"]),
        percent(fields["paper_test_error"]),
        clean(title, max_length=200 if fields["refusal"] else 60),
    ]

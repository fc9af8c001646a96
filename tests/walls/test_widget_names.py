"""Textual finds a widget's styles by its class's name: two of one name would style each other."""

import importlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from textual.widget import Widget

ROOT = Path(__file__).parents[2]
PLACES = (
    "ssp_tui",
    "ssp_tui/panels",
    "ssp_tui/screens",
    "ssp_tui/compose",
    "ssp_tui/compare",
    "ssp_tui/preset_table",
)


def kinds_of(base: type[Widget]) -> Iterator[type[Widget]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_no_two_widgets_have_one_name() -> None:
    for place in PLACES:
        for path in sorted((ROOT / place).glob("[!_]*.py")):
            importlib.import_module(f"{place.replace('/', '.')}.{path.stem}")
    ours = {kind for kind in kinds_of(Widget) if kind.__module__.startswith("ssp_tui.")}
    assert len(ours) > 20
    names = Counter(kind.__name__.lstrip("_") for kind in ours)
    assert [name for name, count in names.items() if count > 1] == []

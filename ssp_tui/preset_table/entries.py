"""The rows of the Presets screen: the paper's tables, the small ones, and a person's own."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence

from engine.analyse.outcomes import Finished, Outcome
from engine.plan.config import RunConfig
from engine.plan.presets import load_preset, load_presets
from engine.process.listing import RunRow
from engine.record.events import RunFinished
from engine.record.home import Home
from ssp_tui.cleaning import clean
from ssp_tui.cli.launch import MAX_SEEDS
from ssp_tui.compose.catalogue import poison_name

MAX_OWN = 200


@dataclasses.dataclass(frozen=True)
class PresetEntry:
    """One preset; every text is clean."""

    name: str
    group: str
    config: RunConfig | None
    poison: str = ""
    """What it is poisoned with, as the paper writes it where it does."""
    refusal: str = ""
    """Why there is no configuration."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """What this home has of a preset."""

    outcome: Outcome | None = None
    num_live: int = 0
    """Running or queued."""


def preset_entries(home: Home) -> tuple[PresetEntry, ...]:
    """Every preset, in the paper's order, then the others, then those of the home."""
    return (*_shipped_entries(), *_own_entries(home))


@functools.cache
def _shipped_entries() -> tuple[PresetEntry, ...]:
    """They never change while the program runs."""
    shipped = [_entry(name, preset.config, _group(preset.config)) for name, preset in load_presets().items()]
    return tuple(sorted(shipped, key=lambda entry: GROUPS.index(entry.group)))


def finished_runs(rows: Iterable[RunRow], names: Iterable[str]) -> list[Finished]:
    """The finished runs whose configuration has one of these names."""
    wanted, finished = set(names), []
    for row in rows:
        ending = row.summary.ending
        if row.name in wanted and row.status.state == "finished" and isinstance(ending, RunFinished):
            errors = (ending.val_error, ending.test_error)
            finished.append(Finished(row.folder, row.name, *errors, row.seed, row.created_time))
    return finished


def progress_of(rows: Sequence[RunRow], outcomes: Mapping[str, Outcome]) -> dict[str, Progress]:
    """What there is of each preset that has anything."""
    num_live: dict[str, int] = {}
    for row in rows:
        if row.status.is_live or row.status.state == "queued":
            num_live[row.name] = num_live.get(row.name, 0) + 1
    return {name: Progress(outcomes.get(name), num_live.get(name, 0)) for name in {*outcomes, *num_live}}


def seeded(configs: Iterable[RunConfig], num_seeds_text: str) -> tuple[RunConfig, ...]:
    """Each configuration with so many seeds from its own upwards; ValueError for a number not allowed."""
    text = num_seeds_text.strip()
    num_seeds = int(text) if text.isdecimal() and len(text) < 5 else 0
    if not 1 <= num_seeds <= MAX_SEEDS:
        raise ValueError(f"a whole number, 1 to {MAX_SEEDS}")
    return tuple(
        dataclasses.replace(config, seed=config.seed + i) for config in configs for i in range(num_seeds)
    )


TABLE_1 = "Table 1: ENAS on CIFAR-10, 300 epochs"
TABLE_2 = "Table 2: one shot on CIFAR-10, 300 epochs"
CIFAR_100 = "Section 4.1: CIFAR-100, 150 epochs"
SMALL = "Small: minutes on the embedded images"
OWN = "Your own"
GROUPS = (TABLE_1, TABLE_2, CIFAR_100, SMALL, OWN)


def _group(config: RunConfig) -> str:
    row = config.paper.row if config.paper else ""
    if not row:
        return SMALL
    return TABLE_1 if row.startswith("Table 1") else TABLE_2 if row.startswith("Table 2") else CIFAR_100


def _own_entries(home: Home) -> list[PresetEntry]:
    try:
        paths = sorted(home.presets_folder.glob("*.toml"))[:MAX_OWN]
    except OSError:
        return []
    entries = []
    for path in paths:
        try:
            entries.append(_entry(path.stem, load_preset(path).config, OWN))
        except ValueError as error:
            entries.append(PresetEntry(clean(path.stem, 60), OWN, None, refusal=clean(str(error))))
    return entries


def _entry(name: str, config: RunConfig, group: str) -> PresetEntry:
    return PresetEntry(clean(name, 60), group, config, clean(_poison(config)))


def _poison(config: RunConfig) -> str:
    """36(P3), as the paper writes it where it can; else the operations with their copies."""
    row = config.paper.row if config.paper else ""
    for mark in (": ", ", "):
        if "(P" in row and mark in row:
            return row.split(mark, 1)[1].split(": ")[-1]
    return poison_name(config.space)

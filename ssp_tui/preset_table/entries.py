"""The rows of the Presets screen: the paper's tables, the small ones, and a person's own."""

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.analyse.outcomes import Finished, Outcome
from engine.plan.config import PaperFigures, RunConfig
from engine.plan.presets import load_preset, load_presets, resolve_config
from engine.plan.suite_plan import make_plan
from engine.plan.suites import SUITES, Suite
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
    paper: PaperFigures | None = None
    """The paper's figures it is shown beside: its own, or those of the experiment it reduces."""
    label: str = ""
    """What it is called in its group; its name where that says enough."""

    @property
    def is_reduced(self) -> bool:
        """Whether the paper's figures are those of another, larger run."""
        return self.config is not None and self.paper is not None and self.config.paper is None


@dataclasses.dataclass(frozen=True)
class Progress:
    """What this home has of a preset."""

    outcome: Outcome | None = None
    num_live: int = 0
    """Running or queued."""
    num_changed: int = 0
    """Runs of its name with other settings: they are no runs of it."""


def preset_entries(home: Home) -> tuple[PresetEntry, ...]:
    """Every preset, in the paper's order, then the others, then those of the home."""
    return (*_shipped_entries(), *_own_entries(home))


@functools.cache
def _shipped_entries() -> tuple[PresetEntry, ...]:
    """They never change while the program runs."""
    shipped = [_entry(name, preset.config, _group(preset.config)) for name, preset in load_presets().items()]
    shipped += [entry for suite in SUITES.values() if suite.is_reduced for entry in _reduced_entries(suite)]
    return tuple(sorted(shipped, key=lambda entry: GROUPS.index(entry.group)))


def _reduced_entries(suite: Suite) -> list[PresetEntry]:
    """Every experiment of a reduced suite, beside the paper's figures of the whole one."""
    members = make_plan(suite, variants=(), num_seeds=1).members()
    return [
        PresetEntry(
            member.config.name,
            REDUCED,
            member.config,
            clean(poison_name(member.config.space)),
            paper=resolve_config(member.experiment, {}, []).paper,
            label=member.experiment,
        )
        for member in members
    ]


def finished_runs(rows: Iterable[RunRow], names: Iterable[str]) -> list[Finished]:
    """The finished runs whose configuration has one of these names."""
    wanted, finished = set(names), []
    for row in rows:
        ending = row.summary.ending
        if row.name in wanted and row.status.state == "finished" and isinstance(ending, RunFinished):
            errors = (ending.val_error, ending.test_error)
            finished.append(Finished(row.folder, row.name, row.seed, *errors, row.created_time))
    return finished


def progress_of(
    rows: Sequence[RunRow], outcomes: Mapping[str, Outcome], is_full: Callable[[RunRow], bool]
) -> dict[str, Progress]:
    """What there is of each preset that has anything; a run of its name that is not it is told apart."""
    num_live, num_changed = Counter[str](), Counter[str]()
    for row in rows:
        if not is_full(row):
            num_changed[row.name] += 1
        elif row.status.is_live or row.status.state == "queued":
            num_live[row.name] += 1
    return {
        name: Progress(outcomes.get(name), num_live[name], num_changed[name])
        for name in {*outcomes, *num_live, *num_changed}
    }


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
REDUCED = "Suite paper-small: the paper reduced, on the embedded images; its figures for their order only"
SMALL = "Small: minutes on the embedded images"
OWN = "Your own"
GROUPS = (TABLE_1, TABLE_2, CIFAR_100, SMALL, REDUCED, OWN)


def _group(config: RunConfig) -> str:
    row = config.paper.row if config.paper else ""
    if not row:
        return SMALL
    return TABLE_1 if row.startswith("Table 1") else TABLE_2 if row.startswith("Table 2") else CIFAR_100


def _own_entries(home: Home) -> list[PresetEntry]:
    entries = []
    for path in home.own_preset_paths()[:MAX_OWN]:
        try:
            entries.append(_entry(path.stem, load_preset(path).config, OWN))
        except ValueError as error:
            entries.append(PresetEntry(clean(path.stem, 60), OWN, None, refusal=clean(str(error))))
    return entries


def _entry(name: str, config: RunConfig, group: str) -> PresetEntry:
    return PresetEntry(clean(name, 60), group, config, clean(_poison(config)), paper=config.paper)


def _poison(config: RunConfig) -> str:
    """36(P3), as the paper writes it where it can; else the operations with their copies."""
    row = config.paper.row if config.paper else ""
    for mark in (": ", ", "):
        if "(P" in row and mark in row:
            return row.split(mark, 1)[1].split(": ")[-1]
    return poison_name(config.given_space)

"""What a person asked a suite for, and the runs that are its members: derived from it, never stored."""

import dataclasses
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.plan.config import TOP_FIELDS, RunConfig
from engine.plan.overrides import parse_setting
from engine.plan.presets import resolve_config
from engine.plan.setting import check_value, refuse_unknown, shown
from engine.plan.suites import (
    BASE,
    CIFAR_100,
    CORRECTED,
    EXPERIMENTS,
    TWINS,
    VARIANTS,
    Suite,
    find_suite,
)

MAX_SEEDS = 100
"""Seeds of one experiment of a suite."""

MAX_NAME = 60
"""Letters of a suite's name, which is a file's."""

_CIFAR_10_KEY, _CIFAR_100_KEY = "cifar10", "cifar100"
_KEYS = ("version", "suite", "first_seed", "protocol", "datasets", "settings", "seeds")


@dataclasses.dataclass(frozen=True)
class Member:
    """One run of a suite."""

    experiment: str
    variant: str
    config: RunConfig


@dataclasses.dataclass(frozen=True)
class SuitePlan:
    """A suite as it was asked for, in one launch or in several that agree on its settings."""

    suite: Suite
    first_seed: int = 69
    protocol: str = "paper"
    """Of the base variant."""
    datasets: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What stands in for cifar10 and cifar100, by these names."""
    settings: tuple[str, ...] = ()
    """`section.key=value` laid over every member."""
    num_seeds: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    """(variant, experiment) to seeds; what is not named is not run."""

    @property
    def is_reduced(self) -> bool:
        """Whether its members are smaller or other than the paper's experiments.

        A folder that stands in for CIFAR is taken at its word, and [engine] only says how to compute.
        """
        is_changed = any(not setting.strip().startswith("engine.") for setting in self.settings)
        return self.suite.is_reduced or is_changed or "synthetic" in self.datasets.values()

    @property
    def default_name(self) -> str:
        """What it is called when nobody says: the suite's name, and what was changed of it.

        A changed suite must not take the place of the one it is made of, and the same words lead to the same.
        """
        changes = [f"protocol={self.protocol}"] if self.protocol != "paper" else []
        parts = [re.sub(r"[^A-Za-z0-9.]+", "-", text) for text in (*changes, *self.settings)]
        name = "-".join([self.suite.name, *parts])
        if len(name) <= MAX_NAME:
            return name
        return f"{name[: MAX_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

    def members(self) -> list[Member]:
        """Every run, seed by seed, so that a first whole table comes as early as it can."""
        most = max(self.num_seeds.values(), default=0)
        first = {place: self._config(*place) for place in self.num_seeds}
        return [
            Member(
                experiment,
                variant,
                dataclasses.replace(first[variant, experiment], seed=self.first_seed + index),
            )
            for index in range(most)
            for variant in VARIANTS
            for experiment in EXPERIMENTS
            if index < self.num_seeds.get((variant, experiment), 0)
        ]

    def merged(self, newer: "SuitePlan") -> "SuitePlan":
        """Both together; ValueError when they do not agree on what every member shares."""
        for key in ("suite", "first_seed", "protocol", "settings"):
            ours, theirs = getattr(self, key), getattr(newer, key)
            if ours != theirs:
                raise ValueError(_disagreement(key, ours, theirs))
        for key, dataset in newer.datasets.items():
            if self.datasets.get(key, dataset) != dataset:
                raise ValueError(_disagreement("dataset", self.datasets[key], dataset))
        seeds = dict(self.num_seeds)
        for place, number in newer.num_seeds.items():
            seeds[place] = max(number, seeds.get(place, 0))
        # Only a data set that nothing ran on yet may still be named.
        started = {_dataset_key(experiment) for _, experiment in self.num_seeds}
        for key in newer.datasets.keys() - self.datasets.keys():
            if key in started:
                raise ValueError(_disagreement("dataset", key, newer.datasets[key]))
        return dataclasses.replace(self, num_seeds=seeds, datasets={**self.datasets, **newer.datasets})

    def table(self) -> dict[str, Any]:
        """The plan as HOME/suites/NAME.toml holds it; `read_plan` reads it back."""
        seeds: dict[str, dict[str, int]] = {}
        for (variant, experiment), number in self.num_seeds.items():
            seeds.setdefault(variant, {})[experiment] = number
        return {
            "version": 1,
            "suite": self.suite.name,
            "first_seed": self.first_seed,
            "protocol": self.protocol,
            "settings": list(self.settings),
            "datasets": dict(self.datasets),
            "seeds": seeds,
        }

    def _config(self, variant: str, experiment: str) -> RunConfig:
        twin = TWINS.get(variant, ())
        dataset = self.datasets.get(_dataset_key(experiment))
        given = [f"dataset={dataset}"] if dataset else []
        config = resolve_config(
            experiment,
            {"protocol": self.protocol, "seed": self.first_seed},
            [*self.suite.all_settings(experiment), *given, *self.settings, *twin],
        )
        if not self.suite.is_reduced:
            return config
        # A reduced run must never pass for the experiment it is named after, so it has its own name, and no
        # figures of the paper's to be drawn beside.
        name = f"{self.suite.name}-{experiment}" + (f"-{variant}" if variant != BASE else "")
        return dataclasses.replace(config, name=name, title=f"Reduced: {config.title}", paper=None)


def make_plan(
    suite: Suite,
    only: Sequence[str] = EXPERIMENTS,
    variants: Sequence[str] | None = None,
    num_seeds: int | None = None,
    first_seed: int | None = None,
    protocol: str | None = None,
    dataset: str | None = None,
    settings: Sequence[str] = (),
) -> SuitePlan:
    """A plan from flags; None takes the suite's own. ValueError names what is wrong, before anything runs."""
    seeds = suite.num_seeds if num_seeds is None else num_seeds
    if not 1 <= seeds <= MAX_SEEDS:
        raise ValueError(f"--seeds {seeds} is not allowed: 1 to {MAX_SEEDS}")
    first = 69 if first_seed is None else first_seed
    check_value(first, TOP_FIELDS["seed"], "--seed")
    check_value(first + seeds - 1, TOP_FIELDS["seed"], "--seed and --seeds: the last seed")
    for setting in settings:
        path, _ = parse_setting(setting)
        if path[0] in ("seed", "protocol", "dataset", "name", "title"):
            raise ValueError(f"--set {shown(setting)}: a suite sets this itself; use its flags")
    if protocol == CORRECTED and variants and CORRECTED in variants:
        raise ValueError("--with corrected runs the same twice under --protocol corrected: leave one out")
    chosen = suite.variants if variants is None else (BASE, *variants)
    if protocol == CORRECTED:
        chosen = tuple(variant for variant in chosen if variant != CORRECTED)
    plan = SuitePlan(
        suite,
        first_seed=first,
        protocol=protocol or "paper",
        datasets=_datasets(dataset, only),
        settings=tuple(settings),
        num_seeds={(variant, experiment): seeds for variant in chosen for experiment in only},
    )
    plan.members()  # refuses what no configuration can be
    return plan


def read_plan(table: Any) -> SuitePlan:
    """Read `SuitePlan.table` back; ValueError names what is wrong."""
    if not isinstance(table, Mapping):
        raise ValueError("a suite's file must be a table")
    refuse_unknown(table, _KEYS, "")
    seeds = _typed(table, "seeds", dict)
    found = {
        (variant, experiment): number
        for variant, experiments in seeds.items()
        if isinstance(experiments, Mapping)
        for experiment, number in experiments.items()
    }
    for (variant, experiment), number in found.items():
        known = variant in VARIANTS and experiment in EXPERIMENTS
        if not known or type(number) is not int or not 1 <= number <= MAX_SEEDS:
            raise ValueError(f"seeds.{shown(variant)}.{shown(experiment)} = {shown(number)} is not a plan")
    datasets = _typed(table, "datasets", dict)
    refuse_unknown(datasets, (_CIFAR_10_KEY, _CIFAR_100_KEY), "datasets")
    plan = SuitePlan(
        find_suite(_typed(table, "suite", str)),
        first_seed=_typed(table, "first_seed", int),
        protocol=_typed(table, "protocol", str),
        datasets={key: str(value) for key, value in datasets.items()},
        settings=tuple(str(each) for each in _typed(table, "settings", list)),
        num_seeds=found,
    )
    plan.members()
    return plan


def _typed(table: Mapping[str, Any], key: str, kind: type) -> Any:
    value = table.get(key)
    if type(value) is not kind:
        raise ValueError(f"{key} = {shown(value)} must be {kind.__name__}")
    return value


def _datasets(dataset: str | None, only: Sequence[str]) -> dict[str, str]:
    """Embedded images stand in for both; a folder for CIFAR-10, for CIFAR-100 when nothing else is run."""
    if dataset is None:
        return {}
    keys = {_dataset_key(experiment) for experiment in only}
    if dataset != "synthetic" and len(keys) > 1:
        keys = {_CIFAR_10_KEY}
    return dict.fromkeys(sorted(keys), dataset)


def _dataset_key(experiment: str) -> str:
    return _CIFAR_100_KEY if experiment in CIFAR_100 else _CIFAR_10_KEY


def _disagreement(key: str, ours: object, theirs: object) -> str:
    def word(value: object) -> str:
        if isinstance(value, Suite):
            return value.name
        return " ".join(value) or "none" if isinstance(value, tuple) else str(value)

    return (
        f"{key}: this suite was launched with {shown(word(ours))}, not {shown(word(theirs))}; "
        "another one needs another name: --name NAME"
    )

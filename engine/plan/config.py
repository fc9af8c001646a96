"""A run's whole configuration: frozen sections with units, and how a TOML table becomes one."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from engine.plan.defences import Defences, searched_space
from engine.plan.derived import DERIVED, DERIVED_OF, Derived, check_architecture, read_derived
from engine.plan.protocol import Switches, read_switches
from engine.plan.setting import (
    check_value,
    checked_values,
    expanded,
    nearest,
    read_section,
    refuse_unknown,
    setting,
    shown,
)
from engine.plan.space import Space, make_space, read_space

DATASETS = ("synthetic", "cifar10", "cifar100")


@dataclasses.dataclass(frozen=True)
class ChildSettings:
    """The child network and its training (paper, Table 3: child_*)."""

    layers: int = setting(12, low=3, high=64, unit="layers")
    filters: int = setting(36, low=2, high=1024, even=True, unit="channels")
    batch_size: int = setting(128, low=2, high=8192, unit="images")
    keep_prob: float = setting(0.9, low=0.0, high=1.0, exclusive_low=True, unit="probability")
    grad_clip: float = setting(5.0, low=0.0, high=1e6, exclusive_low=True, unit="gradient norm")
    l2: float = setting(0.00025, low=0.0, high=1.0, unit="per step")
    momentum: float = setting(0.9, low=0.0, high=0.9999, unit="share of the last step")
    lr_max: float = setting(0.05, low=0.0, high=10.0, exclusive_low=True, unit="learning rate")
    lr_min: float = setting(0.0005, low=0.0, high=10.0, unit="learning rate")
    lr_half_period: int = setting(10, low=1, high=100_000, unit="epochs, the cosine's T_max")


@dataclasses.dataclass(frozen=True)
class ControllerSettings:
    """The controller and its training (paper, Table 3: controller_*)."""

    kind: str = setting("reinforce", choices=("reinforce", "random"))
    hidden_size: int = setting(64, low=1, high=4096, unit="LSTM units")
    tanh_constant: float = setting(1.5, low=0.0, high=50.0, exclusive_low=True, unit="logits")
    entropy_weight: float = setting(0.0001, low=0.0, high=10.0, unit="accuracy per nat")
    skip_target: float = setting(0.4, low=0.01, high=0.99, unit="probability")
    skip_weight: float = setting(0.8, low=0.0, high=100.0, unit="loss")
    baseline_decay: float = setting(0.99, low=0.0, high=1.0, unit="per sample")
    lr: float = setting(0.001, low=0.0, high=10.0, exclusive_low=True, unit="learning rate")
    adam_beta1: float = setting(0.0, low=0.0, high=0.9999, unit="decay")
    adam_beta2: float = setting(0.999, low=0.0, high=0.999999, unit="decay")
    adam_eps: float = setting(0.001, low=0.0, high=1.0, exclusive_low=True, unit="gradient")
    grad_clip: float = setting(5.0, low=0.0, high=1e6, exclusive_low=True, unit="gradient norm")
    train_every: int = setting(1, low=1, high=100_000, unit="epochs")
    updates: int = setting(50, low=1, high=100_000, unit="updates an epoch")
    samples_per_update: int = setting(20, low=1, high=10_000, unit="architectures")


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """How many images, how they are split and augmented."""

    num_train: int = setting(45_000, low=2, high=10_000_000, unit="images")
    num_val: int = setting(5_000, low=2, high=10_000_000, unit="images")
    num_test: int = setting(0, low=0, high=10_000_000, unit="images; 0 takes all there are")
    num_classes: int = setting(10, low=2, high=1000, unit="classes")
    cutout: int = setting(0, low=0, high=32, unit="pixels, side of the square; 0 is off")


@dataclasses.dataclass(frozen=True)
class EvaluationSettings:
    """How an epoch's best architecture is found."""

    candidates: int = setting(10, low=1, high=10_000, unit="architectures")


@dataclasses.dataclass(frozen=True)
class EngineSettings:
    """How the engine computes; none of it changes what is computed beyond rounding."""

    device: str = setting("auto")
    precision: str = setting("float32", choices=("float32", "tf32"))
    num_threads: int = setting(1, low=1, high=1024, unit="CPU threads")
    population: str = setting("auto", choices=("auto", "on", "off"))
    """Whether sampled architectures are evaluated many in one pass; auto does so on a GPU alone."""


@dataclasses.dataclass(frozen=True)
class PaperFigures:
    """What the paper reports for this experiment; errors are fractions, NaN-free, absent as None."""

    row: str
    val_error: float | None = None
    test_error: float | None = None


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Everything a run needs to be repeated."""

    name: str
    title: str
    dataset: str
    epochs: int
    seed: int
    protocol: str
    given_space: Space
    """The space as it was given; `space` is the one that is searched."""
    child: ChildSettings
    controller: ControllerSettings
    data: DataSettings
    evaluation: EvaluationSettings
    engine: EngineSettings
    defences: Defences
    switches: Switches
    paper: PaperFigures | None = None
    derived: Derived | None = None
    """The one architecture it trains from scratch; None for a search."""

    @functools.cached_property
    def space(self) -> Space:
        """The space that is searched: as given, or as the defences leave it."""
        return searched_space(self.given_space, self.defences)

    @property
    def steps_per_epoch(self) -> int:
        """Child steps of one epoch; the last batch may be incomplete."""
        return -(-self.data.num_train // self.child.batch_size)

    def table(self) -> dict[str, Any]:
        """The configuration, resolved and complete, as config.toml holds it; `read_config` reads it back."""
        table: dict[str, Any] = {key: getattr(self, key) for key in TOP_FIELDS}
        if self.derived is not None:
            table[DERIVED_OF] = self.derived.of
        table["space"] = self.given_space.table()
        if self.space.slots != self.given_space.slots:
            table[SEARCHED] = self.space.table()
        for section in (*SECTIONS, "switches"):
            table[section] = dataclasses.asdict(getattr(self, section))
        if self.paper is not None:
            figures = dataclasses.asdict(self.paper).items()
            table["paper"] = {key: value for key, value in figures if value is not None}
        if self.derived is not None:
            table[DERIVED] = self.derived.table()
        return table


@dataclasses.dataclass(frozen=True)
class _Top:
    """The settings outside any section."""

    name: str = setting("")
    title: str = setting("")
    dataset: str = setting("cifar10")
    epochs: int = setting(300, low=1, high=1_000_000, unit="epochs")
    seed: int = setting(69, low=0, high=2**31 - 1)
    protocol: str = setting("paper", choices=("paper", "corrected"))


TOP_FIELDS = {field.name: field for field in dataclasses.fields(_Top)}
SECTIONS: dict[str, type] = {
    "child": ChildSettings,
    "controller": ControllerSettings,
    "data": DataSettings,
    "evaluation": EvaluationSettings,
    "engine": EngineSettings,
    "defences": Defences,
}
"""The sections made of plain settings."""

SEARCHED = "searched_space"
"""A section for readers alone: the space the defences left. It follows from the others, and is not read."""

SECTION_NAMES = ("space", *SECTIONS, "switches", "paper", DERIVED)
"""Every section of a configuration file."""


def read_config(table: Any, name: str = "") -> RunConfig:
    """Build a configuration from a parsed TOML document; missing settings take their defaults.

    ValueError names the setting, what it was and what is allowed. Whether the data set's files exist is the
    launcher's question, not this one's.
    """
    if not isinstance(table, Mapping):
        raise ValueError("a configuration must be a table of settings")
    refuse_unknown(table, (*TOP_FIELDS, *SECTION_NAMES, SEARCHED, DERIVED_OF), "")
    top = {key: check_value(value, TOP_FIELDS[key], key) for key, value in table.items() if key in TOP_FIELDS}
    top = {**dataclasses.asdict(_Top(name=name)), **top}
    top["dataset"] = _checked_dataset(top["dataset"])
    top["name"] = _checked_name(top["name"])
    config = RunConfig(
        **top,
        given_space=read_space(table.get("space", {})),
        **{
            section: read_section(kind, table.get(section, {}), section) for section, kind in SECTIONS.items()
        },
        switches=read_switches(table.get("switches", {}), top["protocol"]),
        paper=_read_paper(table["paper"]) if "paper" in table else None,
        derived=_read_derived(table),
    )
    _check_together(config)
    return config


def paper_default() -> RunConfig:
    """The paper's Table 3 on the clean space."""
    return dataclasses.replace(read_config({}), given_space=make_space("enas6"))


def _checked_name(name: str) -> str:
    if len(name) > 100 or any(not character.isprintable() for character in name):
        raise ValueError(f"name = {shown(name)} is not allowed: printable text, at most 100 letters")
    return name


def _checked_dataset(dataset: str) -> str:
    if dataset in DATASETS:
        return dataset
    if dataset.startswith("folder:") and len(dataset) > len("folder:"):
        path = expanded(dataset.removeprefix("folder:"), "dataset")
        return f"folder:{path.absolute()}"
    known = (*DATASETS, "folder:PATH")
    raise ValueError(f"dataset = {shown(dataset)} is not one of {', '.join(known)}{nearest(dataset, known)}")


def _read_paper(table: Any) -> PaperFigures:
    @dataclasses.dataclass(frozen=True)
    class _Paper:
        row: str = setting("")
        val_error: float = setting(0.0, low=0.0, high=1.0, unit="fraction")
        test_error: float = setting(0.0, low=0.0, high=1.0, unit="fraction")

    values = checked_values(_Paper, table, "paper")
    return PaperFigures(**{"row": "", **values})


def _read_derived(table: Mapping[str, Any]) -> Derived | None:
    if DERIVED_OF not in table and DERIVED not in table:
        return None
    return read_derived(table.get(DERIVED_OF), table.get(DERIVED))


def _check_together(config: RunConfig) -> None:
    child, data = config.child, config.data
    if config.derived is not None:
        check_architecture(config.derived.architecture, child.layers, config.space.num_outputs)
    if child.lr_min > child.lr_max:
        raise ValueError(f"child.lr_min = {child.lr_min:g} is above child.lr_max = {child.lr_max:g}")
    for key in ("num_train", "num_val"):
        if getattr(data, key) < child.batch_size:
            raise ValueError(
                f"data.{key} = {getattr(data, key)} is less than one batch: "
                f"allowed is at least child.batch_size = {child.batch_size}"
            )
    classes = {"cifar10": 10, "cifar100": 100}.get(config.dataset)
    if classes and data.num_classes != classes:
        raise ValueError(f"data.num_classes = {data.num_classes}: {config.dataset} has {classes}")
    if config.dataset == "synthetic" and data.num_classes > 100:
        raise ValueError(f"data.num_classes = {data.num_classes}: synthetic has 2 to 100")
    device = config.engine.device
    if device not in ("auto", "cpu") and not (
        device.startswith("cuda:") and device[5:].isascii() and device[5:].isdigit()
    ):
        raise ValueError(f"engine.device = {shown(device)} is not one of auto, cpu, cuda:0, cuda:1, ...")

"""What stands in the composer's form: texts as typed, valid or not, over the configuration they change."""

import dataclasses
from collections.abc import Iterable, Mapping

from engine.plan.config import RunConfig
from engine.plan.operations import Operation
from engine.plan.space import Slot
from engine.plan.space_text import exact_number
from ssp_tui.cleaning import clean
from ssp_tui.compose.catalogue import ORIGINALS, POISONS, SMALL, size_config

SETTINGS = (
    "dataset",
    "protocol",
    "controller.kind",
    "engine.device",
    "epochs",
    "seed",
    "name",
    "child.layers",
    "child.filters",
    "child.batch_size",
    "child.lr_max",
    "data.num_train",
    "data.num_val",
    "data.num_test",
    "data.num_classes",
    "defences.skip_nonfinite",
    "defences.rollback",
    "defences.rollback_interval",
    "defences.drop_duplicates",
    "defences.factorised_controller",
    "controller.tanh_constant",
)
"""The settings the form shows; all others stay as the configuration below has them."""

FIRST_COPIES = 36

SWITCHED = ("off", "on")
"""A switch's two values as the form shows them."""


@dataclasses.dataclass(frozen=True)
class Poison:
    """One poisoned operation on offer: its copies and parameters as typed."""

    kind: str
    parameters: Mapping[str, str]
    """Name to text; a convolution's padding follows from the rest."""
    copies: str = str(FIRST_COPIES)
    is_chosen: bool = False


@dataclasses.dataclass(frozen=True)
class Draft:
    """The form's contents."""

    below: RunConfig
    originals: tuple[tuple[Operation, bool], ...]
    """Every operation on offer, and whether it is chosen."""
    poisons: tuple[Poison, ...]
    settings: Mapping[str, str]
    """The texts of `SETTINGS`."""
    num_seeds: str = "1"
    copies: str = str(FIRST_COPIES)
    """The instance factor that a pick gives each of its operations."""

    def with_poison(self, index: int, poison: Poison) -> "Draft":
        """The draft with one poison replaced."""
        return dataclasses.replace(self, poisons=(*self.poisons[:index], poison, *self.poisons[index + 1 :]))

    def with_setting(self, key: str, text: str) -> "Draft":
        """The draft with one setting's text replaced."""
        return dataclasses.replace(self, settings={**self.settings, key: text})


def first_draft() -> Draft:
    """What the composer opens with: a clean space at a size that any machine can run."""
    return draft_of(size_config(SMALL))


def draft_of(config: RunConfig, num_seeds: int = 1) -> Draft:
    """The form filled from a configuration, whose texts may come from anybody's file."""
    config = dataclasses.replace(
        config, name=clean(config.name, 100).strip(), title=clean(config.title, 200).strip()
    )
    base = [slot.operation for slot in config.given_space.slots if not slot.poisoned]
    offered = [*base, *(each for each in ORIGINALS if each not in base)]
    if set(offered) == set(ORIGINALS) and len(offered) == len(ORIGINALS):
        offered = list(ORIGINALS)
    poison = [slot for slot in config.given_space.slots if slot.poisoned]
    copies = str(poison[0].copies) if poison else str(FIRST_COPIES)
    return Draft(
        below=config,
        originals=tuple((operation, operation in base) for operation in offered),
        poisons=(*map(_chosen, poison), *_on_offer(poison, copies)),
        settings={key: setting_text(config, key) for key in SETTINGS},
        num_seeds=str(num_seeds),
        copies=copies,
    )


def setting_text(config: RunConfig, key: str) -> str:
    """A setting of a configuration as it would be typed."""
    section, _, name = key.rpartition(".")
    value = getattr(getattr(config, section) if section else config, name)
    if isinstance(value, bool):
        return SWITCHED[value]
    return value if isinstance(value, str) else exact_number(value)


def poison_of(operation: Operation, copies: str, is_chosen: bool = False) -> Poison:
    """An operation as the form holds it."""
    values = {key: exact_number(v) for key, v in dataclasses.asdict(operation).items() if key != "padding"}
    return Poison(operation.kind, values, copies, is_chosen)


def _chosen(slot: Slot) -> Poison:
    return poison_of(slot.operation, str(slot.copies), is_chosen=True)


def _on_offer(poison: Iterable[Slot], copies: str) -> Iterable[Poison]:
    """What the catalogue has beside the operations already there."""
    there = {_family(slot.operation) for slot in poison}
    return [poison_of(each, copies) for each in POISONS if _family(each) not in there]


def _family(operation: Operation) -> tuple[str, int]:
    return operation.kind, getattr(operation, "kernel", 0)

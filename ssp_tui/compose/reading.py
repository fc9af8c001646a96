"""A draft read as a configuration: one that can be launched, or what stands in its way, field by field."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from engine.plan.config import RunConfig, read_config
from engine.plan.operations import Operation, read_operation
from engine.plan.overrides import parse_setting
from engine.plan.presets import COMPOSED, preset_names
from engine.plan.space import BASES, MAX_COPIES, Space, make_space
from ssp_tui.cli.launch import MAX_SEEDS
from ssp_tui.compose.draft import SETTINGS, Draft, Poison

SPACE = "original.0"
"""The field a refusal of the whole space is shown at."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a draft means."""

    config: RunConfig | None
    """None while something is refused."""
    num_seeds: int
    refusals: Mapping[str, str]
    """Field to what is wrong and what is allowed; the field "" is none in particular."""

    @property
    def configs(self) -> tuple[RunConfig, ...]:
        """One configuration a seed."""
        if self.config is None:
            return ()
        first = self.config
        return tuple(dataclasses.replace(first, seed=first.seed + i) for i in range(self.num_seeds))


def read_draft(draft: Draft) -> Reading:
    """Read everything, and collect every refusal on the way."""
    refusals: dict[str, str] = {}
    table = draft.below.table()
    _read_settings(draft, table, refusals)
    num_seeds = _whole(draft.num_seeds, "num_seeds", 1, MAX_SEEDS, "runs", refusals)
    space = _read_space(draft, refusals)
    if refusals or space is None:
        return Reading(None, num_seeds, refusals)
    if space != draft.below.given_space:
        _name_anew(table)
    try:
        config = read_config({**table, "space": space.table()})
    except ValueError as error:
        return Reading(None, num_seeds, {_field_of(str(error)): str(error)})
    return Reading(config, num_seeds, {})


def _read_settings(draft: Draft, table: dict[str, Any], refusals: dict[str, str]) -> None:
    for key in SETTINGS:
        try:
            path, value = parse_setting(f"{key}={draft.settings[key]}")
        except ValueError as error:
            refusals[key] = str(error)
            continue
        place = table if len(path) == 1 else table[path[0]]
        place[path[-1]] = value
    # A protocol is its switches: those of another one would contradict it.
    if table["protocol"] != draft.below.protocol:
        table["switches"] = {}


def _read_space(draft: Draft, refusals: dict[str, str]) -> Space | None:
    poison = [
        (_read_operation(each, f"poison.{i}", refusals), _copies(each, f"poison.{i}", refusals))
        for i, each in enumerate(draft.poisons)
        if each.is_chosen
    ]
    whole = tuple((operation, copies) for operation, copies in poison if operation is not None)
    try:
        return make_space(_base(draft), whole)
    except ValueError as error:
        refusals[SPACE] = str(error)
        return None


def _base(draft: Draft) -> str | tuple[Operation, ...]:
    """The base as it was while the same operations are chosen; else a named one if they make it up."""
    chosen = tuple(operation for operation, is_chosen in draft.originals if is_chosen)
    before = tuple(slot.operation for slot in draft.below.given_space.slots if not slot.poisoned)
    named = draft.below.given_space.base
    if isinstance(named, str) and set(chosen) == set(before):
        return named
    if set(chosen) == set(before):
        return before
    return next((name for name, base in BASES.items() if set(base) == set(chosen)), chosen)


def _read_operation(poison: Poison, where: str, refusals: dict[str, str]) -> Operation | None:
    table: dict[str, Any] = {"op": poison.kind}
    for name, text in poison.parameters.items():
        try:
            table[name] = int(text) if re.fullmatch(r"[+-]?\d{1,15}", text.strip()) else float(text)
        except ValueError:
            refusals[f"{where}.{name}"] = f"{name} = {text!r} must be a number"
            return None
    try:
        return read_operation(table, where)
    except ValueError as error:
        named = next((name for name in poison.parameters if f".{name} " in str(error)), "")
        named = named or next((name for name in poison.parameters if name in str(error)), "")
        refusals[f"{where}.{named}" if named else where] = str(error).removeprefix(f"{where}.")
        return None


def _copies(poison: Poison, where: str, refusals: dict[str, str]) -> int:
    return _whole(poison.copies, where, 1, MAX_COPIES, "copies, the instance factor", refusals)


def _whole(text: str, field: str, low: int, high: int, unit: str, refusals: dict[str, str]) -> int:
    value = int(text) if re.fullmatch(r"\s*\d{1,9}\s*", text) else 0
    if not low <= value <= high:
        refusals[field] = f"{text!r} is not allowed: a whole number, {low} to {high:,} ({unit})"
    return value


def _name_anew(table: dict[str, Any]) -> None:
    """Another space is no longer the preset it was loaded from, nor has it the paper's figures."""
    table.pop("paper", None)
    if table["name"] in preset_names():
        table["name"], table["title"] = COMPOSED, ""


def _field_of(refusal: str) -> str:
    key = refusal.split(" ", 1)[0]
    return key if key in SETTINGS else ""

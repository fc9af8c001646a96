"""The configuration of a run that trains one architecture of a search from scratch."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from engine.plan.config import EvaluationSettings, RunConfig, read_config
from engine.plan.derived import Derived
from engine.plan.overrides import parse_setting, with_settings
from engine.plan.setting import shown

NAME_BEGINNING = "derived-"
"""At the beginning of a derived run's name, and so of its id: ids keep only the start of a long name."""

_NAME_ROOM = 100 - len(NAME_BEGINNING)

_FIXED = ("protocol", "name", "title", "child.layers", "evaluation.candidates")
"""What a person may not set: it would be another architecture, or no measurement of this one."""


def derived_config(
    search: RunConfig, derived: Derived, overrides: dict[str, Any], settings: Sequence[str]
) -> RunConfig:
    """The search's configuration with one architecture in the place of its controller.

    Data, schedule, protocol switches, defences and seed are the search's own, unless `overrides` (epochs,
    seed, engine) or `section.key=value` say otherwise. The paper's figures belong to the search and are
    dropped. ValueError names a setting that is not allowed.
    """
    if search.derived is not None:
        raise ValueError(f"run {shown(derived.of)} is a derived run: it has one architecture, and no search")
    for text in settings:
        path = ".".join(parse_setting(text)[0])
        if path in _FIXED or path.startswith("controller."):
            raise ValueError(f"--set {shown(text)}: a derived run takes this from its search")
    base = dataclasses.replace(
        search,
        name=NAME_BEGINNING + search.name[:_NAME_ROOM],
        title=f"Derived of {derived.of}, epoch {derived.epoch}, candidate {derived.candidate}",
        evaluation=EvaluationSettings(candidates=1),
        paper=None,
        derived=derived,
    )
    table = base.table()
    for key, value in overrides.items():
        table[key] = {**table[key], **value} if isinstance(value, dict) else value
    return read_config(with_settings(table, list(settings)))

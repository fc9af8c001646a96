"""A configuration as the `ssp-tui launch` command that launches exactly it."""

import dataclasses
import shlex
from typing import Any

from engine.plan.config import SECTIONS, RunConfig
from engine.plan.operations import parse_operation
from engine.plan.overrides import setting_text
from engine.plan.presets import preset_names, resolve_config
from engine.plan.setting import shown
from engine.plan.space import Space
from engine.plan.space_text import poison_text, short_text

STARTING_POINTS = ("small-original", "original", "cifar100-original")
"""Clean presets whose settings another space may be launched with."""

_FLAGS = ("dataset", "epochs", "seed", "protocol")


def launch_command(config: RunConfig, num_seeds: int = 1) -> str:
    """The command line that launches this configuration, with `num_seeds` seeds from its own upwards.

    Its runs hold the same config.toml byte for byte. ValueError when a text in it cannot be typed.
    """
    words = launch_arguments(config, num_seeds)
    for word in words:
        if not word.isprintable():
            raise ValueError(f"{shown(word)} has characters that no command line can show")
    return shlex.join(["ssp-tui", "launch", *words])


def launch_arguments(config: RunConfig, num_seeds: int = 1) -> list[str]:
    """The arguments of `launch`: a preset and what differs, or a space over whatever makes it shortest."""
    if _is_of_preset(config):
        return _arguments(config, num_seeds, config.name, {})
    if config.paper is not None:
        raise ValueError("[paper] cannot be given on a command line: it belongs to a preset's own space")
    space = {"space": config.given_space.table()}
    found = [_arguments(config, num_seeds, source, space) for source in (None, *STARTING_POINTS)]
    return min(found, key=len)


def _arguments(config: RunConfig, num_seeds: int, source: str | None, space: dict[str, Any]) -> list[str]:
    arguments = [source] if source else []
    if space:
        arguments += _space_arguments(config.given_space)
    unflagged = resolve_config(source, space, [])
    for key in _FLAGS:
        if _differs(config, unflagged, key):
            arguments += [f"--{key}", str(getattr(config, key))]
    if num_seeds > 1:
        arguments += ["--seeds", str(num_seeds)]
    if _differs(config.engine, unflagged.engine, "device"):
        arguments += ["--device", config.engine.device]
    for setting in _settings(config, resolve_config(source, {**space, "protocol": config.protocol}, [])):
        arguments += ["--set", setting]
    return arguments


def _is_of_preset(config: RunConfig) -> bool:
    if config.name not in preset_names():
        return False
    preset = resolve_config(config.name, {}, [])
    ours = (config.given_space, config.paper, config.name)
    return (preset.given_space, preset.paper, preset.name) == ours


def _space_arguments(space: Space) -> list[str]:
    if isinstance(space.base, str):
        base = space.base
    else:
        base = ",".join(short_text(parse_operation(text, "base")) for text in space.base)
    arguments = ["--base", base]
    for slot in space.slots:
        if slot.poisoned:
            arguments += ["--poison", poison_text(slot.operation, slot.copies)]
    return arguments


def _settings(config: RunConfig, start: RunConfig) -> list[str]:
    """`section.key=value` for everything that no flag of its own sets."""
    settings = []
    for key in ("name", "title"):
        text = getattr(config, key)
        if text != text.strip():
            raise ValueError(
                f"{key} = {shown(text)} begins or ends with a space, which no command line keeps"
            )
        if _differs(config, start, key):
            settings.append(f"{key}={text}")
    for section in (*SECTIONS, "switches"):
        ours, theirs = getattr(config, section), getattr(start, section)
        for field in dataclasses.fields(ours):
            value = getattr(ours, field.name)
            if _differs(ours, theirs, field.name) and (section, field.name) != ("engine", "device"):
                settings.append(f"{section}.{field.name}={setting_text(value)}")
    return settings


def _differs(ours: object, theirs: object, key: str) -> bool:
    return bool(getattr(ours, key) != getattr(theirs, key))

"""A configuration as the `ssp-tui launch` command that launches exactly it, and a space in words."""

import dataclasses
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from engine.plan.config import SECTIONS, RunConfig
from engine.plan.operations import Operation, operation_text, parse_operation
from engine.plan.presets import preset_names, resolve_config
from engine.plan.setting import shown
from engine.plan.space import BASES, MAX_COPIES, Space

_COPIES = re.compile(r"(?P<operation>.*?)(?:\s+x\s*(?P<copies>\d{1,9}))?\s*", re.DOTALL)
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
    """The arguments of `launch`: a preset and what differs from it, or a whole space and what differs."""
    source = config.name if _is_of_preset(config) else None
    if source is None and config.paper is not None:
        raise ValueError("[paper] cannot be given on a command line: it belongs to a preset's own space")
    space = {} if source else {"space": config.space.table()}
    arguments = [source] if source else _space_arguments(config.space)
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


def space_table(base: str | None, poisons: Sequence[str], below: Mapping[str, Any]) -> dict[str, Any]:
    """The [space] table that `--base` and `--poison` mean, over a preset's own.

    ValueError names what is wrong and what is allowed.
    """
    table = dict(below)
    if base is not None:
        table["base"] = parse_base(base)
    if poisons:
        parsed = [parse_poison(text) for text in poisons]
        table["poison"] = [{**operation.table(), "copies": copies} for operation, copies in parsed]
    return table


def parse_poison(text: str) -> tuple[Operation, int]:
    """Read `--poison "dropout(p=1) x36"`: an operation and its copies (one when none are named)."""
    match = _COPIES.fullmatch(text.strip()[:300])
    assert match is not None
    copies = int(match["copies"] or 1)
    if not 1 <= copies <= MAX_COPIES:
        raise ValueError(
            f"--poison {shown(text)}: {copies} copies are not allowed: "
            f"1 to {MAX_COPIES:,} (the instance factor)"
        )
    return parse_operation(match["operation"], "--poison"), copies


def parse_base(text: str) -> str | list[str]:
    """Read `--base`: a base space's name, or operations with commas between them."""
    if text.strip() in BASES:
        return text.strip()
    parts = [part for part in re.split(r",(?![^()]*\))", text[:1000]) if part.strip()]
    if not parts:
        raise ValueError(
            f"--base {shown(text)} names no operation: allowed are {', '.join(BASES)}, "
            "or operations such as conv3x3,maxpool3x3"
        )
    return [operation_text(parse_operation(part, "--base")) for part in parts]


def poison_text(operation: Operation, copies: int) -> str:
    """A poisoned slot as `parse_poison` reads it back: dropout(p=1) x36."""
    return f"{short_text(operation)} x{copies}"


def short_text(operation: Operation) -> str:
    """An operation as short as `parse_operation` understands it: conv3x3(dilation=50), dropout(p=1)."""
    values = dataclasses.asdict(operation)
    kernel = values.pop("kernel", None)
    values.pop("padding", None)  # follows from kernel and dilation
    if values.get("dilation") == 1:
        values.pop("dilation")
    size = f"{kernel}x{kernel}" if kernel else ""
    parameters = ", ".join(f"{key}={exact_number(value)}" for key, value in values.items())
    return f"{operation.kind}{size}" + (f"({parameters})" if parameters else "")


def exact_number(value: float) -> str:
    """A number in as few characters as give it back: 1 for 1.0, 0.05, 1e-05."""
    return repr(value).removesuffix(".0")


def _is_of_preset(config: RunConfig) -> bool:
    if config.name not in preset_names():
        return False
    preset = resolve_config(config.name, {}, [])
    return (preset.space, preset.paper, preset.name) == (config.space, config.paper, config.name)


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
                text = value if isinstance(value, str) else exact_number(value)
                settings.append(f"{section}.{field.name}={text}")
    return settings


def _differs(ours: object, theirs: object, key: str) -> bool:
    return bool(getattr(ours, key) != getattr(theirs, key))

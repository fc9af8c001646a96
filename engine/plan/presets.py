"""Presets: the TOML files that ship with the package, and a person's own files built on them."""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.plan.config import RunConfig, read_config
from engine.plan.opening import open_regular
from engine.plan.overrides import with_settings
from engine.plan.setting import expanded, nearest, shown

MAX_FILE_BYTES = 1_000_000
"""A configuration file larger than this is refused unread."""

MAX_EXTENDS = 8
"""How many presets one may stand on another."""


COMPOSED = "composed"
"""The name of a run whose space was put together by flags."""


@dataclasses.dataclass(frozen=True)
class Preset:
    """A named configuration that ships with the package."""

    name: str
    table: Mapping[str, Any]
    config: RunConfig


def preset_folder() -> Path:
    """Where presets live: beside the packages in a source tree, inside ssp_tui in an installed wheel."""
    root = Path(__file__).parents[2]
    installed = root / "ssp_tui" / "presets"
    return installed if installed.is_dir() else root / "presets"


def preset_names() -> list[str]:
    """The names of the shipped presets, in no order that matters."""
    return [path.stem for path in preset_folder().glob("*.toml")]


def load_presets() -> dict[str, Preset]:
    """Every shipped preset by name, in the paper's order first."""
    presets = [load_preset(path) for path in sorted(preset_folder().glob("*.toml"))]
    presets.sort(key=lambda preset: _paper_order(preset.name))
    return {preset.name: preset for preset in presets}


def load_preset(path: Path) -> Preset:
    """Read one preset file with what it extends; its name is the file's."""
    table = _extended(read_toml(path))
    return Preset(path.stem, table, read_config(table, path.stem))


def resolve_table(source: str) -> tuple[str, dict[str, Any]]:
    """Name and table of a preset, or of a file (PATH.toml), with the presets it `extends` underneath.

    ValueError when there is neither such a preset nor such a file.
    """
    if source.endswith(".toml") or "/" in source:
        path = expanded(source, "file")
        return path.stem, _extended(read_toml(path))
    return source, _preset_table(source)


def resolve_config(source: str | None, overrides: Mapping[str, Any], settings: list[str]) -> RunConfig:
    """The configuration of a preset or file; precedence: flag, then file, then preset, then default.

    Without a source it is put together from the flags alone. A name, a title and the paper's figures belong
    to the space they were given to: another one drops them. Embedded images in the place of others drop the
    figures too; a folder may hold what it stands in for.
    """
    name, table = resolve_table(source) if source is not None else (COMPOSED, {})
    if "space" in overrides:
        name, table = COMPOSED, {key: table[key] for key in table if key not in ("name", "title", "paper")}
    images = table.get("dataset")
    table = with_settings(_laid_over(table, overrides), settings)
    if table.get("dataset") == "synthetic" != images:
        table = {key: table[key] for key in table if key != "paper"}
    return read_config(table, name)


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; ValueError in one line when it is missing, too large or not TOML."""
    try:
        with open_regular(path) as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"{path}: cannot be read: {reason}") from None
    if len(raw) > MAX_FILE_BYTES:
        raise ValueError(f"{path}: larger than {MAX_FILE_BYTES:,} bytes, which no configuration is")
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # tomllib lets int()'s own ValueError through
        raise ValueError(f"{path}: not TOML: {str(error)[:200]}") from None


def _extended(table: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The table over the preset it extends; the paper's figures do not carry over to another space."""
    if "extends" not in table:
        return table
    if depth == MAX_EXTENDS:
        raise ValueError(f"extends: more than {MAX_EXTENDS} presets deep, or in a circle")
    own = {key: value for key, value in table.items() if key != "extends"}
    below = _preset_table(table["extends"], depth + 1)
    if "space" in own:
        below.pop("paper", None)
    return _laid_over(below, own)


def _preset_table(name: Any, depth: int = 0) -> dict[str, Any]:
    if not isinstance(name, str):
        raise ValueError(f"extends = {shown(name)} must be a preset's name")
    path = preset_folder() / f"{name}.toml"
    names = preset_names()
    if name not in names:
        raise ValueError(
            f"no preset or file {shown(name)}{nearest(name, names)}; `ssp-tui presets` lists them"
        )
    return _extended(read_toml(path), depth)


def _laid_over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in top.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping) and key != "space":
            result[key] = {**below, **value}
        else:  # a space is one thing: another base or another poison list replaces it whole
            result[key] = value
    return result


def _paper_order(name: str) -> tuple[int, str]:
    table_1 = name == "original" or (len(name) == 2 and name[0] in "12345" and name[1] in "abcd")
    groups = ("original", "one-shot", "cifar100", "demo", "small")
    rank = next((i for i, group in enumerate(groups) if name.startswith(group)), len(groups))
    if table_1 and name != "original":
        return 0, "~" + name
    return rank, name

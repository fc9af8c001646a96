"""A composed configuration as a preset of one's own: HOME/presets/NAME.toml."""

import dataclasses
import os
import re
from pathlib import Path

import tomli_w

from engine.plan.config import RunConfig
from engine.plan.presets import preset_names
from engine.plan.setting import shown
from engine.record.home import Home


def save_preset(home: Home, config: RunConfig, name: str) -> Path:
    """Write the configuration under a new name; returns the file, which `ssp-tui launch` takes.

    ValueError when the name cannot be one, or is taken, or the home cannot be written.
    """
    name = name.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", name):
        raise ValueError(
            f"{shown(name)} is not allowed: letters, digits, . _ and -, at most 60, a letter or digit first"
        )
    if name in preset_names():
        raise ValueError(f"{name} is a preset that comes with the program: take another name")
    path = home.presets_folder / f"{name}.toml"
    text = tomli_w.dumps(dataclasses.replace(config, name=name, paper=None).table())
    try:
        home.prepare()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ValueError(f"there is already a preset {name}: take another name") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}") from None
    return path

"""What a person may decide about the queue: HOME/queue.toml, read anew whenever it changes."""

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.plan.presets import read_toml
from engine.plan.setting import checked_values, setting, shown
from engine.record.home import Home

AUTO = "auto"
AUTO_KEYS = ("runs_per_gpu", "cpu_runs")
"""Whole numbers that may also be `auto`, which is 0 inside."""


@dataclasses.dataclass(frozen=True)
class QueueSettings:
    """How many runs at a time, and what becomes of those that lose their engine."""

    paused: bool = setting(False)
    """Whether nothing new is started; what runs goes on."""
    runs_per_gpu: int = setting(0, low=0, high=1000, unit="runs, or auto")
    """0 (auto): as many as the card's free memory holds, and not more in all than there are CPU cores."""
    cpu_runs: int = setting(0, low=0, high=1000, unit="runs, or auto")
    """0 (auto): as many as the CPU cores hold, by their threads."""
    retries: int = setting(3, low=0, high=1000)
    """How often a run that lost its engine, GPU or node goes back to the queue before it has failed."""
    retry_seconds: float = setting(10.0, low=0, high=86_400, unit="s")
    """Wait before the first of these; it doubles each time."""
    shared_home: str = setting(AUTO, choices=(AUTO, "yes", "no"))
    """Whether a cluster's nodes see this home under the same path; auto has each node look."""
    scratch: str = setting("")
    """Folder on a node for runs of a home it does not share; empty is the user's cache folder there."""


DEFAULT_SETTINGS = QueueSettings()

_HEADER = """# The queue of this home. `ssp-tui queue` writes this file, and so may you, at any time.
# runs_per_gpu and cpu_runs are whole numbers, or "auto".
"""


def read_settings(home: Home) -> QueueSettings:
    """The settings now, the defaults without a file; ValueError in one line when it cannot be understood."""
    path = home.queue_settings_path
    if not path.is_file():
        return DEFAULT_SETTINGS
    try:
        return settings_of(read_toml(path))
    except ValueError as error:
        place = "" if str(path) in str(error) else f"{path}: "
        raise ValueError(f"{place}{error}") from None


def settings_of(table: Mapping[str, Any], below: QueueSettings = DEFAULT_SETTINGS) -> QueueSettings:
    """Settings laid over others; ValueError names the key and what is allowed."""
    plain = {key: 0 if key in AUTO_KEYS and value == AUTO else value for key, value in table.items()}
    return dataclasses.replace(below, **checked_values(QueueSettings, plain, "queue"))


def slot_changes(texts: dict[str, str | None]) -> dict[str, Any]:
    """Settings out of what was typed for each, auto or a number; ValueError when it is neither."""
    changes: dict[str, Any] = {}
    for key, text in texts.items():
        if text is None:
            continue
        if text != AUTO and not text.isdecimal():
            raise ValueError(f"{key} = {shown(text)} is not allowed: a whole number, or auto")
        changes[key] = AUTO if text == AUTO else int(text)
    return changes


def write_settings(home: Home, settings: QueueSettings) -> None:
    """Replace the file whole, atomically."""
    import tomli_w  # late: an engine only reads

    table = dataclasses.asdict(settings)
    table |= {key: table[key] or AUTO for key in AUTO_KEYS}
    home.prepare()
    descriptor, draft = tempfile.mkstemp(prefix=".queue-", dir=home.path)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_HEADER + tomli_w.dumps(table))
    Path(draft).replace(home.queue_settings_path)


def change_settings(home: Home, **changes: Any) -> QueueSettings:
    """Change some settings and keep the rest; ValueError when one is not allowed, or the file is broken."""
    settings = settings_of(changes, read_settings(home))
    write_settings(home, settings)
    return settings

"""What a person means by a preset: one that ships, one of their own in HOME/presets, or a file."""

from pathlib import Path

from engine.plan.presets import preset_names
from engine.plan.setting import nearest, shown
from engine.record.home import Home


def find_source(text: str, home: Home) -> str:
    """The preset or file as `resolve_config` takes it: one of the home's own is named by its path.

    ValueError with the nearest name when there is no such preset.
    """
    names = preset_names()
    if is_path(text) or text in names:
        return text
    own = own_presets(home)
    if text in own:
        return str(own[text])
    raise ValueError(
        f"no preset or file {shown(text)}{nearest(text, [*names, *own])}; `ssp-tui presets` lists them"
    )


def is_path(text: str) -> bool:
    """Whether the text names a file and not a preset."""
    return text.endswith(".toml") or "/" in text


def own_presets(home: Home) -> dict[str, Path]:
    """The home's own presets by name, in order; one that bears a shipped preset's name is hidden by that."""
    return {path.stem: path for path in home.own_preset_paths()}

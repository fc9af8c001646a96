"""What the list of runs says while it is empty: why, and which keys help."""

from collections.abc import Mapping

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Line
from ssp_tui.keymap import key_now
from ssp_tui.theme import Tone


def no_runs_lines(home: str, filter_text: str, has_listed: bool, key_map: Mapping[str, str]) -> list[Line]:
    """Nothing passes the filter, nothing is read yet, or nothing ever ran; both texts are clean."""
    compose, presets, every = (
        f"{key_now(f'app.{name}', key_map):<3}" for name in ("compose", "presets", "help")
    )
    drop, change = key_now("runs.clear", key_map), key_now("runs.filter", key_map)
    if filter_text:
        lines: Line = [
            (f"No run passes the filter  {filter_text}", Role.TEXT),
            (f"{drop} drops it, {change} changes it.", Role.MUTED),
        ]
    elif not has_listed:
        lines = [(f"Looking for runs in {home} ...", Role.MUTED)]
    else:
        lines = [
            (f"No runs in {home} yet.", Tone.STRONG),
            ("", Role.BLANK),
            (f"{compose} composes a search space, shows what its poison will do, and launches it", Role.TEXT),
            (f"{presets} launches one of the paper's experiments", Role.TEXT),
            (f"{every} shows every key", Role.TEXT),
            ("", Role.BLANK),
            ("Or in a shell:  ssp-tui demo   a clean search beside a poisoned one", Role.MUTED),
        ]
    return [[], *([(f"  {text}", role)] for text, role in lines)]

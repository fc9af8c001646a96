"""What the list of runs says while it is empty: why, and which keys help."""

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Line
from ssp_tui.theme import Tone


def no_runs_lines(home: str, filter_text: str, has_listed: bool) -> list[Line]:
    """Nothing passes the filter, nothing is read yet, or nothing ever ran; both texts are clean."""
    if filter_text:
        lines: Line = [
            (f"No run passes the filter  {filter_text}", Role.TEXT),
            ("esc drops it, / changes it.", Role.MUTED),
        ]
    elif not has_listed:
        lines = [(f"Looking for runs in {home} ...", Role.MUTED)]
    else:
        lines = [
            (f"No runs in {home} yet.", Tone.STRONG),
            ("", Role.BLANK),
            ("2   composes a search space, shows what its poison will do, and launches it", Role.TEXT),
            ("3   launches one of the paper's experiments", Role.TEXT),
            ("?   shows every key", Role.TEXT),
            ("", Role.BLANK),
            ("Or in a shell:  ssp-tui demo   a clean search beside a poisoned one", Role.MUTED),
        ]
    return [[], *([(f"  {text}", role)] for text, role in lines)]

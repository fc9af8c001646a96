"""What differs between compared configurations: changed keys only."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.plan.config import SEARCHED, RunConfig
from engine.plan.experiment import experiment_of
from engine.plan.space_text import short_text
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of, fitted
from ssp_tui.cleaning import clean
from ssp_tui.compare.groups import Group
from ssp_tui.compose.catalogue import poison_name
from ssp_tui.compose.lines import Line
from ssp_tui.theme import Tone

LEAST_CELL = 9
LABEL_WIDTH = 20
"""A longer key is cut to this where values need the room."""

_LEFT_OUT = ("seed", "name", "title", "paper.row", "paper.val_error", "paper.test_error")


def changed_settings(configs: Sequence[RunConfig]) -> list[tuple[str, list[str]]]:
    """Each key that not all configurations agree on, with its value in each; texts are clean."""
    flat = [_flat(config) for config in configs]
    keys = list(dict.fromkeys(key for each in flat for key in each))
    rows = [(key, [clean(each.get(key, "-"), 120) for each in flat]) for key in keys if key not in _LEFT_OUT]
    return [(key, values) for key, values in rows if len(set(values)) > 1]


def difference_lines(
    groups: Sequence[Group], width: int, height: int, glyphs: Glyphs, more_key: str
) -> list[Line]:
    """A table with one column a group, as many as fit; `more_key` shows what is cut at its end."""
    known, unknown = [group for group in groups if group.config is not None], _unknown_line(groups)
    if not known:
        nothing: Line = [("no configuration to compare", Role.MUTED)]
        return [*unknown, nothing][:height]
    rows = changed_settings([group.config for group in known if group.config is not None])
    if len({group.seeds for group in known}) > 1:
        rows.insert(0, ("seed", [group.seeds for group in known]))
    if not rows:
        text = "nothing but names differs"
        if len(known) == 1:
            text = f"one configuration, seed {known[0].seeds}: nothing differs"
        said: Line = [(f"of the others, {text}" if unknown else text, Role.MUTED)]
        return [*unknown, said][:height]
    longest_key = max(len(key) for key, _ in rows)
    room = max(LEAST_CELL, width - min(LABEL_WIDTH, longest_key) - 1)
    num_shown = max(1, min(len(known), room // (LEAST_CELL + 1)))
    longest = [max(len(cells_of(values[i])) for _, values in rows) for i in range(num_shown)]
    cells = column_widths(longest, room - num_shown)
    label_width = min(longest_key, max(LABEL_WIDTH, width - 1 - num_shown - sum(cells)))
    lines: list[Line] = [[(" " * (label_width + 1), Role.BLANK)]]
    columns = zip(known, cells, strict=False)
    lines[0] += [(f"{group.key} ".ljust(cell + 1), group.role) for group, cell in columns]
    if num_shown < len(known):
        lines[0].append((glyphs.ellipsis, Role.MUTED))
    for key, values in rows:
        line: Line = [(fitted(key, label_width, glyphs.ellipsis) + " ", Role.MUTED)]
        for value, cell in zip(values, cells, strict=False):
            role = Role.TEXT if value == values[0] else Tone.STRONG
            line.append((fitted(value, cell, glyphs.ellipsis) + " ", role))
        lines.append(line)
    lines[1:1] = unknown
    if len(lines) > height > 1:
        num_hidden = len(lines) - height + 1
        more = f"{glyphs.ellipsis} {num_hidden} more; {more_key} shows them"
        lines = [*lines[: height - 1], [(more, Role.MUTED)]]
    return lines[:height]


def _unknown_line(groups: Sequence[Group]) -> list[Line]:
    """Which groups are not among the columns, since nobody can tell how they differ."""
    keys = [group.key for group in groups if group.config is None]
    if not keys:
        return []
    what = "configuration" if len(keys) == 1 else "configurations"
    return [[(f"the {what} of {', '.join(keys)} cannot be read", Tone.WARN)]]


def column_widths(longest: Sequence[int], room: int) -> list[int]:
    """Cells for each column: what its longest value needs, the widest columns cut first to fit the room."""
    widths = [max(LEAST_CELL, cells) for cells in longest]
    while sum(widths) > room and max(widths) > LEAST_CELL:
        widths[widths.index(max(widths))] -= 1
    return widths


def _flat(config: RunConfig) -> dict[str, str]:
    table = experiment_of(config).table()
    del table["space"]
    table.pop(SEARCHED, None)
    space = config.given_space
    base = space.base if isinstance(space.base, str) else None
    originals = [short_text(slot.operation) for slot in space.slots if not slot.poisoned]
    flat = {"base": base or ", ".join(originals), "poison": poison_name(space)}
    flat["outputs N"] = f"{config.space.num_outputs:,}"
    return {**flat, **_dotted(table)}


def _dotted(table: Mapping[str, Any], above: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _dotted(value, f"{above}{key}.")
        else:
            flat[above + key] = f"{value:,}" if type(value) is int else str(value)
    return flat

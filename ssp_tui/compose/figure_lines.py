"""The figures beside the form as lines, in as much detail as the height allows."""

import re
import textwrap

from ssp_tui import wording
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.compose.expected_layers import draw_expected_layers
from ssp_tui.compose.figures import Figures, Outlook
from ssp_tui.compose.lines import LABEL_WIDTH, Block, Line, entry, fitting, heading
from ssp_tui.compose.outlook_lines import cost_lines, hazard_lines
from ssp_tui.theme import Tone

ROOMY = 30
"""Rows from which the figures are drawn with a chart and headings of their own."""


def draw_figures(
    figures: Figures, outlook: Outlook, width: int, height: int, glyphs: Glyphs, keys: str
) -> Block:
    """At most `height` lines; `keys` says how the command is copied and pasted."""
    roomy = height >= ROOMY
    blocks = [
        _sampling(figures, width, roomy, glyphs),
        _layers(figures, width, roomy, glyphs),
        hazard_lines(figures, outlook.hazard, glyphs),
        cost_lines(figures, outlook),
    ]
    if roomy:
        titles = (f"A child of {figures.config.child.layers} layers", "Collapse", "Cost")
        for block, title in zip(blocks[1:], titles, strict=True):
            block[:0] = [[], heading(title, width, glyphs)]
        blocks.append([[]])
    lines = [line for block in blocks for line in block]
    command = _command(figures, width, keys, glyphs)
    room = max(2, height - len(lines))
    lines += command if len(command) <= room else [*command[: room - 1], [(glyphs.ellipsis, Role.MUTED)]]
    return fitting(lines[:height], width, glyphs)


def _sampling(figures: Figures, width: int, roomy: bool, glyphs: Glyphs) -> Block:
    total, num_poisoned = figures.num_outputs, figures.num_poisoned
    num_clean = total - num_poisoned
    full, half = glyphs.rising[-1], glyphs.shades[3]
    space = figures.config.space
    bar = round(width * space.poisoned_probability)
    bar = min(width - bool(num_clean), max(bool(num_poisoned), bar))
    lines: Block = [
        heading("One layer", width, glyphs, f"N = {total:,} outputs"),
        [(full * (width - bar), Role.CLEAN), (half * bar, Role.POISONED)],
    ]
    if roomy:
        lines.append(
            [
                (f"{full} {num_clean} clean", Role.CLEAN),
                (f"   {half} {num_poisoned:,} poisoned", Role.POISONED),
            ]
        )
    if num_clean:
        each = wording.percent(figures.clean_probability)
        note = f"{len(space.kinds)} kinds first" if space.by_kind else f"1/{total:,}, each of {num_clean}"
        lines.append(entry("Pr[clean op]", each, note, Role.CLEAN))
    slots = figures.poisoned_slots
    if roomy and 0 < len(slots) <= 6:
        lines += [
            _chance(f"Pr[{slot.operation.label}]", space.slot_probability(slot), slot.copies, figures, glyphs)
            for slot in slots
        ]
    elif slots:
        lines.append(_chance("Pr[poisoned]", space.poisoned_probability, num_poisoned, figures, glyphs))
    return lines


def _chance(label: str, share: float, copies: int, figures: Figures, glyphs: Glyphs) -> Line:
    is_by_kind = figures.config.space.by_kind
    note = f"{copies:,} copies" if is_by_kind else f"{copies:,}/{figures.num_outputs:,}"
    label = fitted(label, LABEL_WIDTH - 1, glyphs.ellipsis)
    return entry(label, wording.percent(share), note, Role.POISONED)


def _layers(figures: Figures, width: int, roomy: bool, glyphs: Glyphs) -> Block:
    expected = f"{wording.layers(figures.expected_poisoned)} of {figures.config.child.layers}"
    lines = [
        entry("poisoned layers", expected, "expected of a uniform policy"),
        entry(f"{glyphs.floor} floor", wording.layers(figures.floor), "even by a perfect policy", Role.FLOOR),
    ]
    if roomy:
        lines += [[*row] for row in draw_expected_layers(figures, width, 6, glyphs)]
    return lines


def _command(figures: Figures, width: int, keys: str, glyphs: Glyphs) -> Block:
    lines: Block = [[(text, Tone.CODE)] for text in wrapped_command(figures.command, max(12, width))]
    return [heading("Command", width, glyphs, keys), *lines]


def wrapped_command(command: str, width: int) -> list[str]:
    """The command in lines that begin with a flag where that is possible."""
    lines: list[str] = []
    for part in re.split(r" (?=--)", command):
        if lines and len(lines[-1]) + 1 + len(part) <= width:
            lines[-1] += f" {part}"
        else:
            indent = "  " if lines else ""
            lines += textwrap.wrap(
                part, width, initial_indent=indent, subsequent_indent="    ", break_on_hyphens=False
            )
    return lines

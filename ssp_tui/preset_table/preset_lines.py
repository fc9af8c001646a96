"""The table of presets as lines: which columns fit a width, and what stands in them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from engine.analyse.outcomes import Spread
from engine.plan.config import RunConfig
from ssp_tui import wording
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.compose.lines import Line
from ssp_tui.preset_table.entries import PresetEntry, Progress
from ssp_tui.theme import Tone

Cell = tuple[str, StrEnum]


@dataclass(frozen=True)
class Column:
    """One column; its cell gets the preset, what this home has of it, the cell's width and the glyphs."""

    head: str
    width: int
    cell: Callable[[PresetEntry, RunConfig, Progress, int, Glyphs], Line]
    least_width: int = 0
    """The table's width from which it is shown."""
    right: bool = True


def columns_for(width: int) -> list[tuple[Column, int]]:
    """The columns that fit, with their widths; the bar takes what is left."""
    shown = [column for column in COLUMNS if width >= column.least_width]
    used = 4 + sum(column.width + 2 for column in shown if column.width)
    rest = max(0, width - used - 2)
    return [(column, column.width or rest) for column in shown]


def draw_head(width: int, glyphs: Glyphs) -> Line:
    """The heads of the columns."""
    line: Line = [("    ", Role.BLANK)]
    for column, cells in columns_for(width):
        head = column.head.rjust(cells) if column.right else fitted(column.head, cells, glyphs.ellipsis)
        line.append((head[:cells] + "  ", Tone.COLUMN))
    return line


def draw_group(title: str, width: int, glyphs: Glyphs) -> Line:
    """A group's title on a rule."""
    return [(f"{title} ", Tone.TITLE), (glyphs.horizontal * max(0, width - len(title) - 1), Tone.RULE)]


def draw_preset(entry: PresetEntry, progress: Progress, marked: bool, width: int, glyphs: Glyphs) -> Line:
    """One preset."""
    tick = ("◆" if glyphs.braille else "*") if marked else " "
    line: Line = [(f"  {tick} ", Tone.MARKED)]
    if entry.config is None:
        name = fitted(entry.name, 18, glyphs.ellipsis)
        return [
            *line,
            (f"{name}  ", Role.MUTED),
            (fitted(entry.refusal, max(0, width - 24), glyphs.ellipsis), Tone.BAD),
        ]
    for column, cells in columns_for(width):
        pieces = column.cell(entry, entry.config, progress, cells, glyphs)
        used = sum(len(text) for text, _ in pieces)
        padding = (" " * max(0, cells - used), Role.BLANK)
        line += [padding, *pieces] if column.right else [*pieces, padding]
        line.append(("  ", Role.BLANK))
    return line


def _name(entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    del config, progress
    return [(fitted(entry.name, width, glyphs.ellipsis), Tone.STRONG)]


def _poison(entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    del progress
    role = Role.POISONED if config.space.num_poisoned_outputs else Role.CLEAN
    mark = glyphs.poisoned if config.space.num_poisoned_outputs else glyphs.clean
    return [(fitted(f"{mark} {entry.poison}", width, glyphs.ellipsis), role)]


def _cardinality(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    del entry
    return [(f"{config.space.num_poisoned_outputs:,}", Role.TEXT)]


def _epochs(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    del entry
    return [(f"{config.epochs:,}", Role.MUTED)]


def _paper_val(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    del entry
    return [(wording.percent(config.paper.val_error if config.paper else None), Role.GUIDE)]


def _paper_test(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    del entry
    return [(wording.percent(config.paper.test_error if config.paper else None), Role.GUIDE)]


def _our_val(entry: PresetEntry, config: RunConfig, progress: Progress, *_: object) -> Line:
    del entry, config
    return _spread(progress.outcome.val_error if progress.outcome else None, Role.VALIDATION)


def _our_test(entry: PresetEntry, config: RunConfig, progress: Progress, *_: object) -> Line:
    del entry, config
    return _spread(progress.outcome.test_error if progress.outcome else None, Role.TEST)


def _spread(spread: Spread | None, role: Role) -> Line:
    if spread is None:
        return [(wording.ABSENT + " ", Role.MUTED)]
    mean = wording.percent(spread.mean)
    if spread.deviation is None:
        return [(mean, role)]
    return [(f"{wording.deviation(spread.deviation)}  ", Role.MUTED), (mean, role)]


def _difference(entry: PresetEntry, config: RunConfig, progress: Progress, *_: object) -> Line:
    """Ours minus the paper's test error, in points."""
    del entry
    paper = config.paper.test_error if config.paper else None
    if paper is None or progress.outcome is None:
        return [(wording.ABSENT, Role.MUTED)]
    return [(wording.points(progress.outcome.test_error.mean - paper), Tone.STRONG)]


def _runs(entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    del entry, config, width
    done = progress.outcome.num_runs if progress.outcome else 0
    line: Line = []
    if progress.num_live:
        line.append((f"{'►' if glyphs.braille else '>'}{progress.num_live} ", Role.RUNNING))
    return [*line, (f"{done}" if done else wording.ABSENT, Role.TEXT if done else Role.MUTED)]


def _bar(entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    """Test error from 0 to 100 %: a bar to ours, a tick at the paper's."""
    del entry
    if width < 8:
        return []
    paper = config.paper.test_error if config.paper else None
    cells = [(glyphs.track, Role.METER_TRACK)] * width
    if progress.outcome is not None:
        end = round(progress.outcome.test_error.mean * width)
        cells[:end] = [(glyphs.growing[-1], Role.TEST)] * end
    if paper is not None:
        cells[min(width - 1, round(paper * width))] = (glyphs.vertical, Role.GUIDE)
    line: Line = []
    for text, role in cells:
        if line and line[-1][1] == role:
            line[-1] = (line[-1][0] + text, role)
        else:
            line.append((text, role))
    return line


COLUMNS = (
    Column("PRESET", 19, _name, right=False),
    Column("POISON", 16, _poison, least_width=68, right=False),
    Column("CARD", 5, _cardinality, least_width=150),
    Column("EPOCHS", 6, _epochs, least_width=150),
    Column("PAPER VAL", 9, _paper_val, least_width=116),
    Column("OURS VAL", 15, _our_val, least_width=116),
    Column("PAPER TEST", 10, _paper_test),
    Column("OURS TEST", 15, _our_test),
    Column("POINTS", 7, _difference, least_width=76),
    Column("RUNS", 6, _runs, least_width=56),
    Column("TEST ERROR, 0 to 100 %", 0, _bar, least_width=150, right=False),
)

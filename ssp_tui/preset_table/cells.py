"""What stands in each column of the presets' table."""

from engine.analyse.outcomes import Spread
from engine.plan.config import RunConfig
from ssp_tui import wording
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.compose.lines import Line
from ssp_tui.preset_table.entries import PresetEntry, Progress
from ssp_tui.theme import Tone


def name_cell(entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    """The preset's name."""
    del config, progress
    return [(fitted(entry.label or entry.name, width, glyphs.ellipsis), Tone.STRONG)]


def poison_cell(
    entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs
) -> Line:
    """A mark and the poison, as the paper writes it where it does."""
    del progress
    role = Role.POISONED if config.space.num_poisoned_outputs else Role.CLEAN
    mark = glyphs.poisoned if config.space.num_poisoned_outputs else glyphs.clean
    return [(fitted(f"{mark} {entry.poison}", width, glyphs.ellipsis), role)]


def cardinality_cell(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    """How many outputs are poisoned."""
    del entry
    return [(f"{config.space.num_poisoned_outputs:,}", Role.TEXT)]


def epochs_cell(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    """Epochs planned."""
    del entry
    return [(f"{config.epochs:,}", Role.MUTED)]


def paper_val_cell(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    """The paper's validation error."""
    del config
    return [(wording.percent(entry.paper.val_error if entry.paper else None), _paper_role(entry))]


def paper_test_cell(entry: PresetEntry, config: RunConfig, *_: object) -> Line:
    """The paper's test error."""
    del config
    return [(wording.percent(entry.paper.test_error if entry.paper else None), _paper_role(entry))]


def _paper_role(entry: PresetEntry) -> Role:
    """Faint beside a reduced run, whose target it is not."""
    return Role.MUTED if entry.is_reduced else Role.GUIDE


def our_val_cell(
    entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs
) -> Line:
    """Ours, as mean and deviation."""
    del entry, config, width
    return _spread(progress.outcome.val_error if progress.outcome else None, Role.VALIDATION, glyphs)


def our_test_cell(
    entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs
) -> Line:
    """Ours, as mean and deviation."""
    del entry, config, width
    return _spread(progress.outcome.test_error if progress.outcome else None, Role.TEST, glyphs)


def _spread(spread: Spread | None, role: Role, glyphs: Glyphs) -> Line:
    if spread is None:
        return [(wording.ABSENT + " ", Role.MUTED)]
    mean = wording.percent(spread.mean)
    if spread.deviation is None:
        return [(mean, role)]
    return [(f"{wording.deviation(spread.deviation, glyphs.plus_minus)}  ", Role.MUTED), (mean, role)]


def difference_cell(entry: PresetEntry, config: RunConfig, progress: Progress, *_: object) -> Line:
    """Ours minus the paper's test error, in points; of a reduced run it would mean nothing."""
    del entry
    paper = config.paper.test_error if config.paper else None
    if paper is None or progress.outcome is None:
        return [(wording.ABSENT, Role.MUTED)]
    return [(wording.points(progress.outcome.test_error.mean - paper), Tone.STRONG)]


def runs_cell(entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    """Live runs, and finished ones."""
    del entry, config, width
    done = progress.outcome.num_runs if progress.outcome else 0
    line: Line = []
    if progress.num_live:
        line.append((f"{'►' if glyphs.braille else '>'}{progress.num_live} ", Role.RUNNING))
    return [*line, (f"{done}" if done else wording.ABSENT, Role.TEXT if done else Role.MUTED)]


def bar_cell(entry: PresetEntry, config: RunConfig, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    """Test error from 0 to 100 %: a bar to ours, a tick at the paper's."""
    del config
    if width < 8:
        return []
    paper = entry.paper.test_error if entry.paper else None
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

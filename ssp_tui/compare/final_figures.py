"""The final figures of compared runs as a table, seeds as mean and spread."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence

from engine.analyse.outcomes import Spread, spread_of
from engine.record.measures import EvaluationMeasures
from ssp_tui import wording
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.compare.groups import Group
from ssp_tui.compose.lines import Line, cut
from ssp_tui.theme import Tone
from ssp_tui.verdict_tones import QUIET_VERDICT_TONES

Cell = tuple[str, Role | Tone]

LEAST_NAME, ROOM_FOR_NAME = 10, 20
"""A name is cut to the first of these; columns give way to it up to the second."""


def figure_table(
    groups: Sequence[Group], width: int, height: int, glyphs: Glyphs, top: int = 0
) -> list[Line]:
    """Heads, and one row a group from `top` on; columns go from the right when there is little room.

    The paper's columns are there only if it reports anything of a group.
    """
    heads = ("VERDICT", "VAL", "TEST", "PAPER", "POINTS", "NaN FROM", "EPOCH", "TEST, INERT")
    rows = [(group, _cells(group, glyphs.plus_minus)) for group in groups]
    widths = [
        max(len(head), *(len(cells[i][0]) for _, cells in rows)) if rows else len(head)
        for i, head in enumerate(heads)
    ]
    longest = max((len(group.counted_label) for group in groups), default=0)
    name_room = 4 + min(max(LEAST_NAME, longest), ROOM_FOR_NAME)
    has_paper = any(cells[heads.index("PAPER")][0] != wording.ABSENT for _, cells in rows)
    wanted = [i for i, head in enumerate(heads) if has_paper or head not in ("PAPER", "POINTS")]
    room = itertools.accumulate((widths[i] + 2 for i in wanted), initial=name_room)
    shown = [i for i, used in zip(wanted, list(room)[1:], strict=True) if used <= width]
    name_width = min(max(LEAST_NAME, longest), 40, width - 4 - sum(widths[i] + 2 for i in shown))
    lines: list[Line] = [[("".ljust(4 + name_width), Role.BLANK)]]
    lines[0] += [(f"  {heads[i].rjust(widths[i])}", Tone.COLUMN) for i in shown]
    for group, cells in rows[top : top + height - 1]:
        name = fitted(group.counted_label, name_width, glyphs.ellipsis)
        line: Line = [(f" {group.key}  ", group.role), (name, Role.TEXT)]
        line += [(f"  {cells[i][0].rjust(widths[i])}", cells[i][1]) for i in shown]
        lines.append(line)
    return [cut(line, width, glyphs.ellipsis) for line in lines[:height]]


def _cells(group: Group, plus_minus: str) -> list[Cell]:
    latest = [run.state.latest.evaluation for run in group.runs if run.state.latest]
    val = _spread(latest, lambda it: it.val_error)
    test = _spread(latest, lambda it: it.test_error)
    inert = _spread(latest, lambda it: it.test_error_inert)
    paper = group.config.paper.test_error if group.config and group.config.paper else None
    points = wording.points(test.mean - paper) if test and paper is not None else wording.ABSENT
    return [
        _verdict(group),
        (_spread_text(val, plus_minus), Role.VALIDATION),
        (_spread_text(test, plus_minus), Role.TEST),
        (wording.percent(paper), Role.GUIDE),
        (points, Tone.STRONG),
        _nan_epochs(group),
        (_epochs(group), Role.MUTED),
        (_spread_text(inert, plus_minus), Role.TEST_INERT),
    ]


def _epochs(group: Group) -> str:
    done = [len(run.state.epochs) for run in group.runs]
    least, most = min(done), max(done)
    return f"{least}" + (f"-{most}" if most > least else "") + f"/{group.num_epochs}"


def _nan_epochs(group: Group) -> Cell:
    """The first epoch with NaN weights, the first and the last such over the seeds, and in how many."""
    firsts = [
        next((epoch.epoch for epoch in run.state.epochs if epoch.nonfinite.nan_parameter_share), None)
        for run in group.runs
    ]
    known = sorted(first for first in firsts if first is not None)
    if not known:
        return wording.ABSENT, Role.MUTED
    span = f"{known[0]}" + (f"-{known[-1]}" if known[-1] > known[0] else "")
    return span + (f" {len(known)}/{len(firsts)}" if len(known) < len(firsts) else ""), Role.NAN


def _verdict(group: Group) -> Cell:
    """The most frequent verdict, and on how many of the seeds."""
    words = Counter(run.verdict.word for run in group.runs if run.verdict)
    if not words:
        return wording.ABSENT, Role.MUTED
    word, num = words.most_common(1)[0]
    of = "" if len(group.runs) == 1 else f" {num}/{len(group.runs)}"
    return word.lower() + of, QUIET_VERDICT_TONES.get(word, Role.MUTED)


def _spread(
    evaluations: Sequence[EvaluationMeasures], read: Callable[[EvaluationMeasures], float]
) -> Spread | None:
    return spread_of([read(each) for each in evaluations]) if evaluations else None


def _spread_text(spread: Spread | None, plus_minus: str) -> str:
    if spread is None:
        return wording.ABSENT
    deviation = "" if spread.deviation is None else f" {wording.deviation(spread.deviation, plus_minus)}"
    return wording.percent(spread.mean) + deviation

"""The paper's Figures 4a to 4o, 5, 6 and 7 as sheets, from a suite's runs."""

from collections.abc import Callable, Sequence
from functools import partial

from engine.analyse.suite_records import Experiment, SuiteRecords
from engine.plan.presets import resolve_config
from engine.plan.suites import BASE
from ssp_tui.report.curves import draw_curves
from ssp_tui.report.densities import draw_densities
from ssp_tui.report.drawn_child import child_height, draw_child
from ssp_tui.report.final_errors import draw_final_errors
from ssp_tui.report.sheet import Sheet

SETS = {
    "1": "identity",
    "2": "Gaussian noise, σ=10",
    "3": "dropout, p=1",
    "4": "transposed convolutions",
    "5": "grouped operations",
}
"""The poisoning sets of Figure 4, one row of it each."""

LETTERS = "abcdefghijklmno"
DRAWN_CHILDREN = {"5": ("one-shot-2", "CIFAR-10"), "7": ("cifar100-one-shot-2", "CIFAR-100")}

Shown = list[tuple[str, Experiment | None]]


def paper_sheets(suite: SuiteRecords, variant: str = BASE) -> list[Sheet]:
    """Every figure whose experiments the suite has at least one of; a missing run is named on it."""
    sheets = [sheet for row, name in enumerate(SETS) for sheet in _row_sheets(suite, name, row, variant)]
    sheets += _one_shot_sheets(suite, variant)
    sheets += [_child_sheet(suite, number, variant) for number in DRAWN_CHILDREN]
    return [sheet for sheet in sheets if sheet is not None]


def _row_sheets(suite: SuiteRecords, name: str, row: int, variant: str) -> list[Sheet | None]:
    """The three figures of one poisoning set."""
    poisoned = _shown(suite, [f"{name}{size}" for size in "abcd"], variant)
    with_clean = [*_shown(suite, ["original"], variant), *poisoned]
    letters, what = LETTERS[3 * row : 3 * row + 3], f"P{name}: {SETS[name]}"
    configs = [resolve_config(label, {}, []) for label, _ in with_clean]
    papers = [config.paper for config in configs if config.paper is not None]
    cardinalities = [config.space.num_poisoned_outputs for config in configs]
    finals = partial(draw_final_errors, cardinalities=cardinalities, papers=papers)
    return [
        _sheet(
            f"4{letters[0]}", with_clean, draw_curves, suite,
            f"Validation error, {what}",
            "Moving average of the validation error over epochs; mean over seeds thick, each seed thin, "
            "a cross where weights first are NaN.",
        ),
        _sheet(
            f"4{letters[1]}", with_clean, finals, suite,
            f"Final errors of the search, {what}",
            "Final validation and test errors of the search by the number of poisoned instances; ours filled "
            "with deviation over seeds, the paper's hollow.",
        ),
        _sheet(
            f"4{letters[2]}", poisoned, draw_densities, suite,
            f"Bad operations per child, {what}",
            "Gaussian kernel density estimate of the number of poisoned layers per sampled child, over all "
            "epochs.",
        ),
    ]  # fmt: skip


def _one_shot_sheets(suite: SuiteRecords, variant: str) -> list[Sheet | None]:
    poisoned = _shown(suite, ["one-shot-6", "one-shot-2"], variant)
    return [
        _sheet(
            "6a", [*_shown(suite, ["original"], variant), *poisoned], draw_curves, suite,
            "Validation error, one shot",
            "Validation error over epochs under one-shot poisoning, beside the clean search; a cross where "
            "weights first are NaN.",
        ),
        _sheet(
            "6b", poisoned, draw_densities, suite,
            "Bad operations per child, one shot",
            "Gaussian kernel density estimate of the number of poisoned layers per sampled child.",
        ),
    ]  # fmt: skip


def _child_sheet(suite: SuiteRecords, number: str, variant: str) -> Sheet | None:
    name, data = DRAWN_CHILDREN[number]
    experiment = suite.get(name, variant)
    records = [each for each in experiment.records if each.best is not None] if experiment else []
    record = next((each for each in records if each.final is not None), records[0] if records else None)
    if record is None or record.best is None:
        return None
    reduced = ", reduced" if suite.is_reduced else ""
    title = f"Figure {number}{reduced}. Network found under 2(P3+)"
    where = f"embedded images in the place of {data}" if record.config.dataset == "synthetic" else data
    return Sheet(
        stem=f"figure-{number}",
        title=title,
        caption=f"Network produced under one-shot poisoning on {where}; good operations green and round, bad "
        "ones red and square.",
        draw=partial(draw_child, title=title.replace(". ", "\n", 1), record=record),
        records=(record,),
        width=4.6,
        height=child_height(len(record.best.outputs)),
    )


def _sheet(
    number: str, shown: Shown, draw: Callable[..., None], suite: SuiteRecords, title: str, caption: str
) -> Sheet | None:
    records = tuple(record for _, each in shown if each for record in each.records)
    if not records:
        return None
    reduced = ", reduced" if suite.is_reduced else ""
    full_title = f"Figure {number}{reduced}. {title}"
    heading = full_title.replace(". ", "\n", 1)
    return Sheet(f"figure-{number}", full_title, caption, partial(draw, title=heading, shown=shown), records)


def _shown(suite: SuiteRecords, names: Sequence[str], variant: str) -> Shown:
    return [(name, suite.get(name, variant)) for name in names]

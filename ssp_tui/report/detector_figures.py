"""The poison detector in figures: ROC curves, their area epoch by epoch, and every slot's t value."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from engine.analyse.poison_detector import run_scores, scorable, slot_scores
from engine.analyse.roc import area_over_runs, roc_curve
from engine.analyse.run_record import RunRecord
from engine.analyse.suite_records import SuiteRecords
from engine.plan.suites import BASE, UNDEFENDED
from ssp_tui.report import style
from ssp_tui.report.curves import legend_below
from ssp_tui.report.detector import area_after, looked_at, most_epochs, scored_records
from ssp_tui.report.sheet import Sheet
from ssp_tui.wording import counted

Runs = dict[str, list[RunRecord]]


def detector_sheets(suite: SuiteRecords) -> list[Sheet]:
    """The figures, where journals hold what they need."""
    runs = {variant: each for variant in UNDEFENDED if (each := scored_records(suite, variant))}
    if not any(area_after(each, 1) for each in runs.values()):
        return []
    records = tuple(record for each in runs.values() for record in each)
    reduced = ", reduced" if suite.is_reduced else ""
    sheets = [
        Sheet(
            "figure-roc", f"Poison detector{reduced}. ROC over all slots of all experiments",
            "Share of poisoned slots flagged by the share of clean slots flagged, at every threshold of the "
            "marginal reward's t value over all epochs; the diagonal is guessing.",
            partial(draw_roc, title=f"Poison detector{reduced}\nROC over all slots", runs=runs), records,
        ),
        Sheet(
            "figure-roc-epochs", f"Poison detector{reduced}. Area under the curve, epoch by epoch",
            "Area under the ROC curve from the samples of the first epochs together; bands are 95 % "
            "bootstrap intervals over runs, 0.5 is guessing.",
            partial(draw_areas, title=f"Poison detector{reduced}\nAUC by epoch", runs=runs), records,
        ),
    ]  # fmt: skip
    if BASE in runs:
        shown = [
            (name, scorable(each.records, 1))
            for (kind, name), each in suite.experiments.items()
            if kind == BASE
        ]
        sheets.append(
            Sheet(
                "figure-marginal-rewards", f"Marginal rewards{reduced}. Every slot of every experiment",
                "t value of each operation's marginal reward; clean operations green and round, poisoned "
                "ones red and square. Below zero a layer of it is worse than the policy's mix.",
                partial(draw_slots, title=f"Marginal rewards{reduced}\nevery slot", shown=shown),
                tuple(runs[BASE]), 7.2, 3.8,
            )
        )  # fmt: skip
    return sheets


def draw_roc(figure: Any, title: str, runs: Runs) -> None:
    """One curve a variant, with its area in the legend."""
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=style.GUIDE, linewidth=0.8, linestyle=":")
    for (variant, records), (colour, line, _) in zip(runs.items(), style.SERIES, strict=False):
        scored = [run_scores(record, len(record.epochs)) for record in records]
        area = area_over_runs(scored)
        if area is None:
            continue
        points = roc_curve(
            [score for each in scored for score in each.poisoned],
            [score for each in scored for score in each.clean],
        )
        interval = f"{area.low:.2f} to {area.high:.2f}"
        label = f"{variant}: AUC {area.value:.3f} ({interval}), {counted(area.num_runs, 'run')}"
        axes.plot(*zip(*points, strict=True), color=colour, linestyle=line, label=label)
    axes.set_title(title)
    axes.set_xlabel("clean slots flagged, share")
    axes.set_ylabel("poisoned slots flagged, share")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    legend_below(figure, axes, columns=1)


def draw_areas(figure: Any, title: str, runs: Runs) -> None:
    """One curve a variant over epochs, with its interval as a band."""
    axes = figure.subplots()
    axes.axhline(0.5, color=style.GUIDE, linewidth=0.8, linestyle=":")
    for (variant, records), (colour, line, marker) in zip(runs.items(), style.SERIES, strict=False):
        found = [(epochs, area_after(records, epochs)) for epochs in looked_at(most_epochs(records))]
        known = [(epochs, area) for epochs, area in found if area is not None]
        places = [epochs for epochs, _ in known]
        axes.plot(
            places, [area.value for _, area in known], color=colour, linestyle=line, marker=marker,
            markersize=4, label=variant,
        )  # fmt: skip
        axes.fill_between(
            places, [area.low for _, area in known], [area.high for _, area in known], color=colour,
            alpha=0.12, linewidth=0,
        )  # fmt: skip
    axes.set_title(title)
    axes.set_xlabel("epochs of samples")
    axes.set_ylabel("area under the ROC curve")
    axes.set_ylim(0, 1)
    axes.xaxis.get_major_locator().set_params(integer=True)
    legend_below(figure, axes)


def draw_slots(figure: Any, title: str, shown: Sequence[tuple[str, list[RunRecord]]]) -> None:
    """One column an experiment, one mark a slot and seed."""
    axes = figure.subplots()
    axes.axhline(0, color=style.GUIDE, linewidth=0.8)
    for is_poisoned, label, colour, marker, shift in (
        (False, "clean", style.CLEAN, "o", -0.12),
        (True, "poisoned", style.POISONED, "s", 0.12),
    ):
        points = [
            (place + shift, -score)
            for place, (_, records) in enumerate(shown)
            for record in records
            for slot, score in zip(
                record.config.space.slots, slot_scores(record, len(record.epochs)), strict=True
            )
            if slot.poisoned == is_poisoned and math.isfinite(score)
        ]
        axes.plot(
            [x for x, _ in points], [y for _, y in points], color=colour, marker=marker, linestyle="none",
            markersize=4, alpha=0.8, label=label,
        )  # fmt: skip
    axes.set_title(title)
    axes.set_xticks(range(len(shown)), [name for name, _ in shown], rotation=90, fontsize=7)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylabel("t value of the marginal reward")
    axes.grid(False, axis="x")
    legend_below(figure, axes)

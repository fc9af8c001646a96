"""Figures 4b, 4e, 4h, 4k and 4n: final errors by the number of poisoned instances, beside the paper's."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from engine.analyse.outcomes import Spread
from engine.analyse.suite_records import Experiment
from engine.plan.config import PaperFigures
from engine.record.events import RunFinished
from ssp_tui.report import style
from ssp_tui.report.curves import draw_chance, legend_below

Final = tuple[str, Callable[[RunFinished], float], Callable[[PaperFigures], float | None], tuple[str, str]]

FINALS: tuple[Final, ...] = (
    ("validation", lambda final: final.val_error, lambda paper: paper.val_error, style.VALIDATION),
    ("test", lambda final: final.test_error, lambda paper: paper.test_error, style.TEST),
)


def draw_final_errors(
    figure: Any,
    title: str,
    shown: Sequence[tuple[str, Experiment | None]],
    cardinalities: Sequence[int],
    papers: Sequence[PaperFigures],
) -> None:
    """Mean with deviation over seeds, filled; the paper's values hollow. A missing experiment is named so."""
    axes = figure.subplots()
    for shift, (noun, read, read_paper, (colour, marker)) in zip((-0.08, 0.08), FINALS, strict=True):
        ours = [each.spread(read) if each else None for _, each in shown]
        _draw_paper(axes, [read_paper(paper) for paper in papers], shift, noun, colour, marker)
        _draw_ours(axes, ours, shift, noun, colour, marker)
    missing = [i for i, (_, each) in enumerate(shown) if each is None or not each.finished]
    for place in missing:
        axes.annotate(
            "no data", (place, 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=7,
            color=style.MUTED,
        )  # fmt: skip
    for classes in {r.config.data.num_classes for _, each in shown if each for r in each.finished}:
        draw_chance(axes, classes)
    axes.set_title(title)
    axes.set_xticks(
        range(len(shown)),
        [f"{number}\n{label}" for number, (label, _) in zip(cardinalities, shown, strict=True)],
    )
    axes.set_xlim(-0.5, len(shown) - 0.5)
    axes.set_ylim(0, 100)
    axes.set_xlabel("poisoned instances, |q(P)|")
    axes.set_ylabel("search's final error, %")
    axes.grid(False, axis="x")
    legend_below(figure, axes, columns=2)


def _draw_ours(
    axes: Any, ours: Sequence[Spread | None], shift: float, noun: str, colour: str, marker: str
) -> None:
    if not any(ours):
        return
    # NaN where there is no run: a line drawn across it would say that there is one.
    axes.errorbar(
        [i + shift for i in range(len(ours))],
        [100 * spread.mean if spread else math.nan for spread in ours],
        yerr=[100 * (spread.deviation or 0.0) if spread else math.nan for spread in ours],
        color=colour, marker=marker, markersize=5.5, capsize=3, linewidth=1.2, label=f"{noun}, ours",
    )  # fmt: skip


def _draw_paper(
    axes: Any, values: Sequence[float | None], shift: float, noun: str, colour: str, marker: str
) -> None:
    known = [(i + shift, value) for i, value in enumerate(values) if value is not None]
    axes.plot(
        [place for place, _ in known], [100 * value for _, value in known], color=colour, linestyle=":",
        linewidth=0.9, alpha=0.75, marker=marker, markersize=5.5, markerfacecolor="white",
        label=f"{noun}, paper",
    )  # fmt: skip

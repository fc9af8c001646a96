"""Figures 4a, 4d, 4g, 4j, 4m and 6a: validation error over epochs, averaged as the paper does."""

import math
from collections.abc import Sequence
from typing import Any

from engine.analyse.run_record import RunRecord
from engine.analyse.suite_records import Experiment, moving_average, paper_window
from ssp_tui.report import style
from ssp_tui.wording import counted


def draw_curves(figure: Any, title: str, shown: Sequence[tuple[str, Experiment | None]]) -> None:
    """One curve an experiment: mean over seeds thick, each seed thin, NaN weights as a cross."""
    axes = figure.subplots()
    windows, num_classes = set(), set()
    for (label, experiment), (colour, line, _) in zip(shown, style.SERIES, strict=False):
        records = [each for each in experiment.records if each.epochs] if experiment else []
        if not records:
            axes.plot([], [], color=style.RULE, linestyle=line, label=f"{label}: no data")
            continue
        windows |= {paper_window(record.config.epochs) for record in records}
        num_classes |= {record.config.data.num_classes for record in records}
        _draw_experiment(axes, label, records, colour, line)
    for classes in sorted(num_classes):
        draw_chance(axes, classes)
    averaged = "/".join(counted(window, "epoch") for window in sorted(windows)) or "no epochs"
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.set_ylabel(
        "validation error, %" if windows == {1} else f"validation error, %\n(mean over {averaged})"
    )
    axes.set_ylim(0, 100)
    axes.margins(x=0.02)
    axes.xaxis.get_major_locator().set_params(integer=True)
    legend_below(figure, axes)


def _draw_experiment(axes: Any, label: str, records: Sequence[RunRecord], colour: str, line: Any) -> None:
    smoothed = [moving_average(record.val_errors, paper_window(record.config.epochs)) for record in records]
    # The mean goes as far as every seed has come: a seed that joins late must not bend it.
    length = min(map(len, smoothed))
    mean = [sum(each[i] for each in smoothed) / len(smoothed) for i in range(length)]
    epochs = [epoch + 1 for epoch in records[0].epochs[:length]]
    if len(records) > 1:
        label = f"{label} (n={len(records)})"
        for record, values in zip(records, smoothed, strict=True):
            drawn = [epoch + 1 for epoch in record.epochs]
            axes.plot(drawn, as_percent(values), color=colour, linewidth=0.6, alpha=0.45)
    marker = "." if length < 30 else None
    axes.plot(epochs, as_percent(mean), color=colour, linestyle=line, label=label, marker=marker)
    broken = [_first_nan(record, values) for record, values in zip(records, smoothed, strict=True)]
    points = [point for point in broken if point is not None]
    if points:
        axes.plot(
            [epoch for epoch, _ in points], [value for _, value in points], color=colour, linestyle="none",
            marker="X", markersize=7, markeredgecolor="white", markeredgewidth=0.6, zorder=5,
        )  # fmt: skip


def _first_nan(record: RunRecord, values: Sequence[float]) -> tuple[int, float] | None:
    """Where the weights are NaN for the first time: (epoch as people count it, error in percent)."""
    for epoch, share, value in zip(record.epochs, record.nan_shares, values, strict=True):
        if share > 0 and math.isfinite(value):
            return epoch + 1, 100 * value
    return None


def as_percent(values: Sequence[float]) -> list[float]:
    """Fractions as percentages; NaN stays and is a gap."""
    return [100 * value for value in values]


def draw_chance(axes: Any, num_classes: int) -> None:
    """The error of guessing, 1 - 1/K, as a dotted line with its name."""
    chance = 100 * (1 - 1 / num_classes)
    axes.axhline(chance, color=style.GUIDE, linewidth=0.8, linestyle=":", zorder=1)
    has_room = chance < 94  # above the line; else the title stands there
    axes.annotate(
        f"guessing {chance:.4g} %", (0, chance), xycoords=("axes fraction", "data"),
        xytext=(3, 2 if has_room else -2), textcoords="offset points", fontsize=6.5, color=style.GUIDE,
        va="bottom" if has_room else "top",
    )  # fmt: skip


def legend_below(figure: Any, axes: Any, columns: int = 3) -> None:
    """The legend under the axes, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=min(columns, len(handles)))

"""Figures 4c, 4f, 4i, 4l, 4o and 6b: kernel density of poisoned layers per sampled child."""

from collections.abc import Sequence
from typing import Any

from engine.analyse.density import density
from engine.analyse.suite_records import Experiment
from ssp_tui.report import style
from ssp_tui.report.curves import legend_below
from ssp_tui.wording import count

POINTS_PER_LAYER = 40
MARGIN_LAYERS = 1.5
"""How far beyond 0 and L the curves are drawn: a kernel has tails."""


def density_curve(counts: Sequence[int]) -> tuple[list[float], list[float]]:
    """Where the density is drawn, and its values there."""
    last = len(counts) - 1
    steps = round((last + 2 * MARGIN_LAYERS) * POINTS_PER_LAYER)
    places = [-MARGIN_LAYERS + i / POINTS_PER_LAYER for i in range(steps + 1)]
    return places, density(counts, places)


def draw_densities(figure: Any, title: str, shown: Sequence[tuple[str, Experiment | None]]) -> None:
    """One curve an experiment over all epochs and seeds; a triangle below marks the floor."""
    axes = figure.subplots()
    num_layers = 12
    for (label, experiment), (colour, line, _) in zip(shown, style.SERIES[1:], strict=False):
        counts = experiment.poisoned_layers() if experiment else ()
        if experiment is None or not sum(counts):
            axes.plot([], [], color=style.RULE, linestyle=line, label=f"{label}: no data")
            continue
        num_layers = len(counts) - 1
        places, values = density_curve(counts)
        axes.plot(
            places, values, color=colour, linestyle=line, label=f"{label} ({count(sum(counts))} children)"
        )
        axes.fill_between(places, values, color=colour, alpha=0.08, linewidth=0)
        config = experiment.records[0].config
        floor = config.space.poisoned_layers_floor(num_layers, config.controller.tanh_constant)
        axes.plot(
            [floor], [0], color=colour, marker="^", markersize=6, clip_on=False, linestyle="none", zorder=5
        )
    axes.plot([], [], color=style.MUTED, marker="^", linestyle="none", label="floor of a perfect controller")
    axes.set_title(title)
    axes.set_xlim(-MARGIN_LAYERS, num_layers + MARGIN_LAYERS)
    axes.set_xticks(range(0, num_layers + 1, 2 if num_layers > 8 else 1))
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"poisoned layers of {num_layers} in a sampled child")
    axes.set_ylabel("density")
    legend_below(figure, axes, columns=2)

"""The static plots of `ssp-tui show`, drawn by plotext."""

import math
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any

from engine.plan.config import RunConfig
from engine.record.events import EpochFinished
from engine.record.state import RunState
from ssp_tui.derived_words import FINAL

HEIGHT = 14
MAX_WIDTH = 100

Series = tuple[str, Callable[[EpochFinished], float]]

ERRORS: tuple[Series, ...] = (
    ("validation", lambda epoch: 100 * epoch.evaluation.val_error),
    ("test", lambda epoch: 100 * epoch.evaluation.test_error),
)
NORMS: tuple[Series, ...] = (
    ("median", lambda epoch: _log10(epoch.child.gradient_norm_median)),
    ("largest", lambda epoch: _log10(epoch.child.gradient_norm_max)),
)


def print_plots(state: RunState, config: RunConfig) -> None:
    """Errors and gradient norms over epochs, as wide as the terminal."""
    import plotext  # late: no other command needs it

    epochs = state.epochs
    title = f"{FINAL} error by epoch, %" if config.derived else "error by epoch, %"
    _plot(plotext, title, epochs, ERRORS, _paper_line(config))
    _plot(plotext, "gradient norm by epoch, powers of ten", epochs, NORMS, math.log10(config.child.grad_clip))


def print_comparison(title: str, points: Sequence[tuple[str, float | None, float | None]]) -> None:
    """Names along the axis, the paper's fraction and ours above each; what is missing is left out."""
    import plotext

    series = [
        (
            noun,
            [
                (i, 100 * value)
                for i, value in enumerate(values)
                if value is not None and math.isfinite(value)
            ],
        )
        for noun, values in (("paper", [each[1] for each in points]), ("ours", [each[2] for each in points]))
    ]
    if not series[1][1]:
        return
    print()
    plotext.clear_figure()
    plotext.plotsize(min(MAX_WIDTH, shutil.get_terminal_size().columns), HEIGHT)
    plotext.title(title)
    for (noun, drawn), marker in zip(series, ("o", "x"), strict=True):
        if drawn:
            plotext.scatter(*zip(*drawn, strict=True), label=noun, marker=marker)
    plotext.ylim(0, 100)
    plotext.xticks(list(range(len(points))), [_short(name) for name, _, _ in points])
    _print_drawing(plotext)


def _short(name: str) -> str:
    """An experiment's name in few cells: one-shot-2 -> o2, original -> o."""
    parts = name.split("-")
    return name if len(parts) == 1 and len(name) < 3 else parts[0][0] + parts[-1][0] * (len(parts) > 1)


def finite_points(
    epochs: Sequence[EpochFinished], read: Callable[[EpochFinished], float]
) -> list[tuple[int, float]]:
    """The epochs whose value is a number: plotext must not see any other."""
    points = [(epoch.epoch, read(epoch)) for epoch in epochs]
    return [(epoch, value) for epoch, value in points if math.isfinite(value)]


def _plot(
    plotext: Any, title: str, epochs: Sequence[EpochFinished], series: Sequence[Series], guide: float | None
) -> None:
    drawn = [(name, finite_points(epochs, read)) for name, read in series]
    num_missing = sum(len(epochs) - len(points) for _, points in drawn)
    print()
    if not any(points for _, points in drawn):
        print(f"{title}: no finite value")
        return
    plotext.clear_figure()
    plotext.plotsize(min(MAX_WIDTH, shutil.get_terminal_size().columns), HEIGHT)
    plotext.title(title + (f" ({num_missing} not finite)" if num_missing else ""))
    for (name, points), marker in zip(drawn, ("dot", "x"), strict=True):
        if points:
            plotext.scatter(*zip(*points, strict=True), label=name, marker=marker)
    if guide is not None:
        plotext.hline(guide, "gray")
    plotext.xticks(sorted({epochs[len(epochs) * i // 5].epoch for i in range(5)} | {epochs[-1].epoch}))
    _print_drawing(plotext)


def _print_drawing(plotext: Any) -> None:
    drawing = plotext.build()
    has_colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(drawing if has_colours else plotext.uncolorize(drawing))


def _paper_line(config: RunConfig) -> float | None:
    if config.paper is None or config.paper.test_error is None:
        return None
    return 100 * config.paper.test_error


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan

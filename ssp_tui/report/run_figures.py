"""The figures of a single run: errors, gradient norms, poisoned layers, the network it found."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from engine.analyse.run_record import RunRecord
from ssp_tui.derived_words import FINAL
from ssp_tui.report import style
from ssp_tui.report.curves import as_percent, draw_chance, legend_below
from ssp_tui.report.densities import density_curve
from ssp_tui.report.drawn_child import child_height, draw_child
from ssp_tui.report.sheet import Sheet, printable_ascii
from ssp_tui.wording import number

MOST_LETTERS = 48
"""Of a run's id in a heading; the foot has all of it."""


def run_sheets(record: RunRecord) -> list[Sheet]:
    """Every figure there is something to draw for."""
    sheets = []
    if record.epochs:
        sheets = [_sheet(record, _ERRORS), _sheet(record, _GRADIENTS)]
    is_sampled = record.config.derived is None and sum(record.poisoned_layers) > 0
    if is_sampled and record.config.space.num_poisoned_outputs:
        sheets.append(_sheet(record, _POISONED))
    if record.best is not None:
        sheets.append(_sheet(record, _CHILD, 4.6, child_height(len(record.best.outputs))))
    return sheets


def _sheet(record: RunRecord, kind: "_Kind", width: float = 5.2, height: float = 3.6) -> Sheet:
    title = f"{printable_ascii(record.run_id)[:MOST_LETTERS]}\n{kind.title}"
    return Sheet(
        f"{record.folder.run_id}-{kind.stem}",
        title.replace("\n", ": "),
        kind.caption,
        partial(kind.draw, title=title, record=record),
        (record,),
        width,
        height,
    )


def _errors(figure: Any, title: str, record: RunRecord) -> None:
    axes = figure.subplots()
    epochs = [epoch + 1 for epoch in record.epochs]
    curves = (
        ("validation", record.val_errors, style.SERIES[1]),
        ("test, poison active", record.test_errors_active, style.SERIES[3]),
        ("test, poison inert", record.test_errors_inert, style.SERIES[2]),
    )
    for label, values, (colour, line, _) in curves:
        axes.plot(epochs, as_percent(values), color=colour, linestyle=line, label=label)
    broken = [epoch + 1 for epoch, share in zip(record.epochs, record.nan_shares, strict=True) if share > 0]
    if broken:
        axes.axvspan(broken[0] - 0.5, epochs[-1] + 0.5, color=style.RULE, alpha=0.4, linewidth=0)
        axes.plot([], [], color=style.RULE, linewidth=6, label="weights NaN")
    draw_chance(axes, record.config.data.num_classes)
    axes.set_title(title)
    axes.set_ylim(0, 100)
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"{FINAL} error, %" if record.config.derived else "error, %")
    legend_below(figure, axes, columns=2)


def _gradients(figure: Any, title: str, record: RunRecord) -> None:
    axes = figure.subplots()
    axes.set_yscale("log")
    epochs = [epoch + 1 for epoch in record.epochs]
    curves = (
        ("median", record.gradient_norm_medians, style.SERIES[1]),
        ("largest", record.gradient_norm_maxima, style.SERIES[3]),
    )
    for label, values, (colour, line, _) in curves:
        finite = [value if math.isfinite(value) and value > 0 else math.nan for value in values]
        axes.plot(epochs, finite, color=colour, linestyle=line, label=label)
        strange = _not_finite(epochs, values)
        if strange:
            axes.plot(
                strange, [1.0] * len(strange), color=colour, marker="X", linestyle="none", clip_on=False,
                transform=axes.get_xaxis_transform(), markersize=5, label=f"{label}: NaN or infinite",
            )  # fmt: skip
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.yaxis.set_minor_formatter(lambda *_: "")
    axes.axhline(record.config.child.grad_clip, color=style.GUIDE, linewidth=0.8, linestyle=":", label="clip")
    axes.set_title(title, pad=10)
    axes.set_xlabel("epoch")
    axes.set_ylabel("gradient norm")
    legend_below(figure, axes, columns=2)


def _not_finite(epochs: Sequence[int], values: Sequence[float]) -> list[int]:
    return [epoch for epoch, value in zip(epochs, values, strict=True) if not math.isfinite(value)]


def _poisoned(figure: Any, title: str, record: RunRecord) -> None:
    axes = figure.subplots()
    counts = record.poisoned_layers
    total, (places, values) = sum(counts), density_curve(counts)
    axes.bar(
        range(len(counts)),
        [each / total for each in counts],
        width=0.6,
        color=style.RULE,
        label="share of children",
    )
    axes.plot(places, values, color=style.SERIES[1][0], label="kernel density")
    config = record.config
    floor = config.space.poisoned_layers_floor(config.child.layers, config.controller.tanh_constant)
    axes.plot(
        [floor], [0], color=style.SERIES[3][0], marker="^", markersize=7, linestyle="none", clip_on=False,
        label="floor of a perfect controller", zorder=5,
    )  # fmt: skip
    axes.set_title(title)
    axes.set_xlabel(f"poisoned layers of {len(counts) - 1} in a sampled child")
    axes.set_ylabel("share, density")
    legend_below(figure, axes, columns=2)


class _Kind(NamedTuple):
    stem: str
    title: str
    caption: str
    draw: Callable[..., None]


_ERRORS = _Kind(
    "errors",
    "Errors by epoch",
    "Validation and test error by epoch, the test error with the poison active and inert.",
    _errors,
)
_GRADIENTS = _Kind(
    "gradients",
    "Gradient norm by epoch",
    "Median and largest gradient norm of each epoch, logarithmic; what is not finite is marked above.",
    _gradients,
)
_POISONED = _Kind(
    "poisoned-layers",
    "Bad operations per child",
    "Gaussian kernel density estimate of the number of poisoned layers per sampled child, over all epochs.",
    _poisoned,
)
_CHILD = _Kind(
    "architecture", "Best of the last epoch", "The best of the last epoch's candidates.", draw_child
)

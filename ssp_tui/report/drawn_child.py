"""Figures 5 and 7: a network the search produced, as a graph in the paper's green and red plus shape."""

from typing import Any

from engine.analyse.run_record import RunRecord
from engine.plan.architecture import reduction_layers, zero_variance_chain
from ssp_tui.report import style
from ssp_tui.wording import layer, percent

BOX_WIDTH, BOX_HEIGHT = 3.4, 0.62
LIGHT_GREEN, LIGHT_RED = "#e8f3e8", "#fbe9e9"


def child_height(num_layers: int) -> float:
    """Inches a drawing of so many layers needs."""
    return 0.34 * (num_layers + 2) + 0.9


def draw_child(figure: Any, title: str, record: RunRecord) -> None:
    """Layers from top to bottom: good ones green, round, with a dot; bad ones red, square, with a cross."""
    architecture, space = record.best, record.config.space
    assert architecture is not None
    axes = figure.subplots()
    axes.set_axis_off()
    num_layers = len(architecture.outputs)
    bottom = -(num_layers + 1)
    _terminal(axes, 0, "image, stem 3x3")
    for index, output in enumerate(architecture.outputs):
        slot = space.slots[space.slot_of_output[output]]
        _layer(axes, index, slot.operation.label, slot.poisoned)
        _arrow(axes, -index, -index - 1)
    _arrow(axes, -num_layers, bottom)
    _terminal(axes, bottom, "average pool, linear")
    for after in reduction_layers(num_layers):
        _reduction(axes, after)
    widest = 0.0
    for index, sources in enumerate(architecture.skips):
        for source in sources:
            widest = max(widest, _skip(axes, source, index))
    axes.set_xlim(-BOX_WIDTH / 2 - 1.4, BOX_WIDTH / 2 + max(1.6, widest) + 0.2)
    axes.set_ylim(bottom - 0.6, 0.6)
    chain = zero_variance_chain(space, architecture)
    accuracy = percent(1 - record.best_accuracy) if record.best_accuracy is not None else "unknown"
    axes.set_title(title)
    axes.text(
        0.0, -0.01,
        f"{architecture.num_poisoned(space)} of {num_layers} layers poisoned; longest zero-variance chain "
        f"k = {chain.length} ({chain.predicted});\nbest of the last epoch's candidates, "
        f"error {accuracy} on one batch, poison inert",
        transform=axes.transAxes, fontsize=7, color=style.MUTED, va="top",
    )  # fmt: skip
    _legend(axes)


def _layer(axes: Any, index: int, label: str, poisoned: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    y = -index - 1
    colour = style.POISONED if poisoned else style.CLEAN
    form = "square,pad=0" if poisoned else "round,pad=0,rounding_size=0.3"
    corner = (-BOX_WIDTH / 2, y - BOX_HEIGHT / 2)
    face = LIGHT_RED if poisoned else LIGHT_GREEN
    axes.add_patch(
        FancyBboxPatch(
            corner, BOX_WIDTH, BOX_HEIGHT, boxstyle=form, facecolor=face, edgecolor=colour,
            linewidth=1.6 if poisoned else 1.2, zorder=3,
        )
    )  # fmt: skip
    axes.plot(
        [-BOX_WIDTH / 2 + 0.3], [y], marker="X" if poisoned else "o", color=colour, markersize=6, zorder=4
    )
    axes.text(-BOX_WIDTH / 2 + 0.6, y, label, fontsize=8, va="center", color=style.INK, zorder=4)
    axes.text(
        -BOX_WIDTH / 2 - 0.15, y, layer(index), fontsize=7.5, va="center", ha="right", color=style.MUTED
    )


def _terminal(axes: Any, y: float, text: str) -> None:
    axes.text(
        0, y, text, fontsize=8, ha="center", va="center", color=style.MUTED, zorder=3,
        bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": style.RULE},
    )  # fmt: skip


def _arrow(axes: Any, start: float, end: float) -> None:
    half = BOX_HEIGHT / 2
    axes.annotate(
        "", (0, end + half), (0, start - half),
        arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 0.9, "mutation_scale": 7,
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def _skip(axes: Any, source: int, target: int) -> float:
    """A curve on the right from one layer to a later one; returns how far it reaches."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    x, y1, y2 = BOX_WIDTH / 2, -source - 1.0, -target - 1.0
    # A skip from the layer right before adds that output a second time: it keeps close to the boxes.
    reach = 0.45 + 0.42 * (target - source)
    # Leaves a little below the middle and arrives a little above it, so that both ends can be told apart.
    points = [(x, y1 - 0.1), (x + reach * 4 / 3, y1 - 0.1), (x + reach * 4 / 3, y2 + 0.1), (x, y2 + 0.1)]
    path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    axes.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle="-|>", mutation_scale=6, color=style.SKIPS[source % len(style.SKIPS)],
            linewidth=0.9, alpha=0.9, zorder=2,
        )
    )  # fmt: skip
    return reach


def _reduction(axes: Any, after: int) -> None:
    y = -after - 1.5
    axes.plot(
        [-BOX_WIDTH / 2 - 1.35, BOX_WIDTH / 2], [y, y], color=style.GUIDE, linewidth=0.8,
        linestyle=(0, (3, 3)), zorder=1,
    )  # fmt: skip
    axes.text(
        -BOX_WIDTH / 2 - 1.35, y + 0.06, "halved", fontsize=6, color=style.GUIDE, va="bottom", ha="left"
    )


def _legend(axes: Any) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="none", marker="o", color=style.CLEAN, label="good operation"),
        Line2D([], [], linestyle="none", marker="X", color=style.POISONED, label="bad operation"),
        Line2D([], [], color=style.SKIPS[0], label="skip connection, coloured by its source"),
    ]
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, -0.055), ncols=3, fontsize=7,
        borderaxespad=0, handletextpad=0.4, columnspacing=1.0,
    )  # fmt: skip

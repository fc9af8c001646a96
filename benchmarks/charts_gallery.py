"""Prints every chart with realistic data; --ascii, --no-color and --svg FILE show it otherwise."""

import argparse
import math
import random
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from engine.analyse.density import binomial
from ssp_tui import wording
from ssp_tui.charts.architecture import draw_architecture
from ssp_tui.charts.averages import moving_average
from ssp_tui.charts.axis import Range, Scale, widened
from ssp_tui.charts.gauge import Meter, draw_meters
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.charts.heat import heat_levels
from ssp_tui.charts.heatmap import Heatmap, draw_heatmap
from ssp_tui.charts.histogram import Histogram, draw_histogram
from ssp_tui.charts.layers import Architecture, LayerRow
from ssp_tui.charts.lines import draw_lines
from ssp_tui.charts.roles import LANES, RUNS, Role
from ssp_tui.charts.rows import Row, Rows, Span
from ssp_tui.charts.series import Band, Guide, LineChart, Series, Style
from ssp_tui.charts.slots import Slot
from ssp_tui.charts.sparkline import draw_sparkline
from ssp_tui.charts.triangle import draw_triangle

COLD, MIDDLE, HOT = (70, 140, 255), (170, 176, 190), (255, 176, 46)


def blended(start: tuple[int, ...], end: tuple[int, ...], place: float) -> str:
    """The colour a share of the way from one to the other."""
    return "#" + "".join(f"{round(a + (b - a) * place):02x}" for a, b in zip(start, end, strict=True))


PALETTE = ("#4fc3f7", "#ffab5e", "#ba9df2", "#f48fb1", "#d4c95f")

COLOURS: dict[Role, str] = {
    Role.TEXT: "#d5dae3",
    Role.MUTED: "#7d8799",
    Role.AXIS: "#4a5364",
    Role.GUIDE: "#c9b458",
    Role.CURSOR: "#8fa3c7",
    Role.TRAIN: "#8a94a8",
    Role.VALIDATION: "#4fc3f7",
    Role.VALIDATION_RAW: "#2b6684",
    Role.VALIDATION_INERT: "#80deea",
    Role.TEST: "#ffab5e",
    Role.TEST_RAW: "#85603c",
    Role.TEST_INERT: "#ffd9a0",
    Role.GRADIENT: "#4fc3f7",
    Role.GRADIENT_MAXIMUM: "#b39ddb",
    Role.REWARD: "#81c784",
    Role.BASELINE: "#4fc3f7",
    Role.OP_ENTROPY: "#81c784",
    Role.SKIP_ENTROPY: "#ba9df2",
    Role.NAN: "#ff4f79",
    Role.NULL_STEP: "#ffd54f",
    Role.CLIP: "#c9b458",
    Role.CLEAN: "#6fd08c",
    Role.POISONED: "#ff5c57",
    Role.CHAIN: "#ff79c6",
    Role.FLOOR: "#ffd54f",
    Role.UNIFORM: "#e6e9ef",
    Role.UNIFORM_ON_BAR: "#e6e9ef on #5b8fd9",
    Role.BAR: "#5b8fd9",
    Role.DENSITY: "#8ab4f8",
    Role.METER: "#6fd08c",
    Role.METER_HIGH: "#ffab5e",
    Role.METER_TRACK: "#3a4252",
    Role.RUNNING: "#6fd08c",
    Role.FINISHED: "#4fc3f7",
    Role.CRASHED: "#ff4f79",
    Role.FAILED: "#ff5c57",
    **{Role(f"heat-{i}"): blended(COLD, MIDDLE, (i / 8) ** 2) for i in range(8)},
    **{Role(f"heat-{i}"): blended(MIDDLE, HOT, ((i - 7) / 8) ** 0.5) for i in range(8, 16)},
    **dict(zip(LANES, (*PALETTE, "#a0aec0"), strict=True)),
    **dict(zip(RUNS, (*PALETTE, "#6fd08c", "#80cbc4", "#ff8a65"), strict=True)),
}
"""A theme for this gallery alone."""


def learning(num_epochs: int, start: float, end: float, noise: float, seed: int) -> list[float]:
    """An error curve that falls, with noise."""
    chance = random.Random(seed)
    return [
        min(0.99, end + (start - end) * math.exp(-epoch / 45) + chance.gauss(0, noise))
        for epoch in range(num_epochs)
    ]


def errors(collapse: int, num_epochs: int = 180) -> LineChart:
    """Validation and test errors, raw and averaged, that end in NaN at an epoch."""
    validation = learning(num_epochs, 0.78, 0.24, 0.016, 1)
    test = learning(num_epochs, 0.80, 0.28, 0.016, 2)
    for values in (validation, test):
        values[60:64] = [math.nan] * 4
        values[collapse:] = [math.nan] * len(values[collapse:])
    series = (
        Series("", Role.VALIDATION_RAW, validation, Style.POINTS),
        Series("", Role.TEST_RAW, test, Style.PAIRS),
        Series("validation 26.10 %", Role.VALIDATION, moving_average(validation)),
        Series("test 29.83 %", Role.TEST, moving_average(test), Style.DASHES),
    )
    covered = widened(None, [*validation, *test, 0.1953], Scale.PERCENT)
    guides = (Guide("paper 19.53 %", 0.1953),)
    return LineChart(series, 300, covered, Scale.PERCENT, guides, cursor=120)


def gradients() -> LineChart:
    """Gradient norms on their way to overflow."""
    chance = random.Random(3)
    median = [10 ** (0.3 + epoch / 60 + chance.gauss(0, 0.12)) for epoch in range(150)]
    highest = [
        value * 10 ** (abs(chance.gauss(0, 1.8)) * (1 + epoch / 40)) for epoch, value in enumerate(median)
    ]
    for epoch in (88, 97, 103, 104, 118, 121, 126, 127, 128):
        highest[epoch] = math.inf
    for epoch in range(131, 150):
        median[epoch] = highest[epoch] = math.nan
    series = (
        Series("maximum", Role.GRADIENT_MAXIMUM, highest, Style.DOTS),
        Series("median", Role.GRADIENT, median),
    )
    guides = (Guide("clip 5", 5.0, Role.CLIP),)
    covered = widened(Range(0.1, 1e3), median + highest, Scale.LOG)
    return LineChart(series, 300, covered, Scale.LOG, guides)


def comparison() -> LineChart:
    """Four runs and the spread of the first one's seeds."""
    curves = [learning(300, 0.8, end, 0.006, seed) for seed, end in enumerate((0.22, 0.33, 0.41, 0.52))]
    names = ("original", "gaussian x36", "grouped x120", "dropout x300")
    series = tuple(
        Series(name, role, values, key=key)
        for name, role, values, key in zip(names, RUNS, curves, "abcd", strict=False)
    )
    band = Band("", RUNS[0], [v - 0.04 for v in curves[0]], [v + 0.04 for v in curves[0]])
    return LineChart(series, 310, Range(0, 1), Scale.PERCENT, (Guide("paper 19.53 %", 0.1953),), (band,))


SLOTS = (
    Slot("conv3", False),
    Slot("sep3", False),
    Slot("conv5", False),
    Slot("sep5", False),
    Slot("avg3", False),
    Slot("max3", False),
    Slot("drop", True),
    Slot("stretch", True),
)
UNIFORM = (1 / 78,) * 6 + (36 / 78,) * 2


def policy(num_layers: int = 12) -> Heatmap:
    """A policy that has learnt something in its lower layers."""
    chance = random.Random(5)
    shares = []
    for layer in range(num_layers):
        logits = [max(-1.5, min(1.5, chance.gauss(0.2, 0.9 - layer / 20))) for _ in SLOTS]
        weights = [
            u * math.exp(logit - (0.9 if slot.poisoned else 0))
            for u, logit, slot in zip(UNIFORM, logits, SLOTS, strict=True)
        ]
        shares.append([weight / sum(weights) for weight in weights])
    floor = 78 / (72 + 20.1 * 6)
    return Heatmap(heat_levels(shares, UNIFORM), SLOTS, floor)


OPS = (
    "conv3x3",
    "sepconv3x3",
    "conv5x5",
    "sepconv5x5",
    "avgpool3x3",
    "maxpool3x3",
    "dropout p=1",
    "stretched conv",
)


def child(skip_rate: float, seed: int) -> Architecture:
    """A sampled child."""
    chance = random.Random(seed)
    layers = []
    for layer in range(12):
        op = chance.choices(range(8), (3, 3, 3, 3, 3, 3, 5, 5))[0]
        skips = tuple(j for j in range(layer) if chance.random() < skip_rate)
        layers.append(LayerRow(OPS[op], op >= 6, skips, chance.uniform(0.02, 0.7), 4 <= layer <= 8))
    return Architecture(tuple(layers), 12, "norm overflow")


def sampled() -> Histogram:
    """A thousand children under 36 copies of one poison."""
    chance = random.Random(8)
    counts = [0] * 13
    for _ in range(1000):
        counts[sum(chance.random() < 0.66 for _ in range(12))] += 1
    return Histogram(tuple(counts), tuple(binomial(12, 72 / 78)), 4.48)


def run_rows(glyphs: Glyphs) -> Rows:
    """A table's sparklines beside states."""
    curves = {
        "running": learning(90, 0.8, 0.24, 0.02, 1),
        "finished": learning(300, 0.8, 0.2, 0.01, 2),
        "crashed": [*learning(40, 0.9, 0.6, 0.02, 3), *[math.nan] * 20],
        "failed": [],
    }
    rows: list[Row] = []
    for state, values in curves.items():
        words = wording.STATES[state]
        mark = words.glyph if glyphs.braille else words.ascii_glyph
        spark = draw_sparkline(values, 24, glyphs, covered=Range(0.1, 1.0))
        text = f"  {wording.percent(values[-1] if values else None):>8}"
        rows.append((Span(f"{mark} {words.word:9}", Role(state)), *spark, Span(text, Role.TEXT)))
    return tuple(rows)


def meters() -> tuple[Meter, ...]:
    """What a GPU panel shows."""
    return (
        Meter("epoch 87", 0.43, "43 %  ETA 2 h 05 min"),
        Meter("GPU", 0.925, "92 %", Role.METER_HIGH),
        Meter("memory", 0.11, "8.6 of 78 GiB"),
        Meter("power", None, wording.ABSENT),
    )


def pages(glyphs: Glyphs) -> Iterator[tuple[str, Rows]]:
    """Every chart under its title."""
    yield "errors", draw_lines(errors(collapse=150), 78, 16, glyphs)
    yield "gradient norm", draw_lines(gradients(), 78, 14, glyphs)
    yield "comparison", draw_lines(comparison(), 78, 18, glyphs)
    yield "small", draw_lines(errors(collapse=150), 38, 8, glyphs)
    yield "policy", draw_heatmap(policy(), 78, 14, glyphs)
    yield "policy, narrow", draw_heatmap(policy(), 34, 14, glyphs)
    yield "child", draw_architecture(child(0.25, 4), 78, 13, glyphs)
    yield "child, dense", draw_architecture(child(0.5, 6), 78, 13, glyphs)
    yield "child, listed", draw_architecture(child(0.5, 6), 50, 13, glyphs)
    yield "child as triangle", draw_triangle(child(0.5, 6), 78, 13, glyphs)
    yield "poisoned layers", draw_histogram(sampled(), 60, 12, glyphs)
    yield "poisoned layers, small", draw_histogram(sampled(), 40, 8, glyphs)
    yield "meters", draw_meters(meters(), 60, 4, glyphs)
    yield "runs", run_rows(glyphs)


def main() -> None:
    """Prints the gallery."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ascii", action="store_true")
    parser.add_argument("--no-color", action="store_true")
    parser.add_argument("--svg", help="also write the gallery as a picture")
    options = parser.parse_args()
    console = Console(width=80, record=bool(options.svg), no_color=options.no_color, highlight=False)
    for title, rows in pages(ASCII if options.ascii else UNICODE):
        console.print(Text(f"\n{title}", style="bold"))
        for row in rows:
            console.print(Text.assemble(*((text, COLOURS.get(role, "")) for text, role in row)))
    if options.svg:
        console.save_svg(options.svg, title="ssp-tui charts")


if __name__ == "__main__":
    main()

"""Measures how long each chart takes to draw, in milliseconds: the best and the median of many."""

import math
import random
import statistics
import time
from collections.abc import Callable

from engine.analyse.density import binomial
from ssp_tui.charts.architecture import draw_architecture
from ssp_tui.charts.averages import moving_average
from ssp_tui.charts.axis import Range, Scale
from ssp_tui.charts.glyphs import UNICODE
from ssp_tui.charts.heat import heat_levels
from ssp_tui.charts.heatmap import Heatmap, draw_heatmap
from ssp_tui.charts.histogram import Histogram, draw_histogram
from ssp_tui.charts.layers import Architecture, LayerRow
from ssp_tui.charts.lines import draw_lines
from ssp_tui.charts.roles import RUNS
from ssp_tui.charts.series import LineChart, Series
from ssp_tui.charts.slots import Slot
from ssp_tui.charts.sparkline import draw_sparkline

NUM_REPEATS = 40


def timed(name: str, draw: Callable[[], object]) -> None:
    """Prints how long one drawing takes."""
    draw()
    times = []
    for _ in range(NUM_REPEATS):
        start = time.perf_counter()
        draw()
        times.append(1e3 * (time.perf_counter() - start))
    print(f"{name:46} {min(times):7.2f} {statistics.median(times):7.2f}")


def errors(num_series: int, num_epochs: int) -> LineChart:
    """Noisy falling curves with NaN now and then."""
    chance = random.Random(0)
    series = []
    for i in range(num_series):
        values = [0.3 + 0.5 * math.exp(-j / 60) + chance.gauss(0, 0.03) for j in range(num_epochs)]
        values[num_epochs // 3] = math.nan
        series.append(Series(f"run {i}", RUNS[i % len(RUNS)], values))
    return LineChart(tuple(series), num_epochs, Range(0.1, 1), Scale.PERCENT)


def main() -> None:
    """Measures every chart once."""
    chance = random.Random(0)
    shares = [[chance.random() for _ in range(306)] for _ in range(12)]
    uniform = (0.5,) * 306
    slots = tuple(Slot("conv", i >= 6) for i in range(306))
    heatmap = Heatmap(heat_levels(shares, uniform), slots)
    layers = tuple(LayerRow("sepconv3x3", False, tuple(range(0, i, 2)), 0.5) for i in range(12))
    histogram = Histogram(tuple(range(13)), tuple(binomial(12, 0.8)), 2.76)
    history = [chance.random() for _ in range(300)]

    print(f"{'milliseconds a drawing':46} {'best':>7} {'median':>7}")
    for name, chart in (
        ("lines, 6 x 300 values, 100x25", errors(6, 300)),
        ("lines, 6 x 5,000 values, 100x25", errors(6, 5000)),
        ("lines, 24 x 300 values, 100x25", errors(24, 300)),
    ):
        timed(name, lambda chart=chart: draw_lines(chart, 100, 25, UNICODE))  # type: ignore[misc]
    timed("moving average over 20, 300 values", lambda: moving_average(history))
    timed("heat levels, 12x306", lambda: heat_levels(shares, uniform, heatmap.levels))
    timed("heatmap, 12x306 in 309x14", lambda: draw_heatmap(heatmap, 309, 14, UNICODE))
    timed("heatmap, 12x306 merged into 80x14", lambda: draw_heatmap(heatmap, 80, 14, UNICODE))
    timed("child, 12 layers", lambda: draw_architecture(Architecture(layers), 80, 13, UNICODE))
    timed("histogram, 60x12", lambda: draw_histogram(histogram, 60, 12, UNICODE))
    timed("sparkline, 300 values in 24", lambda: draw_sparkline(history, 24, UNICODE))


if __name__ == "__main__":
    main()

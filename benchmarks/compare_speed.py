"""Measures how long the Compare screen takes to draw 24 runs of 300 epochs, in milliseconds."""

import math
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from engine.plan.presets import resolve_config
from engine.record.folder import RunFolder
from engine.record.state import RunState
from ssp_tui.charts.glyphs import UNICODE
from ssp_tui.compare.curves import METRICS, CurveReader, comparison_chart, nan_lanes
from ssp_tui.compare.differences import difference_lines
from ssp_tui.compare.final_figures import figure_table
from ssp_tui.compare.groups import grouped
from ssp_tui.compare.nan_lanes import draw_compared
from ssp_tui.snapshot import Snapshot
from tests.fakes import fake_epoch, fake_started

NUM_RUNS, NUM_EPOCHS, NUM_REPEATS = 24, 300, 15
SIZES = ((116, 20), (196, 29))
"""Of the chart, on a terminal of 120x40 and of 200x50."""


def runs(seeds_alike: bool) -> list[Snapshot]:
    """Noisy falling curves: eight experiments with three seeds each, or 24 experiments."""
    rng = random.Random(0)
    snapshots = []
    for index in range(NUM_RUNS):
        settings = [f"seed={index % 3}", f"child.filters={2 + 2 * (index // 3 if seeds_alike else index)}"]
        epochs = tuple(
            fake_epoch(epoch, 0.3 + 0.6 * math.exp(-epoch / 60) + rng.gauss(0, 0.02), 0.5)
            for epoch in range(NUM_EPOCHS)
        )
        state = RunState(started=fake_started(), epochs=epochs)
        folder = RunFolder(Path(f"/runs/{index}"))
        snapshots.append(Snapshot(folder, resolve_config("3b", {}, settings), state=state))
    return snapshots


def timed(name: str, draw: Callable[[], object]) -> None:
    """Prints how long one drawing takes."""
    times = []
    for _ in range(NUM_REPEATS):
        start = time.perf_counter()
        draw()
        times.append(1000 * (time.perf_counter() - start))
    print(f"{name:44s} best {min(times):6.1f} ms   median {statistics.median(times):6.1f} ms")


def measure(snapshots: list[Snapshot], width: int, height: int) -> None:
    """The first drawing reads every curve; later ones only those that grew."""
    groups, known = grouped(snapshots), CurveReader()

    def draw(reader: CurveReader) -> None:
        chart = comparison_chart(groups, METRICS[0], True, None, reader)
        draw_compared(chart, nan_lanes(groups, METRICS[0], True, reader), width, height, UNICODE)

    def tables() -> None:
        figure_table(groups, width, 30, UNICODE)
        difference_lines(groups, width, 30, UNICODE, "m")

    label = f"{len(groups)} groups, {width}x{height}"
    timed(f"curves read and drawn, {label}", lambda: draw(CurveReader()))
    timed(f"curves drawn again, {label}", lambda: draw(known))
    timed(f"both tables, {label}", tables)


if __name__ == "__main__":
    for seeds_alike in (True, False):
        for size in SIZES:
            measure(runs(seeds_alike), *size)

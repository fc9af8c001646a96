"""Promise 4: after thousands of epochs the dashboard is as small, and as quick, as after the first run.

A fake clock has the engine's hours pass in minutes: it writes a journal of 300-epoch runs, begun again
and again from the start as `resume` does after lost checkpoints, so that a dashboard holds one run's worth.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.record import journal as journal_module
from engine.record.events import EpochFinished, Progressed
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import StateReader
from tests.fake_journal import FakeEngine, make_run, stream_events
from tests.fakes import fake_started
from tests.torture.link import Link

RUN_EPOCHS = 300
EPOCH_SECONDS = 120.0
"""By the fake clock: a run takes ten hours."""
STEPS_TOLD = 4
"""Progress events an epoch here; a real one has thousands, which the huge-file test has."""


class FakeClock:
    """The wall clock of journals, moved by hand."""

    def __init__(self) -> None:
        self.now = time.time() - 400 * 24 * 3600

    def time(self) -> float:
        """Seconds since the epoch."""
        return self.now


class NightEngine:
    """Writes what an engine writes in many hours, as quickly as it is asked to."""

    def __init__(self, folder: RunFolder, clock: FakeClock) -> None:
        self._engine = FakeEngine(folder, "clean")
        self._engine.sign_in()
        self._clock = clock
        self._epochs = [event for event in stream_events("gaussian") if isinstance(event, EpochFinished)]
        self.num_epochs = 0

    def next_epoch(self) -> None:
        """One epoch with its progress; after the last of a run the next run begins."""
        attempt, epoch = divmod(self.num_epochs, RUN_EPOCHS)
        if epoch == 0:
            self._engine.emit(fake_started(0, attempt + 1))
        for step in range(STEPS_TOLD):
            self._clock.now += EPOCH_SECONDS / STEPS_TOLD
            self._engine.emit(Progressed(epoch, "child", step, STEPS_TOLD, 1.5, 200.0))
        self._engine.emit(replace(self._epochs[self.num_epochs % len(self._epochs)], epoch=epoch))
        self.num_epochs += 1


def test_a_dashboard_left_open_for_many_nights_stays_as_small(
    tmp_path: Path,
    scaled: Callable[[int, int], int],
    figure: Callable[[str], None],
) -> None:
    clock, home = FakeClock(), Home(tmp_path / "home")
    journal_module.clock, real = clock, journal_module.clock  # type: ignore[assignment]
    try:
        folder = make_run(home, "night", "long")
        engine = NightEngine(folder, clock)
        link = Link(home.path, "night")
        assert link.read_until("night")
        num_runs, sizes, handles = scaled(20, 3), [], []
        for _ in range(num_runs):
            for _ in range(RUN_EPOCHS):
                engine.next_epoch()
                link.read_for(0.02)
            link.read_for(1)
            sizes.append(link.process.memory_info().rss)
            handles.append(link.process.num_fds())
        link.close()
    finally:
        journal_module.clock = real
    assert max(sizes[1:]) < 1.1 * sizes[0], sizes
    assert max(handles) == min(handles), handles
    hours = engine.num_epochs * EPOCH_SECONDS / 3600
    figure(
        f"{engine.num_epochs} epochs, {hours:.0f} hours of the fake clock: "
        f"{sizes[0] / 2**20:.1f} to {max(sizes) / 2**20:.1f} MiB, {handles[-1]} file handles throughout"
    )


def test_reading_what_is_new_costs_the_same_however_long_the_journal_is(
    tmp_path: Path, scaled: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    folder = make_run(Home(tmp_path), "night", "long")
    engine, reader = NightEngine(folder, FakeClock()), StateReader(folder.journal_path)
    num_runs = scaled(30, 6)
    costs: list[list[float]] = []
    for _ in range(num_runs):
        costs.append([])
        for _ in range(RUN_EPOCHS):
            engine.next_epoch()
            begun = time.process_time()
            state = reader.read()
            costs[-1].append(time.process_time() - begun)
        assert len(state.epochs) == RUN_EPOCHS
    first, last = statistics.median(costs[0]), statistics.median(costs[-1])
    assert last < 2 * first
    size = folder.journal_path.stat().st_size / 2**20
    figure(
        f"{engine.num_epochs} epochs, {size:.0f} MiB: {1000 * first:.2f} ms an update in the first 300, "
        f"{1000 * last:.2f} ms in the last 300"
    )


def test_replay_of_300_epochs_is_at_hand_at_once(tmp_path: Path, figure: Callable[[str], None]) -> None:
    folder = make_run(Home(tmp_path / "home"), "night", "long")
    engine = NightEngine(folder, FakeClock())
    for _ in range(RUN_EPOCHS):
        engine.next_epoch()
    state = StateReader(folder.journal_path).read()
    begun = time.process_time()
    for epoch in range(RUN_EPOCHS):
        assert len(state.at_epoch(epoch).epochs) == epoch + 1
    folded = 1000 * (time.process_time() - begun) / RUN_EPOCHS
    link = Link(tmp_path / "home", "night")
    try:
        assert link.read_until("Errors")
        link.read_for(2)
        cpu = link.cpu_seconds()
        num_keys = 40
        for _ in range(num_keys):
            link.press(b"\x1b[D")
            link.read_for(0.15)
        assert link.read_until(f"REPLAY epoch {RUN_EPOCHS - 1 - num_keys}")
        cpu = (link.cpu_seconds() - cpu) / num_keys
    finally:
        link.close()
    figure(f"one epoch of {RUN_EPOCHS}: {folded:.2f} ms of folding, {1000 * cpu:.0f} ms of CPU, drawn")

"""How much of a card a run will take: measured where like runs were, estimated else."""

from pathlib import Path

from engine.plan.cost import gpu_memory_bytes
from engine.process.memory_need import (
    ESTIMATED_MARGIN,
    LIBRARY_BYTES,
    MEASURED_MARGIN,
    MemoryNeeds,
    needed_bytes,
)
from engine.record.folder import RunFolder
from engine.record.home import Home
from tests.builders import small_config
from tests.fakes import fake_epoch, fake_started

CONFIG = small_config()
ESTIMATE = gpu_memory_bytes(CONFIG)


def test_without_a_like_run_it_is_the_estimate_with_a_margin() -> None:
    estimated = LIBRARY_BYTES + ESTIMATED_MARGIN * ESTIMATE
    assert needed_bytes(CONFIG, []) == estimated
    assert needed_bytes(CONFIG, [(ESTIMATE * 3, 10.0)]) == estimated


def test_like_runs_count_by_their_largest_peak_scaled_to_size() -> None:
    peaks = [(ESTIMATE, 100.0), (ESTIMATE / 1.25, 200.0), (ESTIMATE * 1.2, 50.0)]
    assert needed_bytes(CONFIG, peaks) == LIBRARY_BYTES + MEASURED_MARGIN * 250.0


def recorded_run(home: Home, device: str) -> RunFolder:
    """A run with one finished epoch, whose peak is a fake million bytes."""
    folder = home.create_run(CONFIG)
    journal = folder.open_journal()
    started = fake_started()
    journal.append(type(started)(**{**vars(started), "device": device}))
    journal.append(fake_epoch())
    return folder


def test_peaks_are_read_from_this_homes_gpu_runs_alone(tmp_path: Path) -> None:
    needs = MemoryNeeds(Home(tmp_path))
    recorded_run(Home(tmp_path), "cpu")
    needs.refresh()
    assert needs.need_bytes(CONFIG) == needed_bytes(CONFIG, [])
    recorded_run(Home(tmp_path), "cuda:0")
    needs.refresh()
    assert needs.need_bytes(CONFIG) == needed_bytes(CONFIG, [(ESTIMATE, 1e6)])

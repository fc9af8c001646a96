"""The engine's benchmarks run, on a tiny case, and report what they promise. Nothing is said about speed."""

import json
from pathlib import Path

import pytest

from benchmarks import engine_epoch, engine_launches, engine_scaling, engine_speed
from engine.net.batch_norm import BatchNorm


@pytest.mark.parametrize("population", ["off", pytest.param("on", marks=pytest.mark.slow)])
def test_the_comparison_runs_and_writes_ratios_of_every_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], population: str
) -> None:
    file = tmp_path / "speed.json"
    engine_speed.main(["--quick", "--population", population, "--json", str(file)])
    (case,) = json.loads(file.read_text())["cases"]
    parts = {"child_step", "controller_sample", "candidate", "test_batch", "evaluation", "epoch"}
    assert set(case["ratios"]) == {"published", "mended", "published, evaluated once"}
    for form in case["ratios"].values():
        assert set(form) == parts
        assert all(
            0 < r["low"] <= r["median"] <= r["high"] for clocks in form.values() for r in clocks.values()
        )
    published, mended = (case["epoch_seconds"][form] for form in ("published", "mended"))
    samples = case["epoch_counts"]["controller_sample"]
    assert mended < published
    assert published - mended < 2 * samples * case["loader_seconds"]
    assert case["peak_bytes"]["engine"] > 0
    assert "loader rebuilt" in capsys.readouterr().out


def test_launches_are_counted_in_the_form_for_gpus_and_are_fewer_for_architectures_together() -> None:
    before = BatchNorm.forward
    (found,) = engine_launches.main(["--outputs", "12", "--layers", "3"])
    assert BatchNorm.forward is before
    assert found["child_step"] == pytest.approx(sum(found["child_step_by_name"].values()))
    assert found["child_step_by_name"]["aten::native_batch_norm"] >= 5  # stem, three layers, a reduction
    assert 0 < found["update_together"] < found["update_one_by_one"] / 2


@pytest.mark.slow
def test_the_scaling_runs_and_writes_a_row_for_every_number_of_outputs(tmp_path: Path) -> None:
    file = tmp_path / "scaling.json"
    engine_scaling.main(["--quick", "--only", "outputs", "--repeats", "1", "--json", str(file)])
    rows = json.loads(file.read_text())["outputs"]
    assert [row["outputs"] for row in rows] == [6, 36]
    assert all(row[column] > 0 for row in rows for column in engine_scaling.COLUMNS)


@pytest.mark.slow
def test_runs_side_by_side_are_measured_together(tmp_path: Path) -> None:
    """Processes on the CPU stand in for runs on one GPU."""
    file = tmp_path / "scaling.json"
    engine_scaling.main(["--quick", "--only", "runs", "--repeats", "1", "--json", str(file)])
    alone, two = json.loads(file.read_text())["runs"]
    assert (alone["runs"], two["runs"]) == (1, 2)
    assert two["peak_mib"] > 1.5 * alone["peak_mib"]  # memory is a sum over the runs


@pytest.mark.slow
def test_whole_epochs_are_timed_phase_by_phase_and_profiled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, trace = tmp_path / "epoch.json", tmp_path / "trace"
    options = ["--quick", "--device", "cpu", "--preset", "one-shot-2", "--json", str(file)]
    engine_epoch.main([*options, "--trace", str(trace)])
    (found,) = json.loads(file.read_text())["presets"]
    seconds = found["seconds"]
    assert seconds["epoch"] == pytest.approx(seconds["child"] + seconds["controller"] + seconds["evaluation"])
    for part in ("child_steps", "controller_update"):
        assert found[part]["kernels"] > 100
        assert found[part]["busy_seconds"] > 0
    assert len(list(trace.iterdir())) == 2
    assert "s an epoch" in capsys.readouterr().out

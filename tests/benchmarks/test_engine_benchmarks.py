"""The engine's benchmarks run, on a tiny case, and report what they promise. Nothing is said about speed."""

import json
from pathlib import Path

import pytest

from benchmarks import engine_launches, engine_scaling, engine_speed
from engine.net.batch_norm import BatchNorm


def test_the_comparison_runs_and_writes_ratios_of_every_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "speed.json"
    engine_speed.main(["--quick", "--json", str(file)])
    (case,) = json.loads(file.read_text())["cases"]
    parts = {"child_step", "controller_sample", "candidate", "test_batch", "epoch"}
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

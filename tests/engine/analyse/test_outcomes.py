"""Finished runs count for a preset when they are its experiment, and for nothing else."""

import dataclasses
from pathlib import Path

import pytest

from engine.analyse.outcomes import Finished, Outcomes, is_full_run, spread_of
from engine.analyse.paces import recorded_paces
from engine.plan.cost import CPU, Pace
from engine.plan.presets import resolve_config
from engine.record.home import Home
from tests.ssp_tui.screens.recorded import record_run

PRESETS = {name: resolve_config(name, {}, []) for name in ("3b", "original")}


def finished(home: Home, name: str, seed: int, test_error: float, *settings: str) -> Finished:
    folder = record_run(home, name, seed, settings=settings)
    return Finished(folder, name, seed, test_error - 0.01, test_error, folder.config_path.stat().st_mtime)


def test_full_runs_are_gathered_with_mean_and_spread(tmp_path: Path) -> None:
    home = Home(tmp_path)
    runs = [finished(home, "3b", seed, error) for seed, error in ((1, 0.4), (2, 0.5), (3, 0.6))]
    runs.append(finished(home, "original", 1, 0.2))
    found = Outcomes().gather(PRESETS, runs)
    assert found["3b"].num_runs == 3
    assert found["3b"].test_error.mean == pytest.approx(0.5)
    assert found["3b"].test_error.deviation == pytest.approx(0.1)
    assert found["3b"].val_error.mean == pytest.approx(0.49)
    assert found["original"].test_error.deviation is None


def test_a_seed_launched_twice_is_one_seed_and_the_newest_run_counts(tmp_path: Path) -> None:
    home = Home(tmp_path)
    runs = [finished(home, "3b", seed, error) for seed, error in ((1, 0.4), (2, 0.6), (1, 0.5))]
    runs = [dataclasses.replace(run, created_time=float(i)) for i, run in enumerate(runs)]
    for order in (runs, runs[::-1]):
        found = Outcomes().gather(PRESETS, order)["3b"]
        assert found.num_runs == 2
        assert found.test_error.mean == pytest.approx(0.55)


@pytest.mark.parametrize(
    "setting", ["child.filters=8", "epochs=3", "data.num_train=1000", "switches.clip_rule=legacy"]
)
def test_a_shortened_or_changed_run_is_not_the_experiment(tmp_path: Path, setting: str) -> None:
    assert Outcomes().gather(PRESETS, [finished(Home(tmp_path), "3b", 1, 0.4, setting)]) == {}


@pytest.mark.parametrize("setting", ["engine.device=cpu", "engine.num_threads=4", "seed=5", "title=mine"])
def test_seed_device_and_title_are_free(tmp_path: Path, setting: str) -> None:
    assert "3b" in Outcomes().gather(PRESETS, [finished(Home(tmp_path), "3b", 1, 0.4, setting)])


def test_precision_is_not_free() -> None:
    assert not is_full_run(resolve_config("3b", {}, ["engine.precision=tf32"]), PRESETS["3b"])


def test_a_run_without_a_readable_configuration_counts_for_nothing(tmp_path: Path) -> None:
    run = finished(Home(tmp_path), "3b", 1, 0.4)
    run.folder.config_path.write_text("name = [")
    assert Outcomes().gather(PRESETS, [run]) == {}


def test_a_configuration_is_read_once(tmp_path: Path) -> None:
    outcomes, run = Outcomes(), finished(Home(tmp_path), "3b", 1, 0.4)
    first = outcomes.gather(PRESETS, [run])
    run.folder.config_path.unlink()
    assert outcomes.gather(PRESETS, [run]) == first


def test_the_spread_of_one_is_unknown() -> None:
    assert spread_of([0.5]).deviation is None


def test_paces_are_those_of_runs_that_finished_an_epoch(tmp_path: Path) -> None:
    home = Home(tmp_path)
    record_run(home, "3b")
    record_run(home, "3b", val_errors=(), is_finished=False)
    record_run(home, "demo-clean").config_path.write_text("broken")
    assert recorded_paces(home) == (Pace(CPU, 12, 36, 128, 1000.0),)
    assert recorded_paces(Home(tmp_path / "none")) == ()

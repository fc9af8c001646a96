"""A real search, three of its architectures trained from scratch by real engines, their order compared."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.process.runs import list_runs
from engine.record.home import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
TINY = (
    "child.layers=6",
    "child.filters=4",
    "data.num_train=64",
    "data.num_val=32",
    "data.num_test=32",
    "controller.updates=2",
    "evaluation.candidates=4",
)


def command(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    """`ssp-tui ...` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ssp_tui", "--home", str(home.path), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def ids_of(said: subprocess.CompletedProcess[str]) -> list[str]:
    assert said.returncode == 0, said.stderr
    return [run["id"] for run in json.loads(said.stdout)["runs"]]


def test_a_search_is_derived_from_ranked_and_exported_by_real_engines(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    settings = [word for setting in TINY for word in ("--set", setting)]
    flags = ["--epochs", "2", "--device", "cpu", "--follow", "--json"]
    (search,) = ids_of(command(home, "launch", "small-original", *settings, *flags))
    derived = ids_of(command(home, "derive", search, "--sample", "3", *flags))
    assert len(set(derived)) == 3
    rows = {row.run_id: row for row in list_runs(home)}
    assert {row.derived_of for row in rows.values()} == {"", search}
    assert all(row.status.state == "finished" for row in rows.values())
    said = command(home, "rank", search, "--json")
    assert said.returncode == 0, said.stderr
    (found,) = json.loads(said.stdout)["rankings"]
    ranked: list[dict[str, Any]] = found["ranking"]["ranked"]
    assert sorted(run_id for each in ranked for run_id in each["run_ids"]) == sorted(derived)
    finals = sorted(1 - (rows[run_id].summary.ending.test_error_inert) for run_id in derived)  # type: ignore[union-attr]
    assert sorted(each["scratch_inert"] for each in ranked) == pytest.approx(finals)
    assert all((each["shared_inert"] * 32) % 1 == pytest.approx(0) for each in ranked)  # every image once
    tau = found["correlations"]["shared_inert"]["scratch_inert"]["tau"]
    assert tau == "NaN" or -1 <= tau <= 1
    out = tmp_path / "out"
    exported = command(home, "export", derived[0], search, "--architecture", str(out))
    assert exported.returncode == 0, exported.stderr
    assert len(list(out.glob("network_*.py"))) == 3
    assert "is a derived run: name the search" in command(home, "rank", derived[0]).stderr

"""`ssp-tui scan` measures in a process of its own and prints one line an operation."""

from pathlib import Path

import pytest

from engine.net.scan import scan
from engine.plan.presets import resolve_config
from ssp_tui.cli.scan import tell_scan
from tests.ssp_tui.cli.commands import Commands, write_toml

SPACE = """
dataset = "synthetic"
[child]
filters = 2
[space]
base = ["conv3x3", "maxpool3x3"]
[[space.poison]]
op = "dropout"
copies = 36
[[space.poison]]
op = "transposed_conv"
"""


def test_every_operation_has_its_line_of_evidence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tell_scan(scan(resolve_config(write_toml(tmp_path / "mine.toml", SPACE), {"seed": 4}, [])))
    out = capsys.readouterr().out
    flags = {line.split()[1]: line for line in out.splitlines() if line.startswith(("FLAG", "ok"))}
    assert {name for name, line in flags.items() if line.startswith("FLAG")} == {"dropout", "tconv3x3"}
    assert "x36  in training its output is 0 of its input" in flags["dropout"]
    assert "linear" in flags["tconv3x3"]
    assert "2 of 4 operations flagged" in out
    near = out.partition("not flagged, the nearest to it first:\n")[2]
    assert {line.split()[0] for line in near.splitlines()[1:]} == {"conv3x3", "maxpool3x3"}


def test_as_json_it_gives_every_measure_and_a_flag_is_no_failure(commands: Commands, tmp_path: Path) -> None:
    said = commands("scan", write_toml(tmp_path / "mine.toml", SPACE), "--filters", "4", "--json")
    assert (said.code, said.err) == (0, "")
    found = said.json()
    assert (found["version"], found["filters"]) == (1, 4)
    by_label = {each["operation"]["label"]: each for each in found["operations"]}
    assert by_label["dropout p1"]["flagged"] is True
    assert by_label["dropout p1"]["evidence"][0]["measure"] == "output_size"
    assert by_label["conv3x3"]["nearest"]["times_away"] > 1


def test_a_mistake_is_told_before_anything_is_measured(commands: Commands) -> None:
    said = commands("scan", "one-shot-2", "--filters", "7")
    assert (said.code, said.out) == (2, "")
    assert "child.filters = 7 is not allowed: an even number" in said.err

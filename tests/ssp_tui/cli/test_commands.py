"""What each command prints, for people and for programs."""

import csv
import dataclasses
import io
import json
import math
from pathlib import Path

import pytest

from engine.process.main import run_engine
from engine.record.events import Warned
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.measures import RewardMeasures
from ssp_tui.cli.follow import follow_runs
from tests.fakes import FakeSearch, fake_break, fake_epoch, fake_started
from tests.ssp_tui.cli.commands import Commands, write_toml


def test_presets_are_listed_beside_the_papers_figures(commands: Commands) -> None:
    lines = commands("presets").out.splitlines()
    assert " ".join(lines[0].split()) == "NAME PAPER SPACE Q CARD DATASET EPOCHS VAL TEST TITLE"
    [row] = [line for line in lines if line.startswith("5b ")]
    assert " 6 36 cifar10 300 55.06 % 56.02 % " in " ".join(row.split())


def test_presets_as_data_carry_a_version_and_fractions(commands: Commands) -> None:
    data = commands("presets", "--json").json()
    assert data["version"] == 1
    [preset] = [preset for preset in data["presets"] if preset["name"] == "one-shot-2"]
    assert (preset["cardinality"], preset["q"], preset["paper_test_error"]) == (2, 1, 0.9)


def test_presets_of_ones_own_are_listed_marked_shown_and_launched_by_name(commands: Commands) -> None:
    folder = commands.home.presets_folder
    folder.mkdir(parents=True)
    write_toml(folder / "mine.toml", 'extends = "demo-clean"\nepochs = 4\npaper = { row = "Table 9" }\n')
    write_toml(folder / "original.toml", "epochs = 4\n")
    write_toml(folder / "wrong.toml", "epoch = 4\n")
    lines = [" ".join(line.split()) for line in commands("presets").out.splitlines()]
    mine, hidden, wrong = [line for line in lines if " own " in line]
    assert mine == "mine own enas6 - 0 synthetic 4 - - Demo: the clean search"
    assert hidden.endswith(f"refused: a preset of this name ships: launch {folder / 'original.toml'}")
    assert "refused: unknown key epoch (did you mean epochs?)" in wrong
    marks = {each["name"]: each["own"] for each in commands("presets", "--json").json()["presets"]}
    assert (marks["mine"], marks["wrong"], marks["one-shot-2"]) == (True, True, False)
    assert "epochs = 4" in commands("show", "mine").out
    run_id = commands("launch", "mine").out.strip()
    assert commands.home.run_folder(run_id).read_config().epochs == 4
    assert "epochs = 300" in commands("show", "original").out
    assert "did you mean mine?" in commands("launch", "mime").err
    assert "did you mean mine?" in commands("show", "mime").err
    assert commands("launch", "wrong").code == 2


def test_a_preset_is_shown_resolved_and_can_be_launched_from_what_was_shown(
    commands: Commands, tmp_path: Path
) -> None:
    shown = commands("show", "one-shot-2")
    assert "floor" in shown.out
    again = commands("show", write_toml(tmp_path / "again.toml", shown.out))
    assert again.out == shown.out
    assert commands("show", "one-shot-2", "--json").json()["cardinality"] == 2


def test_launch_prints_ids_and_creates_queued_runs(commands: Commands) -> None:
    said = commands("launch", "demo-clean", "--seed", "5", "--seeds", "3", "--epochs", "1")
    assert said.code == 0
    ids = said.out.split()
    assert [run_id.rsplit("-", 2)[0] for run_id in ids] == [f"demo-clean-s{seed}" for seed in (5, 6, 7)]
    rows = commands("runs", "--json").json()["runs"]
    assert [(row["id"], row["state"], row["seed"], row["epochs"]) for row in rows] == [
        (run_id, "queued", seed, 1) for run_id, seed in zip(ids, (5, 6, 7), strict=True)
    ]


def test_launch_as_data(commands: Commands) -> None:
    data = commands("launch", "demo-clean", "--json").json()
    assert data["version"] == 1
    [run] = data["runs"]
    assert (commands.home.runs_folder / run["id"]) == Path(run["folder"])


def test_a_flag_beats_the_file_and_the_file_its_preset(commands: Commands, tmp_path: Path) -> None:
    path = write_toml(tmp_path / "mine.toml", 'extends = "demo-clean"\nepochs = 4\nseed = 3\n')
    run_id = commands("launch", path, "--seed", "9", "--set", "child.momentum=0.5").out.strip()
    config = commands.home.run_folder(run_id).read_config()
    assert (config.epochs, config.seed, config.child.momentum, config.dataset) == (4, 9, 0.5, "synthetic")


def test_runs_are_listed_and_filtered(commands: Commands) -> None:
    finished, other = commands.make_run(finished=True), commands.make_run(seed=70)
    lines = commands("runs").out.splitlines()
    assert lines[1].startswith(finished.run_id)
    assert "finished    3/3  50.00 %  50.00 %" in lines[1]
    [row] = commands("runs", "--json", "--filter", "state!=finished").json()["runs"]
    assert (row["id"], row["state"], row["val_error"]) == (other.run_id, "stopped", None)


def test_an_empty_home_has_no_runs_and_is_not_made(commands: Commands) -> None:
    assert commands("runs").code == 0
    assert commands("runs", "--json").json() == {"version": 1, "runs": []}
    assert not commands.home.path.exists()


def test_a_run_is_shown_with_its_verdict_errors_floor_and_plots(commands: Commands) -> None:
    space = {"poison": [{"op": "dropout", "p": 1.0, "copies": 6}]}
    run = commands.make_run(finished=True, space=space)
    out = commands("show", run.run_id, "--plots").out
    for text in (
        "state            finished",
        "LEARNING: validation error 50.00 % (mean of the last 3 epochs), chance is 90.00 %",
        "poison active    val 50.00 %, test 50.00 %",
        "poison inert     val 50.00 %, test 50.00 %",
        "0 of 3 layers in this epoch's children, floor 0.142",
        "error by epoch, %",
        "gradient norm by epoch",
    ):
        assert text in out
    assert "\x1b" not in out  # no terminal, no colours


def test_a_run_is_shown_with_what_a_layer_of_each_operation_is_worth(commands: Commands) -> None:
    run = commands.make_run()
    journal = run.open_journal()
    journal.append(fake_started())
    epoch = fake_epoch()
    sums = RewardMeasures(60, 0.4, 0.6, (2.0,) * 6, (100.0,) * 6, (2.0, 1.0, 0.0, 0.5, -0.5, -3.0))
    journal.append(dataclasses.replace(epoch, controller=dataclasses.replace(epoch.controller, rewards=sums)))
    # Slope 2 / 100, residuals 0.6 - 0.04 over 58 degrees of freedom and 100.
    error = math.sqrt(0.56 / 58 / 100)
    rows = [" ".join(line.split()) for line in commands("show", run.run_id).out.splitlines()]
    assert f"conv3x3 - 1 +2.00 {100 * error:.2f} {0.02 / error:.2f} +0.03 to +3.97" in rows
    first = commands("show", run.run_id, "--json").json()["marginal_rewards"][0]
    assert (first["operation"], first["poisoned"], first["num_degrees"]) == ("conv3x3", False, 58)
    assert (first["slope"], first["standard_error"]) == pytest.approx((0.02, error))


def test_a_run_whose_journal_tells_no_rewards_says_so(commands: Commands) -> None:
    run = commands.make_run(finished=True)
    assert "no marginal rewards: this journal does not say" in commands("show", run.run_id).out
    assert commands("show", run.run_id, "--json").json()["marginal_rewards"][0]["slope"] is None


def test_a_collapsed_run_is_shown_without_its_nan(commands: Commands) -> None:
    run = commands.make_run()
    journal = run.open_journal()
    for event in (fake_started(), fake_break(), fake_epoch(0, float("nan"), float("nan"), 1.0, (0.1, 0.1))):
        journal.append(event)
    out = commands("show", run.run_id, "--plots").out
    assert "COLLAPSED since epoch 0" in out
    assert "first gradient not finite: epoch 0, step 23" in out
    assert "error by epoch, %: no finite value" in out
    data = commands("show", run.run_id, "--json").json()
    assert data["last_epoch"]["evaluation"]["val_error"] == "NaN"
    assert data["verdict"]["word"] == "COLLAPSED"


def test_events_for_people_and_for_programs(commands: Commands) -> None:
    run = commands.make_run(finished=True)
    lines = commands("events", run.run_id).out.splitlines()
    assert len(lines) == 5
    assert "epoch 1: val 50.00 %, test 50.00 %" in lines[2]
    events = [json.loads(line) for line in commands("events", run.run_id, "--json").out.splitlines()]
    assert [event["event"] for event in events] == ["run_started"] + 3 * ["epoch_finished"] + ["run_finished"]
    assert events[0]["v"] == 1


def test_events_are_followed_until_the_run_is_over(commands: Commands) -> None:
    run = commands.make_run(finished=True)
    assert len(commands("events", run.run_id, "-f").out.splitlines()) == 5


def test_broken_lines_are_reported_beside_the_events(commands: Commands) -> None:
    run = commands.make_run(finished=True)
    with run.journal_path.open("a") as file:
        file.write("broken\n")
    assert "1 broken lines passed over" in commands("events", run.run_id).err


def test_a_log_is_printed_without_what_a_terminal_would_obey(commands: Commands) -> None:
    run = commands.make_run()
    assert commands("logs", run.run_id).code == 2
    run.log_path.write_bytes(b"plain\n\x1b]0;title\x07\x1b[31mred\xff\n" + b"x" * 100_000 + b"\n[/markup]\n")
    lines = commands("logs", run.run_id).out.splitlines()
    assert lines[:2] == ["plain", "red\ufffd"]
    assert lines[-1] == "[/markup]"
    assert max(map(len, lines)) <= 2000


def test_hostile_warnings_and_names_reach_no_terminal(commands: Commands) -> None:
    run = commands.make_run(name="[/] [bold]x", title="[@click=app.quit]")
    journal = run.open_journal()
    journal.append(fake_started())
    journal.append(Warned("\x1b]0;title\x07[/] \u202eevil\x9b31m"))
    journal.append(fake_epoch(0))
    for arguments in (
        ["show", run.run_id],
        ["events", run.run_id],
        ["runs"],
        ["export", run.run_id, "--csv"],
    ):
        out = commands(*arguments).out
        assert all(line.isprintable() for line in out.splitlines()), arguments
    assert "[/] [bold]x" in commands("show", run.run_id).out


def test_csv_has_one_line_an_epoch_and_every_number(commands: Commands) -> None:
    runs = [commands.make_run(finished=True, seed=seed) for seed in (1, 2)]
    said = commands("export", *(run.run_id for run in runs), "--csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [(row["run"], row["epoch"]) for row in rows] == [
        (run.run_id, str(epoch)) for run in runs for epoch in range(3)
    ]
    assert float(rows[0]["val_error"]) == 0.5
    assert {"gradient_norm_max", "nan_parameter_share", "op_entropy", "images_per_second"} <= rows[0].keys()


def test_stop_resume_and_rm_do_what_they_say(commands: Commands) -> None:
    run = commands.make_run()
    assert commands("resume", run.run_id).out == f"{run.run_id}: queued\n"
    assert commands("stop", run.run_id).out == f"{run.run_id}: taken off the queue\n"
    assert commands("rm", run.run_id).code == 2  # no terminal to ask on
    assert run.path.exists()
    assert commands("rm", run.run_id[:8], "--yes").out == f"{run.run_id}: removed\n"
    assert not run.path.exists()


def test_nothing_is_done_when_one_of_several_runs_is_unknown(commands: Commands) -> None:
    run = commands.make_run()
    assert commands("rm", run.run_id, "nothing", "--yes").code == 2
    assert run.path.exists()


def test_following_ends_with_the_verdict_and_a_code(commands: Commands) -> None:
    lines: list[str] = []
    finished, failed = commands.make_run(finished=True), commands.make_run()
    assert follow_runs(commands.home, [finished], lines.append) == 0
    verdict = "LEARNING: validation error 50.00 % (mean of the last 3 epochs), chance is 90.00 %"
    assert lines[-1] == f"{finished.run_id}  {verdict}"
    run_engine(failed, FakeSearch(error=ValueError("the reason")))
    assert follow_runs(commands.home, [finished, failed], lines.append) == 1
    assert any("failed: the reason" in line for line in lines)


def test_the_demo_without_a_terminal_says_what_became_of_both(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_both(_home: object, folders: list[RunFolder], _say: object) -> int:
        for folder in folders:
            run_engine(folder, FakeSearch())
        return 0

    monkeypatch.setattr("ssp_tui.cli.follow.follow_runs", run_both)
    said = commands("demo", "--headless", "--seed", "3")
    assert said.code == 0
    last = said.out.splitlines()[-2:]
    assert [line.rsplit("-", 2)[0] for line in (each.split(":")[0] for each in last)] == [
        "demo-clean-s3",
        "demo-one-shot-s3",
    ]
    assert "test error 50.00 %" in last[0]


def test_doctor_says_what_works(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.process.doctor.ask_torch", lambda: "No module named 'torch'")
    said = commands("doctor", "--json")
    assert said.code == 1
    findings = {finding["topic"]: finding for finding in said.json()["findings"]}
    assert findings["torch"]["level"] == "error"
    assert findings["home"]["level"] in ("ok", "warning")
    assert "FAIL  torch" in commands("doctor").out


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_names_every_command(commands: Commands, shell: str) -> None:
    out = commands("completion", shell).out
    assert "launch" in out
    assert "doctor" in out


def test_the_journal_is_left_as_it_was_by_every_reading_command(commands: Commands) -> None:
    run = commands.make_run(finished=True)
    before = run.journal_path.read_bytes()
    for arguments in (
        ["show", run.run_id],
        ["runs"],
        ["events", run.run_id],
        ["export", run.run_id, "--csv"],
    ):
        assert commands(*arguments).code == 0
    assert run.journal_path.read_bytes() == before
    assert len(read_state(run.journal_path).epochs) == 3

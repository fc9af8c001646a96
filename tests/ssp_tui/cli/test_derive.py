"""`derive` and `rank`: which architecture becomes a run, how it is told from a search, what is refused."""

import tomllib

import pytest

from engine.process.main import run_engine
from engine.record.folder import RunFolder
from tests.fakes import ARCHITECTURE, FakeSearch
from tests.ssp_tui.cli.commands import Commands


def derived_run(commands: Commands, search: RunFolder, *arguments: str) -> RunFolder:
    said = commands("derive", search.run_id, *arguments)
    assert said.code == 0, said.err
    return commands.home.run_folder(said.out.strip())


def test_the_best_of_the_last_epoch_becomes_a_queued_run_with_a_whole_configuration(
    commands: Commands,
) -> None:
    search = commands.make_run(finished=True)
    folder = derived_run(commands, search)
    config = folder.read_config()
    assert folder.is_queued
    assert config.derived is not None
    assert (config.derived.of, config.derived.epoch, config.derived.candidate) == (search.run_id, 2, 0)
    assert config.derived.architecture == ARCHITECTURE
    assert config.derived.accuracy == 0.5
    assert config.epochs == search.read_config().epochs
    table = tomllib.loads(folder.config_path.read_text())
    assert table["derived_of"] == search.run_id
    assert table["derived"]["outputs"] == [0, 1, 2]


def test_epoch_candidate_epochs_seed_and_settings_are_taken(commands: Commands) -> None:
    search = commands.make_run(finished=True)
    flags = ("--epoch", "1", "--candidate", "1", "--epochs", "7", "--seed", "4", "--set", "child.l2=0")
    config = derived_run(commands, search, *flags).read_config()
    assert config.derived is not None
    assert (config.derived.epoch, config.derived.candidate, config.derived.accuracy) == (1, 1, 0.4)
    assert (config.epochs, config.seed, config.child.l2) == (7, 4, 0)


def test_a_derived_runs_configuration_launches_the_same_run_again(commands: Commands) -> None:
    folder = derived_run(commands, commands.make_run(finished=True))
    said = commands("launch", str(folder.config_path))
    assert said.code == 0, said.err
    assert (
        commands.home.run_folder(said.out.strip()).config_path.read_bytes() == folder.config_path.read_bytes()
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--epoch", "3"), "--epoch 3 is not allowed: run RUN finished 0 to 2"),
        (("--candidate", "2"), "--candidate 2 is not allowed: epoch 2 of run RUN evaluated 2, 0 to 1"),
        (("--candidate", "-1"), "--candidate -1 is not allowed"),
        (("--sample", "2"), "--sample 2 is not allowed: epoch 2 of run RUN evaluated 1 different"),
        (("--sample", "1", "--candidate", "0"), "--sample and --candidate exclude each other"),
        (("--set", "controller.updates=2"), "a derived run takes this from its search"),
        (("--set", "child.layers=4"), "a derived run takes this from its search"),
        (("--epochs", "0"), "epochs = 0 is not allowed"),
        (("--device", "gpu"), "engine.device = 'gpu'"),
    ],
)
def test_what_cannot_be_derived_is_refused_in_one_line_and_nothing_is_made(
    commands: Commands, flags: tuple[str, ...], words: str
) -> None:
    search = commands.make_run(finished=True)
    said = commands("derive", search.run_id, *flags)
    assert said.code == 2
    assert words.replace("RUN", search.run_id) in said.err
    assert said.err.count("\n") == 1
    assert commands.home.run_ids() == [search.run_id]


def test_neither_a_run_without_an_epoch_nor_a_derived_one_can_be_derived(commands: Commands) -> None:
    unbegun = commands.make_run()
    assert "has no finished epoch yet" in commands("derive", unbegun.run_id).err
    derived = derived_run(commands, commands.make_run(finished=True))
    said = commands("derive", derived.run_id)
    assert said.code == 2
    assert "is itself derived, of" in said.err


def test_a_reader_may_not_derive(commands: Commands) -> None:
    search = commands.make_run(finished=True)
    assert "--readonly changes nothing" in commands("--readonly", "derive", search.run_id).err


def rewrite_last_layer(search: RunFolder, output: int, in_first_of_each_line: bool) -> None:
    """Have the journal's candidates, or the first of each epoch, end in another operation."""
    old, new = '"outputs":[0,1,2]', f'"outputs":[0,1,{output}]'
    text = search.journal_path.read_text()
    assert old in text
    lines = text.splitlines(keepends=True)
    times = 1 if in_first_of_each_line else -1
    search.journal_path.write_text("".join(line.replace(old, new, times) for line in lines))


def test_a_sample_is_one_run_for_each_different_architecture(commands: Commands) -> None:
    search = commands.make_run(finished=True)
    rewrite_last_layer(search, 1, in_first_of_each_line=True)
    said = commands("derive", search.run_id, "--sample", "2", "--json")
    assert said.code == 0, said.err
    made = [commands.home.run_folder(run["id"]).read_config().derived for run in said.json()["runs"]]
    assert [each.architecture.outputs for each in made if each] == [(0, 1, 1), (0, 1, 2)]


def test_a_derived_runs_errors_are_called_final_and_a_searchs_are_not(commands: Commands) -> None:
    search = commands.make_run(finished=True)
    derived = derived_run(commands, search)
    assert run_engine(derived, FakeSearch()) == 0
    shown = commands("show", derived.run_id).out
    assert f"of {search.run_id}, epoch 2, candidate 0: one architecture from scratch, no controller" in shown
    assert "final (from scratch) errors" in shown
    assert "final (from scratch) test error  50.00 %" in shown
    assert "uniform policy" not in shown
    assert "marginal reward" not in shown
    assert commands("show", derived.run_id, "--json").json()["marginal_rewards"] == []
    assert "1 conv3x3, 2 sepconv3x3 <1, 3 conv5x5 <1,2" in shown
    of_search = commands("show", search.run_id).out
    assert "final" not in of_search
    assert "last test error" in of_search
    listed = commands("runs").out
    assert listed.count(f"derived of {search.run_id}, errors final (from scratch)") == 1
    rows = commands("runs", "--json").json()["runs"]
    assert {row["id"]: row["derived_of"] for row in rows} == {
        search.run_id: None,
        derived.run_id: search.run_id,
    }
    only = commands("runs", "--filter", f"derived={search.run_id}", "--json").json()["runs"]
    assert [row["id"] for row in only] == [derived.run_id]
    exported = commands("export", derived.run_id, "--csv").out.splitlines()
    assert exported[0].split(",")[5] == "derived_of"
    assert exported[1].split(",")[5] == search.run_id


def test_a_rank_needs_three_finished_derived_runs_of_a_search(commands: Commands) -> None:
    search = commands.make_run(finished=True)
    derived = derived_run(commands, search)
    said = commands("rank", search.run_id)
    assert said.code == 2
    assert "has 0 architectures of its last epoch trained from scratch: tau needs 3" in said.err
    assert run_engine(derived, FakeSearch()) == 0
    assert "has 1 architectures" in commands("rank", search.run_id).err
    assert "is a derived run: name the search it is of" in commands("rank", derived.run_id).err


def test_a_journal_whose_architectures_are_of_another_space_derives_nothing(commands: Commands) -> None:
    search = commands.make_run(finished=True)
    rewrite_last_layer(search, 77, in_first_of_each_line=False)
    said = commands("derive", search.run_id)
    assert said.code == 2
    assert "derived.outputs: 77 is not allowed: 0 to 5" in said.err
    assert commands.home.run_ids() == [search.run_id]

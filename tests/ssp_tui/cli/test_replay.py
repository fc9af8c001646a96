"""`ssp-tui replay` does the steps again in a process of its own, and says whether they break alike."""

from engine.process.main import run_engine
from engine.record.folder import RunFolder
from tests.ssp_tui.cli.commands import Commands

SPACE = {
    "poison": [
        {"op": "dropout", "p": 1.0, "copies": 36},
        {"op": "conv", "kernel": 3, "dilation": 50, "copies": 36},
    ]
}


def broken_run(commands: Commands) -> RunFolder:
    folder = commands.make_run(
        seed=4,
        epochs=1,
        space=SPACE,
        child={"layers": 12, "filters": 4, "batch_size": 4},
        data={"num_train": 16, "num_val": 4, "num_test": 4},
    )
    assert run_engine(folder) == 0
    return folder


def test_the_event_happens_again_bit_for_bit(commands: Commands) -> None:
    folder = broken_run(commands)
    said = commands("replay", folder.run_id)
    assert said.code == 0, said
    assert "the same event again, bit for bit" in said.out
    assert "zero-variance BNs, as the gradient met them" in said.out
    assert "from the start of the run" in said.err


def test_a_run_without_an_event_and_an_event_it_has_not_are_refused(commands: Commands) -> None:
    run = commands.make_run(finished=True)
    said = commands("replay", run.run_id)
    assert (said.code, said.out) == (2, "")
    assert "there is nothing to replay" in said.err

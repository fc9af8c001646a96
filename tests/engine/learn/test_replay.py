"""A run's steps done again break where they broke, bit for bit, from whatever checkpoint is left."""

import dataclasses
import math
from pathlib import Path

import pytest

from engine.learn.checkpoint import checkpoints_of, load_checkpoint
from engine.learn.replay import replay
from engine.plan.config import RunConfig
from engine.record.events import NumericsBroke
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.replay import differing_fields
from tests.builders import DROPOUT, STRETCHED, poison_table, run_once, small_config

DATA = Path("no-data-needed")


def late_config() -> RunConfig:
    """A null step in its first epoch, and in its second a gradient that is not finite."""
    return small_config(
        seed=5,
        epochs=4,
        space=poison_table(36, STRETCHED, DROPOUT),
        child={"layers": 12, "batch_size": 4},
        data={"num_train": 16, "num_val": 4, "num_test": 4},
        controller={"updates": 1, "samples_per_update": 2},
        evaluation={"candidates": 2},
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = RunFolder.create(tmp_path_factory.mktemp("runs") / "run", late_config())
    run_once(folder.read_config(), folder)
    return folder


def event_of(folder: RunFolder, what: str = "gradient") -> NumericsBroke:
    (event,) = [event for event in read_state(folder.journal_path).broke if event.what == what]
    return event


def test_the_checkpoint_before_the_first_event_of_each_kind_is_kept(finished: RunFolder) -> None:
    event = event_of(finished)
    assert event.epoch == 1
    assert event.first_null_step == event_of(finished, "null_step").step
    epochs = read_state(finished.journal_path).epochs[:2]
    assert (
        event.num_null_steps == sum(epoch.nonfinite.num_null_steps for epoch in epochs) > 0
    )  # none is later
    steps = {
        path.name: load_checkpoint(path)["state"]["num_child_steps"]
        for path in checkpoints_of(finished.checkpoint_folder)
    }
    kept = {name: step for name, step in steps.items() if name.startswith("kept-")}
    assert min(kept.values()) == 4 * event.epoch
    assert len(steps) == len(kept) + 2


def test_a_replay_from_the_kept_checkpoint_is_the_same_event_bit_for_bit(finished: RunFolder) -> None:
    event, said = event_of(finished), list[str]()
    before = sorted(path.name for path in finished.path.rglob("*"))
    again = replay(finished, event, DATA, said.append)
    assert again.checkpoint.startswith("kept-")
    assert again.from_step == 4 * event.epoch
    assert again.event is not None
    assert differing_fields(event, again.event) == ()
    assert "steps are done again, from kept-" in said[0]
    assert sorted(path.name for path in finished.path.rglob("*")) == before


def test_without_a_checkpoint_it_begins_at_the_start_and_says_so(finished: RunFolder, tmp_path: Path) -> None:
    bare = RunFolder(tmp_path / "bare")
    bare.path.mkdir()
    bare.config_path.write_bytes(finished.config_path.read_bytes())
    event, said = event_of(finished), list[str]()
    again = replay(bare, event, DATA, said.append)
    assert (again.from_step, again.checkpoint) == (0, "")
    assert again.event is not None
    assert differing_fields(event, again.event) == ()
    assert said[0].startswith(f"no checkpoint from before step {event.step} is kept")


def test_an_event_that_never_was_does_not_happen_again(finished: RunFolder) -> None:
    event = dataclasses.replace(event_of(finished), step=1)
    assert replay(finished, event, DATA, lambda _: None).event is None


def test_what_an_old_record_does_not_hold_is_not_compared_and_nan_equals_nan() -> None:
    event = NumericsBroke(
        *("gradient", 0, 3, 3, None, 18, "nan", "backward", 2, "conv", "layers.2"),  # type: ignore[arg-type]
        gradient_norm=math.nan,
        gradient_norm_by_layer=(math.nan, 1.0),
        activation_gradient_by_layer=(1.0,),
    )
    newer = dataclasses.replace(event, overflow="entry", num_bad_entries=7, largest_gradient=3.0)
    assert differing_fields(event, newer) == ()
    assert differing_fields(newer, event) == ("overflow", "largest_gradient", "num_bad_entries")
    assert differing_fields(event, dataclasses.replace(event, step=4)) == ("step",)

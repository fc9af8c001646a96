"""Each defence does what it says on a hand-made step, and nothing while it is off."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.learn.defences import Guard, Reaction
from engine.plan.config import RunConfig
from engine.plan.defences import Defences
from engine.record.encoding import from_plain, to_plain
from engine.record.events import EpochFinished
from engine.record.measures import NO_DEFENCES
from tests.builders import (
    DROPOUT,
    STRETCHED,
    StopAfter,
    folder_at,
    poison_table,
    run_once,
    search_of,
    small_config,
)

LR = 0.1
FINE = torch.tensor(1.0)


def guarded(**defences: Any) -> Guard:
    search = search_of(small_config())
    search.weights.used.fill_(True)
    search.weights.unused_parts.clear()
    return Guard(search.weights, Defences(**defences))


def weights_of(guard: Guard) -> list[Tensor]:
    weights = guard._weights
    return [weights.values.clone(), weights.momentum.clone(), weights.used.clone()]


def step(guard: Guard, gradient: float, number: int, loss: Tensor = FINE) -> Reaction:
    """One update in which every gradient entry has this value."""
    weights = guard._weights
    weights.gradients.fill_(gradient)
    return guard.update(loss, weights.gradient_norm(), LR, number)


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("gradient", [math.nan, math.inf, 1e20], ids=["nan", "inf", "norm alone"])
def test_skipping_leaves_weights_and_momentum_alone_where_the_norm_is_not_finite(gradient: float) -> None:
    guard = guarded(skip_nonfinite=True)
    step(guard, 0.1, 0)
    before = weights_of(guard)
    assert step(guard, gradient, 1) == Reaction(is_skipped=True)
    assert same(weights_of(guard), before)
    assert step(guard, 0.1, 2) == Reaction()
    assert not same(weights_of(guard), before)


def test_without_skipping_a_norm_that_alone_overflows_decays_and_nan_spoils() -> None:
    guard = guarded()
    before = weights_of(guard)
    step(guard, 1e20, 0)
    assert not same(weights_of(guard), before)
    step(guard, math.nan, 1)
    assert guard._weights.values.isnan().all()


def test_a_rollback_brings_back_the_weights_and_momentum_of_the_last_snapshot() -> None:
    guard = guarded(rollback=True, rollback_interval=3)
    for number in range(3):
        step(guard, 0.1, number)
    snapshot = weights_of(guard)
    step(guard, 0.1, 3)
    assert not same(weights_of(guard), snapshot)
    assert step(guard, math.nan, 4) == Reaction(rolled_back_to=3)
    assert same(weights_of(guard), snapshot)


def test_before_the_first_snapshot_is_due_a_rollback_goes_to_the_first_weights() -> None:
    guard = guarded(rollback=True)
    first = weights_of(guard)
    step(guard, 0.1, 0)
    assert step(guard, math.nan, 1) == Reaction(rolled_back_to=0)
    assert same(weights_of(guard), first)


def test_a_loss_that_is_not_finite_is_rolled_back_though_the_weights_are() -> None:
    guard = guarded(rollback=True)
    first = weights_of(guard)
    assert step(guard, 0.1, 0, loss=torch.tensor(math.nan)) == Reaction(rolled_back_to=0)
    assert same(weights_of(guard), first)


def test_a_null_step_is_no_reason_to_roll_back() -> None:
    guard = guarded(rollback=True)
    assert step(guard, 1e20, 0) == Reaction()


def test_branches_first_used_after_the_snapshot_are_unused_again() -> None:
    search = search_of(small_config(defences={"rollback": True}))
    weights, guard = search.weights, search.guard
    part = search.child.layer(0).operations[0]
    weights.mark_used([part])
    weights.gradients.fill_(math.nan)
    guard.update(FINE, weights.gradient_norm(), LR, 0)
    assert not weights.used.any()
    assert part in weights.unused_parts


def collapsing(**defences: Any) -> RunConfig:
    """Twelve layers that turn into NaN within the first of two epochs of 10 steps."""
    return small_config(
        seed=1,
        space=poison_table(36, STRETCHED, DROPOUT),
        child={"layers": 12, "batch_size": 4, "keep_prob": 0.9},
        data={"num_train": 40, "num_val": 8, "num_test": 4},
        defences=defences,
    )


def without_times(events: list[Any]) -> list[str]:
    finished = [each for each in events if isinstance(each, EpochFinished)]
    return [json.dumps({**to_plain(each), "times": None}, sort_keys=True) for each in finished]


def poisoned(name: str) -> RunConfig:
    """A small search under poison, defended in its space."""
    return small_config(space=poison_table(9, STRETCHED, DROPOUT), defences={name: True})


DEFENDED = [
    collapsing(skip_nonfinite=True),
    collapsing(rollback=True, rollback_interval=3),
    poisoned("drop_duplicates"),
    poisoned("factorised_controller"),
]


@pytest.mark.parametrize("config", DEFENDED, ids=["skip", "rollback", "duplicates", "factorised"])
def test_a_defended_run_that_is_stopped_and_resumed_equals_one_that_was_not(
    config: RunConfig, tmp_path: Path
) -> None:
    whole, events, _ = run_once(config, folder_at(tmp_path / "whole"))
    folder = folder_at(tmp_path / "parts")
    _, first, done = run_once(config, folder, StopAfter(4))
    assert not done
    parts, second, _ = run_once(config, folder)
    assert without_times(first + second) == without_times(events)
    assert torch.equal(whole.weights.values, parts.weights.values)
    assert torch.equal(whole.weights.momentum, parts.weights.momentum)
    ours, theirs = whole.guard.saved(), parts.guard.saved()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(torch.as_tensor(ours[name]), torch.as_tensor(theirs[name])) for name in ours)


def epochs_of(config: RunConfig, tmp_path: Path) -> list[EpochFinished]:
    return [each for each in run_once(config, folder_at(tmp_path))[1] if isinstance(each, EpochFinished)]


def test_undefended_it_is_nan_and_defended_it_is_not_and_the_epoch_says_what_was_done(tmp_path: Path) -> None:
    bare = epochs_of(collapsing(), tmp_path / "bare")
    assert bare[-1].nonfinite.nan_parameter_share > 0.3
    assert all(epoch.defences == NO_DEFENCES for epoch in bare)
    skipping = epochs_of(collapsing(skip_nonfinite=True), tmp_path / "skipping")
    for epoch in skipping:
        found = epoch.nonfinite
        assert found.nan_parameter_share == 0
        assert epoch.defences.num_skipped == found.num_null_steps + found.num_nan_steps > 0
        assert len(epoch.defences.skipped_steps) == epoch.defences.num_skipped
    rolling = epochs_of(collapsing(rollback=True, rollback_interval=3), tmp_path / "rolling")
    for epoch in rolling:
        did = epoch.defences
        assert epoch.nonfinite.nan_parameter_share == 0
        assert did.num_rollbacks == epoch.nonfinite.num_nan_steps > 0
        pairs = list(zip(did.rollback_steps, did.rollback_targets, strict=True))
        assert all(0 <= back <= at and at - back < 3 + 3 for at, back in pairs)
        assert did.num_undone == sum(at + 1 - back for at, back in pairs)


@pytest.mark.parametrize("name", ["skip_nonfinite", "rollback", "drop_duplicates"])
def test_where_nothing_breaks_and_nothing_is_there_twice_a_defence_changes_no_bit(
    name: str, tmp_path: Path
) -> None:
    config = small_config(space=poison_table(1, {"op": "gaussian", "sigma": 10.0}))
    bare = run_once(config, folder_at(tmp_path / "bare"))
    guarded = dataclasses.replace(config, defences=dataclasses.replace(Defences(), **{name: True}))
    other = run_once(guarded, folder_at(tmp_path / "guarded"))
    assert without_times(bare[1]) == without_times(other[1])
    assert torch.equal(bare[0].weights.values, other[0].weights.values)


def test_an_epoch_told_before_there_were_defences_loads_as_one_without() -> None:
    line = Path("tests/streams/collapsed/events.jsonl").read_text().splitlines()
    plain = next(json.loads(each) for each in line if '"event":"epoch_finished"' in each)
    assert "defences" not in plain
    assert from_plain(EpochFinished, plain).defences == NO_DEFENCES

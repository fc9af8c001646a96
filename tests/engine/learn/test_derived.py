"""A derived run: one architecture and no controller, and all that a search keeps to: seed, stops, breaks."""

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from engine.learn.search import Search
from engine.net.fixed_child import FixedChild
from engine.net.population import Population
from engine.plan.architecture import Architecture, zero_variance_chain
from engine.plan.config import RunConfig
from engine.plan.derivation import derived_config
from engine.plan.derived import Derived
from engine.record.events import EpochFinished, NumericsBroke, RunFinished
from tests.builders import (
    DROPOUT,
    STRETCHED,
    Recorder,
    StopAfter,
    chain_of,
    folder_at,
    never,
    poison_table,
    randomise_norms,
    run_once,
    search_of,
    small_config,
)
from tests.engine.learn.test_search import assert_same_state, journalled, results

NOISY = poison_table(2, {"op": "gaussian", "sigma": 2.0}, {"op": "dropout", "p": 0.5})
ARCHITECTURE = chain_of(1, 6, 8, skips={1: (0,), 2: (0, 1)})
"""A separable convolution, then both kinds of noise."""

QUESTIONS_AN_EPOCH = 1 + 4 + 7
"""Epoch, 4 steps, 2 validation and 5 test batches: no update of a controller."""


def derived(search: RunConfig, architecture: Architecture = ARCHITECTURE, **overrides: object) -> RunConfig:
    return derived_config(search, Derived("search-1", 1, 2, 0.25, architecture), dict(overrides), [])


def test_every_step_trains_the_one_architecture_and_no_controller_is_asked(tmp_path: Path) -> None:
    config = derived(small_config(space=NOISY))
    state, events, done = run_once(config, folder_at(tmp_path / "run"))
    assert done
    assert isinstance(state.child, FixedChild)
    assert state.policy_optimizer is None
    assert state.baseline is None
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert len(epochs) == config.epochs
    for epoch in epochs:
        assert [each.architecture for each in epoch.evaluation.candidates] == [ARCHITECTURE]
        assert epoch.child.num_poisoned_layers == (0, 0, 4, 0)  # each of 4 steps, two poisoned layers
        assert math.isnan(epoch.controller.reward_mean)
        assert epoch.controller.op_entropy == epoch.controller.skip_entropy == 0
        slots = [config.space.slot_of_output[output] for output in ARCHITECTURE.outputs]
        assert [row.index(1.0) for row in epoch.controller.policy] == slots
    ending = events[-1]
    assert isinstance(ending, RunFinished)
    last = epochs[-1].evaluation
    assert (ending.test_error_active, ending.test_error_inert) == (
        last.test_error_active,
        last.test_error_inert,
    )


def test_a_derived_run_trains_on_the_searchs_training_images_and_no_others() -> None:
    search = small_config(space=NOISY)
    ours, theirs = search_of(derived(search)), search_of(search)
    for part in ("train", "validation", "test"):
        everything = torch.arange(len(getattr(theirs, part)))
        assert len(getattr(ours, part)) == len(everything)
        for one, other in zip(
            getattr(ours, part).plain(everything), getattr(theirs, part).plain(everything), strict=True
        ):
            assert torch.equal(one, other)


def test_weights_start_afresh_from_the_seed_alone() -> None:
    config = derived(small_config(space=NOISY))
    first, again = search_of(config), search_of(config)
    assert torch.equal(first.weights.values, again.weights.values)
    other = search_of(dataclasses.replace(config, seed=8))
    assert not torch.equal(first.weights.values, other.weights.values)


def test_a_derived_run_stopped_at_any_question_and_resumed_equals_one_left_alone(tmp_path: Path) -> None:
    config = derived(small_config(space=NOISY), epochs=1)
    whole_folder = folder_at(tmp_path / "whole")
    whole, _, _ = run_once(config, whole_folder)
    for question in (0, 3, 5, QUESTIONS_AN_EPOCH - 1):  # before, in both phases, at the last batch
        folder = folder_at(tmp_path / str(question))
        _, _, done = run_once(config, folder, StopAfter(question))
        assert not done
        state, _, done = run_once(config, folder)
        assert done
        assert_same_state(state, whole)
        assert journalled(folder) == journalled(whole_folder), question


def test_a_fixed_network_is_never_evaluated_as_one_of_many(tmp_path: Path) -> None:
    """A population sums its skips: it would measure another network than the one that is trained."""
    events = []
    for population in ("off", "on"):
        search = small_config(space=NOISY, epochs=1, engine={"population": population})
        events.append(results(run_once(derived(search), folder_at(tmp_path / population))[1]))
    assert events[0] == events[1]
    child = search_of(derived(small_config(space=NOISY))).child.eval()
    with pytest.raises(AssertionError, match="joins its skips in another way"):
        Population(child, [ARCHITECTURE])


def dead_from_the_start() -> RunConfig:
    """Dropout, then stretched convolutions alone: every map behind it is constant, every step is the same."""
    space = poison_table(1, DROPOUT, STRETCHED)
    search = small_config(space=space, child={"layers": 9, "filters": 12}, epochs=1)
    return derived(search, chain_of(6, *[7] * 8))


def test_with_shifts_untrained_a_dead_fixed_network_stays_at_zero_and_does_not_break(tmp_path: Path) -> None:
    """Each join's ReLU is at 0 and lets no gradient back, so no shift but the last is ever trained."""
    config = dead_from_the_start()
    fresh = search_of(config).child
    state, events, _ = run_once(config, folder_at(tmp_path / "run"))
    assert not [event for event in events if isinstance(event, NumericsBroke)]
    for index in range(8):
        assert torch.equal(state.child.layer(index).norm.bias, fresh.layer(index).norm.bias)
    assert not torch.equal(state.child.layer(8).norm.bias, fresh.layer(8).norm.bias)
    (epoch,) = [event for event in events if isinstance(event, EpochFinished)]
    errors = epoch.evaluation.test_error_active, 1 - 1 / 10
    assert math.isclose(*errors)  # one answer to everything, and the test images are balanced


def test_a_break_in_a_fixed_network_is_dissected_like_any_other(tmp_path: Path) -> None:
    config, recorder = dead_from_the_start(), Recorder()
    architecture = config.derived.architecture if config.derived else ARCHITECTURE
    chain = zero_variance_chain(config.space, architecture)
    assert chain.predicted == "nan"
    state = search_of(config)
    randomise_norms(state.child, 3, positive=True)  # as training would have left them
    Search(state, folder_at(tmp_path / "run"), recorder.reporter, never).run()
    first = next(event for event in recorder.events if isinstance(event, NumericsBroke))
    assert first.chain_length == chain.length == first.measured_chain_length
    assert len(first.chain_norms) == chain.length
    assert first.step == 0
    assert {norm.part.split(".")[0] for norm in first.chain_norms} == {"layers"}

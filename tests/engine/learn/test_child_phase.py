"""The child phase against the oracle on the same batches: where it breaks, how often it clips."""

import math
from typing import Any

import pytest
import torch

from engine.learn.child_phase import ChildPhase
from engine.learn.schedule import learning_rate
from engine.learn.search_state import SearchState
from engine.plan.architecture import zero_variance_chain
from engine.plan.config import RunConfig
from engine.record.events import NumericsBroke
from tests.builders import (
    DROPOUT,
    STRETCHED,
    Recorder,
    never,
    poison_table,
    randomise_norms,
    search_of,
    small_config,
)
from tests.oracle.child import CentredNorm, NormFactory, OracleChild, batch_norm
from tests.oracle.training import OracleTrainer, Trace


def deep_config(
    seed: int, copies: int, *poison: dict[str, Any], num_steps: int, filters: int = 4
) -> RunConfig:
    """Twelve layers without noise, so that engine and oracle compute the same."""
    return small_config(
        seed=seed,
        epochs=1,
        space=poison_table(copies, *poison),
        child={"layers": 12, "filters": filters, "batch_size": 4, "keep_prob": 1.0},
        data={"num_train": 4 * num_steps, "num_val": 8},
    )


def search_at(config: RunConfig, trained: bool) -> SearchState:
    """A search at its start, or with scales and shifts such as training leaves behind."""
    search = search_of(config)
    if trained:
        randomise_norms(search.child, config.seed)
    return search


def engine_run(
    config: RunConfig, trained: bool = False, to_nan: bool = False
) -> tuple[SearchState, ChildPhase, Recorder]:
    """One child phase of the engine, or its steps up to the first NaN."""
    search, recorder = search_at(config, trained), Recorder()
    phase = ChildPhase.begin(search, 0)
    phase.run(recorder.reporter, lambda: to_nan and "gradient" in search.first_steps)
    return search, phase, recorder


def engine_trace(phase: ChildPhase) -> Trace:
    """What the engine's phase measured, in the oracle's form."""
    measured = phase.measured
    finite = measured["largest"].isfinite().tolist()
    return Trace(measured["loss"].tolist(), measured["norm"].tolist(), finite)


def oracle_trace(
    config: RunConfig,
    trained: bool = False,
    norm: NormFactory = batch_norm,
    noise: tuple[float, int] | None = None,
) -> Trace:
    """The same batches and architectures through the oracle, up to its first NaN step.

    `noise` is the share by which each weight is moved at the start, and a seed.
    """
    search = search_at(config, trained)
    phase = ChildPhase.begin(search, 0)
    child = config.child
    oracle = OracleChild(config.space, child.layers, child.filters, 10, child.keep_prob, norm=norm)
    oracle.take_over(search.child)
    if noise:
        generator = torch.Generator().manual_seed(noise[1])
        for parameter in oracle.parameters():
            parameter.data *= 1 + noise[0] * torch.randn(parameter.shape, generator=generator)
    trainer = OracleTrainer(oracle, child, learning_rate(child, 0))
    for step, architecture in enumerate(phase.architectures):
        indices = phase.order[step * child.batch_size : (step + 1) * child.batch_size]
        batch = search.child_images(search.train, indices, search.streams.augment, augment=True)
        trainer.step(batch, architecture)
        if not trainer.trace.finite_entries[-1]:
            break
    return trainer.trace


def test_without_poison_every_loss_follows_the_oracles() -> None:
    config = deep_config(3, 1, num_steps=8)
    ours, theirs = engine_trace(engine_run(config)[1]), oracle_trace(config)
    assert ours.losses == pytest.approx(theirs.losses, rel=5e-3)
    assert ours.norms == pytest.approx(theirs.norms, rel=5e-2)
    assert ours.first_nan_step is theirs.first_nan_step is None


def first_nan_steps(config: RunConfig, trained: bool, norm: NormFactory) -> tuple[int | None, int | None]:
    """Of the engine and of the oracle; where they agree, so do most of the null steps before."""
    ours = engine_trace(engine_run(config, trained, to_nan=True)[1])
    theirs = oracle_trace(config, trained, norm)
    if ours.first_nan_step == theirs.first_nan_step:
        differing = set(ours.null_steps) ^ set(theirs.null_steps)
        assert len(differing) <= 1 + len(theirs.null_steps) // 2
    return ours.first_nan_step, theirs.first_nan_step


@pytest.mark.parametrize(("copies", "seed"), [(36, 2), (36, 4), (36, 8), (300, 1), (300, 2), (300, 8)])
def test_trained_weights_break_at_the_published_forms_step(copies: int, seed: int) -> None:
    config = deep_config(seed, copies, STRETCHED, DROPOUT, num_steps=14)
    ours, theirs = first_nan_steps(config, trained=True, norm=batch_norm)
    assert ours == theirs is not None


@pytest.mark.slow
def test_fresh_weights_break_at_the_step_of_the_form_whose_norm_is_exact() -> None:
    """Three of four seeds at least: while shifts are zero, more of a gradient is residue of rounding."""
    configs = [deep_config(seed, 36, STRETCHED, DROPOUT, num_steps=14) for seed in (1, 4, 6, 8)]
    steps = [first_nan_steps(config, trained=False, norm=CentredNorm) for config in configs]
    assert all(ours is not None and theirs is not None for ours, theirs in steps)
    assert sum(ours == theirs for ours, theirs in steps) >= 3


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_the_papers_cardinality_of_6_the_first_nan_step_is_the_oracles(seed: int) -> None:
    config = deep_config(seed, 3, STRETCHED, DROPOUT, num_steps=700)
    ours, theirs = first_nan_steps(config, trained=True, norm=batch_norm)
    assert ours == theirs is not None


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("copies", [36, 300])
def test_steps_are_clipped_as_often_as_in_oracle_runs_with_weight_noise(copies: int) -> None:
    config = deep_config(5, copies, DROPOUT, num_steps=100, filters=8)
    trace = engine_trace(engine_run(config, trained=True)[1])
    assert trace.first_nan_step is None
    ours = trace.num_clipped(5.0)
    theirs = [oracle_trace(config, True, noise=(1e-7, seed)).num_clipped(5.0) for seed in range(5)]
    slack = 3 + max(theirs) - min(theirs)
    assert min(theirs) - slack <= ours <= max(theirs) + slack


def test_a_broken_run_says_when_where_and_under_which_architecture() -> None:
    config = deep_config(1, 36, STRETCHED, DROPOUT, num_steps=20)
    search, phase, recorder = engine_run(config)
    trace = engine_trace(phase)
    broke = {e.what: e for e in recorder.events if isinstance(e, NumericsBroke)}
    assert set(broke) >= {"gradient", "weight"}
    first = trace.first_nan_step
    assert first is not None
    assert broke["gradient"].step == broke["weight"].step == broke["gradient"].batch == first
    if trace.null_steps:
        assert broke["null_step"].step == trace.null_steps[0]
    for event in broke.values():
        assert event.architecture == phase.architectures[event.batch]
        chain = zero_variance_chain(config.space, event.architecture)
        assert (event.chain_length, event.predicted) == (chain.length, chain.predicted)
        assert event.direction == ("forward" if event.what == "loss" else "backward")
        assert len(event.gradient_norm_by_layer) == 14
        assert len(event.activation_gradient_by_layer) == 12
    assert search.weights.values[search.weights.used].isnan().all()
    assert all(math.isnan(loss) for loss in trace.losses[first + 1 :])


def test_the_first_step_whose_loss_is_not_finite_is_told_too() -> None:
    search, phase, _ = engine_run(deep_config(1, 36, STRETCHED, DROPOUT, num_steps=20))
    losses = engine_trace(phase).losses
    first = next(step for step, loss in enumerate(losses) if not math.isfinite(loss))
    assert search.first_steps["loss"] == first


@pytest.mark.parametrize("interval", [7, 1000])
def test_looking_later_tells_the_same_breaks_and_changes_nothing(interval: int) -> None:
    """What a GPU does, which would have to wait for each look."""
    config = deep_config(1, 36, STRETCHED, DROPOUT, num_steps=20)
    search, phase, recorder = engine_run(config)
    later = search_of(config)
    later_phase, later_recorder = ChildPhase.begin(later, 0), Recorder()
    later_phase.watch.interval = interval
    assert later_phase.run(later_recorder.reporter, lambda: False)
    broke, broke_later = (
        [event for event in each.events if isinstance(event, NumericsBroke)]
        for each in (recorder, later_recorder)
    )
    assert {event.what for event in broke} >= {"loss", "gradient", "weight"}
    assert repr(broke_later) == repr(broke)  # repr: NaN is not equal to itself
    assert later.first_steps == search.first_steps
    assert torch.equal(later.weights.values.isnan(), search.weights.values.isnan())
    assert torch.equal(later_phase.measured["norm"].nan_to_num(7), phase.measured["norm"].nan_to_num(7))


def test_a_stop_looks_at_every_step_that_was_kept() -> None:
    config = deep_config(1, 36, STRETCHED, DROPOUT, num_steps=20)
    search = search_of(config)
    phase = ChildPhase.begin(search, 0)
    phase.watch.interval = 1000
    first = engine_run(config, to_nan=True)[0].first_steps["gradient"]
    phase.run(Recorder().reporter, lambda: phase.step > first)
    assert search.first_steps["gradient"] == first


def test_each_image_is_seen_once_an_epoch_the_incomplete_last_batch_included() -> None:
    search = search_of(small_config())
    phase = ChildPhase.begin(search, 0)
    assert sorted(phase.order.tolist()) == list(range(14))
    assert phase.num_steps == 4
    assert ChildPhase.begin(search, 1).order.tolist() != phase.order.tolist()


def test_the_policy_it_reports_is_the_softmax_added_up_by_slot() -> None:
    config = small_config(space=poison_table(5, DROPOUT))
    search = search_of(config)
    before = search.streams.policy.get_state()
    phase = ChildPhase.begin(search, 0)
    search.streams.policy.set_state(before)
    with torch.no_grad():
        rollout = search.policy(4, search.streams.policy)
    by_output = rollout.op_probabilities.mean(0)
    expected = torch.cat([by_output[:, :6], by_output[:, 6:].sum(1, keepdim=True)], dim=1)
    torch.testing.assert_close(phase.policy, expected)
    assert rollout.decisions.architectures() == phase.architectures
    assert phase.op_entropy == pytest.approx(float(rollout.op_entropy.mean()) / 3)
    assert phase.skip_entropy == pytest.approx(float(rollout.skip_entropy.mean()) / 3)


def test_steps_are_taken_at_the_rate_of_their_epoch() -> None:
    search = search_of(small_config(child={"lr_min": 0.0, "lr_half_period": 3}))
    for epoch, moves in ((0, True), (3, False), (6, True)):  # at half the period the rate is lr_min
        before = search.weights.values.clone()
        phase = ChildPhase.begin(search, epoch)
        assert phase.run(Recorder().reporter, never)
        assert phase.learning_rate == learning_rate(search.config.child, epoch)
        assert torch.equal(search.weights.values, before) != moves

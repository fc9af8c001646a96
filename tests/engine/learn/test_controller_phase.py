"""One controller update equals the per-sample oracle; the baseline follows its recurrence."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from engine.learn.controller_phase import ControllerPhase
from engine.learn.search_state import SearchState
from engine.learn.summary import reward_measures
from engine.net.controller import Controller, Rollout
from engine.plan.config import RunConfig
from engine.record.measures import NO_REWARDS
from tests.builders import Recorder, never, search_of, small_config
from tests.oracle.controller import OracleController, Sample, update

NEWER = ("accuracy", "layers")
"""What a phase did not measure before rewards were recorded by slot."""

SWITCHES = list(itertools.product(("kept", "stopped"), ("dropped", "carried"), ("sigmoid_s", "sigmoid_2s")))


def config_of(
    switches: tuple[str, str, str] = SWITCHES[0], updates: int = 1, **controller: float
) -> RunConfig:
    names = ("entropy_gradient", "second_lstm_state", "skip_penalty")
    return small_config(
        child={"layers": 5},
        controller={"updates": updates, "samples_per_update": 5, "entropy_weight": 0.05, **controller},
        switches=dict(zip(names, switches, strict=True)),
    )


def policy_of(search: SearchState) -> Controller:
    assert isinstance(search.policy, Controller)
    return search.policy


def run_phase(search: SearchState) -> tuple[ControllerPhase, list[Rollout]]:
    """The phase and every rollout it drew."""
    rollouts: list[Rollout] = []
    handle = policy_of(search).register_forward_hook(lambda _, __, out: rollouts.append(out))
    phase = ControllerPhase.begin(search, 0)
    assert phase.run(Recorder().reporter, never)
    handle.remove()
    return phase, rollouts


def accuracies_of(phase: ControllerPhase, rollout: Rollout, step: int) -> list[float]:
    """Accuracies on batches of four, read off the recorded rewards."""
    rewards = phase.measured["reward"][step]
    weight = phase.search.config.controller.entropy_weight
    raw = (rewards - weight * rollout.entropy.detach().double()) * 4
    assert float((raw - raw.round()).abs().max()) < 1e-4
    return [float(value) / 4 for value in raw.round()]


@pytest.mark.parametrize("switches", SWITCHES, ids="-".join)
def test_one_update_equals_the_slow_per_sample_oracles(switches: tuple[str, str, str]) -> None:
    config = config_of(switches)
    search = search_of(config)
    for parameter in policy_of(search).parameters():
        parameter.data *= 3
    oracle = OracleController(policy_of(search), config.switches)
    settings = config.controller
    optimizer = torch.optim.Adam(
        oracle.parameters(),
        lr=settings.lr,
        betas=(settings.adam_beta1, settings.adam_beta2),
        eps=settings.adam_eps,
    )
    before = [p.detach().clone() for p in policy_of(search).parameters()]
    phase, (rollout,) = run_phase(search)
    samples: list[Sample] = [oracle.forced(rollout.decisions, s) for s in range(5)]
    baseline = update(oracle, optimizer, samples, accuracies_of(phase, rollout, 0), None)
    assert search.baseline == pytest.approx(baseline, abs=1e-6)

    ours = torch.cat([gradient_of(p) for _, p in oracle.pairs(policy_of(search))])
    theirs = torch.cat([gradient_of(p) for p, _ in oracle.pairs(policy_of(search))])
    assert float((ours - theirs).norm() / theirs.norm()) < 2e-6
    for theirs_value, ours_value in oracle.pairs(policy_of(search)):
        torch.testing.assert_close(ours_value, theirs_value, rtol=1e-5, atol=1e-7)
    changed = zip(before, policy_of(search).parameters(), strict=True)
    assert all(not torch.equal(a, b) for a, b in changed)


def gradient_of(parameter: Tensor) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad.reshape(-1)


def test_the_baseline_starts_at_the_first_accuracy_and_follows_every_later_reward() -> None:
    search = search_of(config_of(updates=3, baseline_decay=0.9))
    phase, rollouts = run_phase(search)
    rewards = phase.measured["reward"].reshape(-1)
    baselines = (phase.measured["reward"] - phase.measured["advantage"]).reshape(-1)
    expected = accuracies_of(phase, rollouts[0], 0)[0]
    assert float(baselines[0]) == pytest.approx(expected, abs=1e-6)
    for reward, baseline in zip(rewards[1:].tolist(), baselines[1:].tolist(), strict=True):
        expected -= 0.1 * (expected - reward)
        assert baseline == pytest.approx(expected, abs=1e-6)
    assert search.baseline == pytest.approx(expected, abs=1e-6)


def test_the_baseline_goes_on_through_the_next_epoch() -> None:
    search = search_of(config_of())
    run_phase(search)
    before = search.baseline
    phase, _ = run_phase(search)
    assert before is not None
    first = float(phase.measured["reward"][0, 0])
    baseline = first - float(phase.measured["advantage"][0, 0])
    assert baseline == pytest.approx(before - 0.01 * (before - first), abs=1e-6)


def test_the_gradient_is_clipped_at_its_bound() -> None:
    search = search_of(config_of(grad_clip=1e-3))
    phase, _ = run_phase(search)
    norm = torch.cat([gradient_of(p) for p in policy_of(search).parameters()]).norm()
    assert float(phase.measured["norm"][0]) > 1e-3
    assert float(norm) == pytest.approx(1e-3, rel=2e-3)


def test_the_child_is_in_evaluation_mode_and_gets_no_gradient() -> None:
    search = search_of(config_of())
    modes: list[tuple[bool, bool]] = []
    search.child.register_forward_pre_hook(
        lambda module, _: modes.append((module.training, torch.is_grad_enabled()))
    )
    before = search.weights.values.clone()
    run_phase(search)
    assert modes == [(False, False)] * 5
    assert torch.equal(search.weights.values, before)
    assert (search.weights.gradients == 0).all()


def test_each_sample_has_a_validation_batch_of_its_own() -> None:
    search = search_of(config_of(updates=2))
    batches: list[tuple[int, ...]] = []
    original = search.child_images

    def noting(images: object, indices: Tensor, generator: torch.Generator, augment: bool) -> object:
        assert images is search.validation
        assert augment
        batches.append(tuple(indices.tolist()))
        return original(search.validation, indices, generator, augment)

    search.child_images = noting  # type: ignore[method-assign, assignment]
    run_phase(search)
    assert len(batches) == 10
    assert all(len(set(batch)) == 4 for batch in batches)
    assert len(set(batches)) > 5


def test_under_constant_reward_a_kept_entropy_gradient_drives_the_entropy_down() -> None:
    """The published loss does not leave the controller random where accuracy says nothing."""
    entropies = {}
    for kind in ("kept", "stopped"):
        config = config_of((kind, "dropped", "sigmoid_s"), updates=25, lr=0.02, skip_weight=0.0)
        search = search_of(config)
        for parameter in search.child.head.parameters():  # every image is of class 0: the reward says nothing
            parameter.data.fill_(float("nan"))
        _, rollouts = run_phase(search)
        entropies[kind] = float((rollouts[-1].entropy - rollouts[0].entropy).detach().mean())
    assert entropies["kept"] < -0.05
    assert entropies["kept"] < entropies["stopped"] - 0.05


def test_each_sample_records_its_accuracy_and_how_many_layers_use_each_slot() -> None:
    search = search_of(config_of(updates=2))
    phase, rollouts = run_phase(search)
    space = search.config.space
    for step, rollout in enumerate(rollouts):
        architectures = rollout.decisions.architectures()
        assert phase.measured["accuracy"][step].tolist() == accuracies_of(phase, rollout, step)
        for row, architecture in zip(phase.measured["layers"][step].tolist(), architectures, strict=True):
            slots = [space.slot_of_output[output] for output in architecture.outputs]
            assert row == [slots.count(slot) for slot in range(len(space.slots))]


def test_a_sample_of_a_broken_child_says_nothing_of_its_operations() -> None:
    search = search_of(config_of(updates=1))
    search.weights.values.fill_(math.nan)
    phase, _ = run_phase(search)
    assert phase.measured["accuracy"].isnan().all()
    assert reward_measures(phase.measured["layers"].numpy(), phase.measured["accuracy"].numpy()) == NO_REWARDS


def test_a_phase_saved_before_rewards_were_recorded_by_slot_goes_on() -> None:
    search = search_of(config_of(updates=2))
    phase = ControllerPhase.begin(search, 0)
    assert not phase.run(Recorder().reporter, lambda: True)
    saved = phase.saved()
    saved["measured"] = {name: saved["measured"][name] for name in saved["measured"] if name not in NEWER}
    phase = ControllerPhase.restored(search, 0, saved)
    assert phase.run(Recorder().reporter, never)
    layers, accuracy = (phase.measured[name].numpy() for name in ("layers", "accuracy"))
    assert reward_measures(layers, accuracy).num_samples == 5

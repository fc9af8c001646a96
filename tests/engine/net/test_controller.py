"""The controller against its definition: decisions scored by hand, sample by sample, under every switch."""

import dataclasses
import itertools
import math

import pytest
import torch
from torch import Tensor

from engine.net.controller import Controller, Decisions, Rollout, UniformPolicy, build_policy
from engine.plan.config import ControllerSettings
from engine.plan.operations import Dropout
from engine.plan.protocol import Switches
from engine.plan.space import make_space
from tests.oracle.controller import OracleController, Sample

LAYERS, OUTPUTS, SAMPLES = 6, 9, 5
SWITCHES = [
    Switches(second_lstm_state=state, skip_penalty=penalty)
    for state, penalty in itertools.product(("dropped", "carried"), ("sigmoid_s", "sigmoid_2s"))
]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def controller_of(
    switches: Switches = SWITCHES[0],
    num_layers: int = LAYERS,
    num_outputs: int = OUTPUTS,
    spread: float = 3.0,
    hidden_size: int = 16,
) -> Controller:
    """A controller whose weights are large enough for its policy not to be uniform."""
    settings = ControllerSettings(hidden_size=hidden_size)
    built = build_policy(num_layers, num_outputs, settings, switches, 3)
    assert isinstance(built, Controller)
    for parameter in built.parameters():
        parameter.data *= spread
    return built


def follow(oracle: OracleController, decisions: Decisions) -> list[Sample]:
    return [oracle.forced(decisions, s) for s in range(len(decisions.outputs))]


def stacked(samples: list[Sample], name: str) -> Tensor:
    return torch.stack([getattr(sample, name) for sample in samples])


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda s: f"{s.second_lstm_state}-{s.skip_penalty}")
def test_a_rollout_equals_the_oracles_sample_by_sample_scores(switches: Switches) -> None:
    controller = controller_of(switches)
    rollout = controller(SAMPLES, seeded(1))
    samples = follow(OracleController(controller, switches), rollout.decisions)
    for name in ("log_prob", "entropy", "skip_penalty"):
        torch.testing.assert_close(getattr(rollout, name), stacked(samples, name), rtol=2e-6, atol=2e-6)
    architectures = rollout.decisions.architectures()
    for sample, architecture in zip(samples, architectures, strict=True):
        assert sample.outputs == list(architecture.outputs)
        taken = [tuple(j for j, s in enumerate(row) if s) for row in sample.skips]
        assert taken == list(architecture.skips)


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda s: f"{s.second_lstm_state}-{s.skip_penalty}")
@pytest.mark.parametrize("name", ["log_prob", "entropy", "skip_penalty"])
def test_gradients_of_every_term_equal_the_oracles(switches: Switches, name: str) -> None:
    controller = controller_of(switches)
    oracle = OracleController(controller, switches)
    rollout = controller(SAMPLES, seeded(1))
    torch.autograd.backward(getattr(rollout, name).mean())
    torch.autograd.backward(stacked(follow(oracle, rollout.decisions), name).mean())
    largest = max(float(p.grad.abs().max()) for p in oracle.parameters() if p.grad is not None)
    for theirs, ours in oracle.pairs(controller):
        assert (ours.grad is None) == (theirs.grad is None)
        if ours.grad is not None and theirs.grad is not None:
            torch.testing.assert_close(ours.grad, theirs.grad, rtol=2e-5, atol=2e-6 * largest)


def test_forced_decisions_are_followed_and_scored_like_sampled_ones() -> None:
    controller = controller_of()
    rollout = controller(SAMPLES, seeded(1))
    again = controller(SAMPLES, seeded(99), forced=rollout.decisions)
    for field in dataclasses.fields(Rollout):
        if field.name != "decisions":
            torch.testing.assert_close(getattr(rollout, field.name), getattr(again, field.name))
    assert torch.equal(rollout.decisions.outputs, again.decisions.outputs)
    assert torch.equal(rollout.decisions.skips, again.decisions.skips)


def test_a_sample_does_not_depend_on_those_beside_it() -> None:
    controller = controller_of()
    rollout = controller(SAMPLES, seeded(1))
    alone = Decisions(rollout.decisions.outputs[2:3], rollout.decisions.skips[2:3])
    torch.testing.assert_close(controller(1, seeded(), forced=alone).log_prob[0], rollout.log_prob[2])


def test_the_log_probability_is_that_of_the_stated_policy() -> None:
    """With one layer fewer than two there is nothing but ops: the policy alone gives the log-probability."""
    controller = controller_of()
    rollout = controller(SAMPLES, seeded(1))
    chosen = rollout.op_probabilities.gather(2, rollout.decisions.outputs[:, :, None])[:, :, 0]
    op_log_prob = chosen.log().sum(1)
    assert (rollout.log_prob < op_log_prob).all()
    entropy = -(rollout.op_probabilities * rollout.op_probabilities.log()).sum((1, 2))
    torch.testing.assert_close(rollout.op_entropy.detach(), entropy)
    torch.testing.assert_close(rollout.op_probabilities.sum(2), torch.ones(SAMPLES, LAYERS))


def test_the_first_op_policy_is_the_bounded_softmax_computed_by_hand() -> None:
    controller = controller_of(spread=5.0)
    rollout = controller(1, seeded(1))
    hidden, _ = controller.lstm(controller.start.weight)
    logits = 1.5 * torch.tanh(hidden @ controller.op_logits.weight.T)
    policy = torch.exp(logits) / torch.exp(logits).sum()
    torch.testing.assert_close(rollout.op_probabilities[0, 0], policy[0].detach())


def test_no_output_is_preferred_by_more_than_e_to_the_3() -> None:
    rollout = controller_of(spread=1e4)(50, seeded(1))
    ratio = rollout.op_probabilities.amax(2) / rollout.op_probabilities.amin(2)
    assert ratio.max().item() == pytest.approx(math.exp(3), rel=1e-3)
    assert ratio.max().item() <= math.exp(3) * 1.0001


def test_skips_lead_to_earlier_layers_only() -> None:
    skips = controller_of()(200, seeded(1)).decisions.skips
    assert not (skips & torch.ones(LAYERS, LAYERS, dtype=torch.bool).triu()).any()
    assert skips.any(0).sum() == LAYERS * (LAYERS - 1) / 2


def chi_square_limit(freedom: int) -> float:
    """The 99.9 % point, by Wilson and Hilferty."""
    return float(freedom * (1 - 2 / (9 * freedom) + 3.09 * math.sqrt(2 / (9 * freedom))) ** 3)


def test_sampled_ops_follow_the_softmax_and_skips_their_probability() -> None:
    num = 20_000
    controller = controller_of(spread=6.0, num_layers=2, num_outputs=7)
    with torch.no_grad():
        rollout = controller(num, seeded(5))
    counts = torch.bincount(rollout.decisions.outputs[:, 0], minlength=7)
    expected = num * rollout.op_probabilities[0, 0]
    assert expected.max() > 1.5 * expected.min()
    assert float(((counts - expected) ** 2 / expected).sum()) < chi_square_limit(6)

    oracle = OracleController(controller, controller.switches)
    for first, second in ((0, 0), (3, 6)):
        forced = Decisions(torch.tensor([[first, second]]), torch.ones(1, 2, 2, dtype=torch.bool))
        outputs = rollout.decisions.outputs
        same = (outputs[:, 0] == first) & (outputs[:, 1] == second)
        taken = int(rollout.decisions.skips[same, 1, 0].sum())
        with torch.no_grad():
            log_prob = oracle.forced(forced, 0).log_prob
            ops = controller(1, seeded(), forced=forced).op_probabilities[0]
        probability = math.exp(float(log_prob - ops[0, first].log() - ops[1, second].log()))
        spread = math.sqrt(int(same.sum()) * probability * (1 - probability))
        assert abs(taken - int(same.sum()) * probability) < 3.3 * spread


def test_op_frequencies_of_later_layers_follow_their_conditional_softmax() -> None:
    num = 20_000
    controller = controller_of(spread=6.0, num_layers=3, num_outputs=4)
    with torch.no_grad():
        rollout = controller(num, seeded(6))
    for layer in range(3):
        counts = torch.bincount(rollout.decisions.outputs[:, layer], minlength=4)
        expected = rollout.op_probabilities[:, layer].sum(0)
        assert float(((counts - expected) ** 2 / expected).sum()) < chi_square_limit(3)


def test_the_oracles_own_samples_have_the_same_frequencies() -> None:
    """Sampling itself, not scoring: draws of the oracle and of the engine come from one distribution."""
    controller = controller_of(spread=6.0, num_layers=2, num_outputs=4)
    oracle = OracleController(controller, controller.switches)
    torch.manual_seed(0)
    with torch.no_grad():
        drawn = [oracle.sampled() for _ in range(600)]
        ours = controller(20_000, seeded(7)).decisions
    theirs = torch.tensor([[*sample.outputs, int(sample.skips[1][0])] for sample in drawn])
    cells = theirs[:, 0] * 8 + theirs[:, 1] * 2 + theirs[:, 2]
    ours_cells = ours.outputs[:, 0] * 8 + ours.outputs[:, 1] * 2 + ours.skips[:, 1, 0].long()
    share = torch.bincount(ours_cells, minlength=32).double() / 20_000
    expected = 600 * share
    counts = torch.bincount(cells, minlength=32)
    assert float(((counts - expected) ** 2 / expected).sum()) < 1.15 * chi_square_limit(31)


@pytest.mark.parametrize(("penalty", "rate"), [("sigmoid_s", 0.308), ("sigmoid_2s", 0.4)])
def test_the_skip_penalty_pulls_the_sampled_skip_rate_to_its_real_target(penalty: str, rate: float) -> None:
    """sigmoid_s says 0.4 and means 0.31; sigmoid_2s means what it says."""
    controller = controller_of(Switches(skip_penalty=penalty), spread=1.0)
    optimizer = torch.optim.Adam(controller.parameters(), lr=0.05)
    for step in range(60):
        optimizer.zero_grad()
        torch.autograd.backward(controller(10, seeded(step)).skip_penalty.mean())
        optimizer.step()
    with torch.no_grad():
        skips = controller(2000, seeded(1)).decisions.skips
    assert float(skips.sum()) / (2000 * LAYERS * (LAYERS - 1) / 2) == pytest.approx(rate, abs=0.02)


def test_weights_start_within_a_tenth_and_lstm_biases_as_torch_has_them() -> None:
    built = build_policy(12, 42, ControllerSettings(), Switches(), 0)
    assert isinstance(built, Controller)
    for name, parameter in built.named_parameters():
        bound = 1 / 8 if "bias" in name else 0.1
        assert 0.9 * bound < parameter.abs().max().item() <= bound
        assert abs(parameter.mean().item()) < 0.25 * bound
    assert {name: tuple(p.shape) for name, p in built.named_parameters() if "op_" in name} == {
        "op_logits.weight": (42, 64),
        "op_embedding.weight": (42, 64),
    }


def test_each_copy_has_a_logit_and_an_embedding_of_its_own() -> None:
    controller = controller_of(num_outputs=306)
    assert controller.op_logits.weight.shape == (306, 16)
    assert controller.op_embedding.weight.shape == (306, 16)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_broken_controller_says_so_instead_of_sampling(bad: float) -> None:
    controller = controller_of()
    controller.op_logits.weight.data.fill_(bad)
    with pytest.raises(FloatingPointError, match="not all numbers"):
        controller(3, seeded())


def test_the_same_seed_samples_the_same_architectures() -> None:
    controller = controller_of()
    first, second, third = (controller(20, seeded(seed)).decisions for seed in (1, 1, 2))
    assert first.architectures() == second.architectures() != third.architectures()


def test_the_uniform_policy_states_its_own_probabilities() -> None:
    rollout = UniformPolicy(12, 42)(4000, seeded(1))
    log_prob = -12 * math.log(42) - 66 * math.log(2)
    torch.testing.assert_close(rollout.log_prob, torch.full((4000,), log_prob))
    torch.testing.assert_close(rollout.entropy, torch.full((4000,), -log_prob))
    assert (rollout.op_probabilities == 1 / 42).all()
    assert (rollout.skip_penalty == 0).all()
    counts = torch.bincount(rollout.decisions.outputs.reshape(-1), minlength=42).double()
    expected = 48_000 / 42
    assert float(((counts - expected) ** 2 / expected).sum()) < chi_square_limit(41)
    rate = float(rollout.decisions.skips.sum()) / (4000 * 66)
    assert rate == pytest.approx(0.5, abs=0.004)


@pytest.mark.parametrize(("copies", "poisoned_layers"), [(36, 10.29), (300, 11.76)])
def test_children_of_the_uniform_policy_have_as_many_poisoned_layers_as_the_space_implies(
    copies: int, poisoned_layers: float
) -> None:
    space = make_space("enas6", ((Dropout(1.0), copies),))
    architectures = UniformPolicy(12, space.num_outputs)(2000, seeded(1)).decisions.architectures()
    mean = sum(architecture.num_poisoned(space) for architecture in architectures) / 2000
    assert mean == pytest.approx(poisoned_layers, abs=0.1)
    assert mean == pytest.approx(space.expected_poisoned_layers(12), abs=0.1)


def test_a_random_controller_is_the_uniform_policy() -> None:
    built = build_policy(12, 7, ControllerSettings(kind="random"), Switches(), 0)
    assert isinstance(built, UniformPolicy)


KINDS = (0, 1, 1, 1, 2, 0)


def two_stage(controller: Controller, hidden: torch.Tensor) -> torch.Tensor:
    """[N]: the kind's probability times the output's within its kind, by the definition."""
    assert controller.kinds is not None
    bound = controller.settings.tanh_constant
    kinds = torch.softmax(bound * torch.tanh(controller.kinds.logits(hidden)), 0)
    logits = bound * torch.tanh(controller.op_logits(hidden))
    chances = torch.zeros(len(KINDS))
    for kind in set(KINDS):
        members = [output for output, each in enumerate(KINDS) if each == kind]
        chances[members] = kinds[kind] * torch.softmax(logits[members], 0)
    return chances


def by_kind_controller(seed: int = 3) -> Controller:
    built = build_policy(4, len(KINDS), ControllerSettings(hidden_size=8), Switches(), seed, KINDS)
    assert isinstance(built, Controller)
    for parameter in built.parameters():
        parameter.data *= 8  # far from uniform, and still away from the bound
    return built


def test_a_factorised_controller_chooses_a_kind_and_then_an_output_of_it() -> None:
    controller, hidden = by_kind_controller(), torch.randn(8, generator=seeded(2))
    ours = controller._op_log_policy(hidden[None])[0].exp().detach()
    torch.testing.assert_close(ours, two_stage(controller, hidden).detach())
    assert float(ours.max() / ours.min()) > 1.5


def test_its_entropy_is_that_of_the_kind_plus_the_mean_of_that_within() -> None:
    controller, hidden = by_kind_controller(), torch.randn(8, generator=seeded(2))
    joint = controller._op_log_policy(hidden[None])[0].detach().double()
    of_kind, within = 0.0, 0.0
    for kind in set(KINDS):
        chances = torch.stack([joint[o].exp() for o, each in enumerate(KINDS) if each == kind])
        total = chances.sum()
        of_kind -= float(total * total.log())
        within -= float((chances * (chances / total).log()).sum())
    assert float(-(joint.exp() * joint).sum()) == pytest.approx(of_kind + within)


def test_its_log_probability_is_scored_alike_when_it_samples_and_when_it_is_forced() -> None:
    controller = by_kind_controller()
    rollout = controller(50, seeded())
    again = controller(50, seeded(9), forced=rollout.decisions)
    torch.testing.assert_close(again.log_prob, rollout.log_prob)
    torch.autograd.backward(rollout.log_prob.sum())
    assert controller.kinds is not None
    gradient = controller.kinds.logits.weight.grad
    assert gradient is not None
    assert float(gradient.abs().max()) > 0


def test_without_kinds_a_controller_has_the_parameters_it_always_had() -> None:
    built = build_policy(12, 42, ControllerSettings(), Switches(), 0)
    assert isinstance(built, Controller)
    assert not [name for name, _ in built.named_parameters() if "kinds" in name]


def test_the_uniform_policy_by_kind_gives_every_kind_the_same_share() -> None:
    built = build_policy(12, 306, ControllerSettings(kind="random"), Switches(), 0, (*range(6), *[6] * 300))
    rollout = built(2000, seeded(1))
    chosen = torch.bincount(rollout.decisions.outputs.clamp(max=6).reshape(-1), minlength=7).double()
    expected = 24_000 / 7
    assert float(((chosen - expected) ** 2 / expected).sum()) < chi_square_limit(6)
    torch.testing.assert_close(rollout.op_probabilities[0, 0, :6], torch.full((6,), 1 / 7))
    torch.testing.assert_close(rollout.op_probabilities.sum(2), torch.ones(2000, 12))
    entropy = 12 * (math.log(7) + math.log(300) / 7)
    torch.testing.assert_close(rollout.op_entropy, torch.full((2000,), entropy))

"""One test for each switch between the two protocols, which fails if both sides do the same."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.data.resident import ResidentImages
from engine.learn.controller_phase import ControllerPhase
from engine.learn.evaluation import evaluate
from engine.learn.search_state import SearchState
from engine.learn.shared_weights import SharedWeights
from engine.net.controller import Controller, Decisions, Rollout
from engine.net.noise import NoiseSource
from engine.net.operations import build_operation
from engine.plan.config import ChildSettings, ControllerSettings
from engine.plan.operations import SepConv
from engine.plan.protocol import PROTOCOLS, Switches
from engine.record.measures import EvaluationMeasures
from tests.builders import CPU, Recorder, child_of, never, poison_table, search_of, small_config, space_of

PAPER, CORRECTED = PROTOCOLS["paper"], PROTOCOLS["corrected"]


def evaluated(protocol: str, **sections: Any) -> tuple[EvaluationMeasures, SearchState]:
    search = search_of(small_config(protocol=protocol, **sections))
    list(search.child.head.parameters())[-1].data.zero_()  # a new head answers by its bias alone
    return evaluate(search, 0, Recorder().reporter, never), search


def test_switch_final_eval_mode_decides_whether_the_poison_is_active_in_the_final_errors() -> None:
    space = {"base": ["conv3x3"], **poison_table(100, {"op": "gaussian", "sigma": 10.0})}
    sections = {"space": space, "data": {"num_test": 200}, "switches": {"validation_augmentation": "plain"}}
    paper, _ = evaluated("paper", **sections)
    corrected, _ = evaluated("corrected", **sections)
    active, inert = (
        (paper.val_error_active, paper.test_error_active),
        (paper.val_error_inert, paper.test_error_inert),
    )
    assert active != inert
    assert (paper.test_error, paper.val_error) == (paper.test_error_active, paper.val_error_active)
    assert corrected.test_error == corrected.test_error_inert == paper.test_error_inert
    assert corrected.val_error == corrected.val_error_inert


def controller_with(switches: Switches, layers: int = 4) -> Controller:
    torch.manual_seed(3)
    built = Controller(layers, 5, ControllerSettings(hidden_size=16), switches)
    for parameter in built.parameters():
        parameter.data *= 4
    return built


def entropy_gradient_step(kind: str) -> tuple[Tensor, Tensor]:
    """The gradient of one controller update, and what the entropy in the reward alone adds to it."""
    weight = 0.5
    config = small_config(
        switches={"entropy_gradient": kind},
        controller={"updates": 1, "entropy_weight": weight, "grad_clip": 1e6, "skip_weight": 0.0},
    )
    search = search_of(config)
    policy = search.policy
    assert isinstance(policy, Controller)
    before = search.streams.policy.get_state()
    rollout: Rollout = policy(3, search.streams.policy)
    entropy_term = -(rollout.log_prob.detach() * weight * rollout.entropy).mean()
    added = torch.autograd.grad(entropy_term, list(policy.parameters()))
    search.streams.policy.set_state(before)
    phase = ControllerPhase.begin(search, 0)
    phase.run(Recorder().reporter, never)
    gradients = [p.grad.reshape(-1) for p in policy.parameters() if p.grad is not None]
    return torch.cat(gradients), torch.cat([g.reshape(-1) for g in added])


def test_switch_entropy_gradient_decides_whether_the_entropy_bonus_has_a_gradient() -> None:
    kept, added = entropy_gradient_step("kept")
    stopped, _ = entropy_gradient_step("stopped")
    torch.testing.assert_close(kept - stopped, added, rtol=1e-3, atol=1e-5 * float(added.abs().max()))
    assert float(added.norm()) > 0.01 * float(stopped.norm())
    assert PAPER.entropy_gradient == "kept"
    assert CORRECTED.entropy_gradient == "stopped"


def test_switch_second_lstm_state_decides_from_which_state_the_next_op_step_starts() -> None:
    dropped, carried = (
        controller_with(Switches(second_lstm_state=kind))
        for kind in (PAPER.second_lstm_state, CORRECTED.second_lstm_state)
    )
    decisions = Decisions(torch.tensor([[1, 2, 3, 4]]), torch.zeros(1, 4, 4, dtype=torch.bool))
    found = [each(1, torch.Generator(), decisions).op_probabilities[0] for each in (dropped, carried)]
    torch.testing.assert_close(found[0][0], found[1][0])
    assert (found[0][1:] - found[1][1:]).abs().amax(1).min() > 1e-4

    # By hand: layer 1's op step starts from layer 0's op step, or from its anchor step.
    def second_policy(controller: Controller, carry: bool) -> Tensor:
        start = controller.start.weight
        first = controller.lstm(start)
        anchor = controller.lstm(controller.op_embedding(decisions.outputs[:, 0]), first)
        hidden, _ = controller.lstm(start, anchor if carry else first)
        return torch.softmax(1.5 * torch.tanh(controller.op_logits(hidden)), 1)[0].detach()

    torch.testing.assert_close(found[0][1], second_policy(dropped, carry=False))
    torch.testing.assert_close(found[1][1], second_policy(carried, carry=True))


@pytest.mark.parametrize(
    ("switches", "mixes"), [(PAPER, False), (CORRECTED, True)], ids=["paper", "corrected"]
)
def test_switch_sepconv_pointwise_decides_whether_channels_mix(switches: Switches, mixes: bool) -> None:
    torch.manual_seed(0)
    module = build_operation(SepConv(3), 6, switches, NoiseSource(CPU, 0))
    depthwise, pointwise = (m for m in module.children() if isinstance(m, nn.Conv2d))
    x = torch.randn(2, 6, 8, 8, requires_grad=True)
    out = pointwise(depthwise(x))
    torch.autograd.backward(out[:, 0].square().sum())
    assert x.grad is not None
    reached = x.grad.abs().sum((0, 2, 3)) > 0
    assert reached.tolist() == [True] + [mixes] * 5
    assert pointwise.weight.numel() == (36 if mixes else 6)


class NotedValidation:
    """Notes each validation image a search hands to its child, and whether it was augmented."""

    def __init__(self, search: SearchState) -> None:
        self.seen: list[tuple[int, bool]] = []
        self._search, self._original = search, search.child_images

    def __call__(
        self, images: ResidentImages, indices: Tensor, generator: torch.Generator, augment: bool
    ) -> tuple[Tensor, Tensor]:
        if images is self._search.validation:
            self.seen += [(index, augment) for index in indices.tolist()]
        return self._original(images, indices, generator, augment)


def test_switch_validation_augmentation_decides_which_validation_images_count_and_how() -> None:
    seen = {}
    for protocol in ("paper", "corrected"):
        search = search_of(small_config(protocol=protocol))
        noted = NotedValidation(search)
        search.child_images = noted  # type: ignore[method-assign]
        evaluate(search, 0, Recorder().reporter, never)
        seen[protocol] = noted.seen[4:]  # after the candidates' batch
    assert len(seen["paper"]) == len({index for index, _ in seen["paper"]}) == 8
    assert all(augment for _, augment in seen["paper"])
    assert seen["corrected"] == [(index, False) for index in range(10)]


def test_switch_skip_penalty_decides_which_probability_is_pulled_to_the_target() -> None:
    decisions = Decisions(torch.zeros(1, 2, dtype=torch.int64), torch.zeros(1, 2, 2, dtype=torch.bool))
    penalties = {}
    for switches in (PAPER, CORRECTED):
        controller = controller_with(switches, layers=2)
        rollout = controller(1, torch.Generator(), decisions)
        # With two layers there is one skip decision; its entropy and log-probability give s by hand.
        op_log_prob = rollout.op_probabilities[0, :, 0].log().sum()
        no_skip = math.exp(float(rollout.log_prob[0].detach() - op_log_prob))
        s = -math.log(no_skip / (1 - no_skip)) / 2  # no_skip = sigmoid(-2s)
        factor = 1 if switches is PAPER else 2
        p = 1 / (1 + math.exp(-factor * s))
        expected = (1 - p) * math.log((1 - p) / 0.6) + p * math.log(p / 0.4)
        penalties[switches.skip_penalty] = float(rollout.skip_penalty[0].detach())
        assert penalties[switches.skip_penalty] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert abs(penalties["sigmoid_s"] - penalties["sigmoid_2s"]) > 1e-4


def test_switch_clip_rule_decides_whether_one_nan_spoils_every_gradient() -> None:
    spoilt = {}
    for rule in ("clamped", "legacy"):
        weights = SharedWeights(child_of(space_of(), 3), ChildSettings(layers=3, filters=4), rule)
        weights.used.fill_(True)
        weights.gradients.fill_(0.01)
        weights.gradients[5] = math.nan
        weights.step(weights.gradient_norm(), 0.05)
        spoilt[rule] = int(weights.values.isnan().sum())
    assert spoilt == {"clamped": len(weights.values), "legacy": 1}
    assert PAPER.clip_rule == CORRECTED.clip_rule == "clamped"

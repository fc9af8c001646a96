"""The controller as published: one sample at a time through nn.LSTM, torch.distributions to decide."""

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from engine.net.controller import Controller, Decisions
from engine.plan.protocol import Switches


@dataclasses.dataclass(frozen=True)
class Sample:
    """One architecture and what the loss needs of it."""

    outputs: list[int]
    skips: list[list[bool]]
    log_prob: Tensor
    entropy: Tensor
    skip_penalty: Tensor


class OracleController(nn.Module):
    """ENGINE.md section 4, read line by line; all parts taken over from the engine's controller."""

    def __init__(self, source: Controller, switches: Switches) -> None:
        super().__init__()
        hidden = source.settings.hidden_size
        num_outputs = source.op_embedding.num_embeddings
        self.num_layers, self.settings, self.switches = source.num_layers, source.settings, switches
        self.lstm = nn.LSTM(hidden, hidden, num_layers=1)
        self.g_emb = nn.Embedding(1, hidden)
        self.w_soft = nn.Linear(hidden, num_outputs, bias=False)
        self.w_emb = nn.Embedding(num_outputs, hidden)
        self.w_attn_1 = nn.Linear(hidden, hidden, bias=False)
        self.w_attn_2 = nn.Linear(hidden, hidden, bias=False)
        self.v_attn = nn.Linear(hidden, 1, bias=False)
        for ours, theirs in self.pairs(source):
            ours.data.copy_(theirs.data)

    def pairs(self, source: Controller) -> list[tuple[Tensor, Tensor]]:
        """Each of our parameters with the engine's of the same role."""
        lstm = dict(self.lstm.named_parameters())
        return [
            (lstm["weight_ih_l0"], source.lstm.weight_ih),
            (lstm["weight_hh_l0"], source.lstm.weight_hh),
            (lstm["bias_ih_l0"], source.lstm.bias_ih),
            (lstm["bias_hh_l0"], source.lstm.bias_hh),
            (self.g_emb.weight, source.start.weight),
            (self.w_soft.weight, source.op_logits.weight),
            (self.w_emb.weight, source.op_embedding.weight),
            (self.w_attn_1.weight, source.anchor_weight.weight),
            (self.w_attn_2.weight, source.query_weight.weight),
            (self.v_attn.weight, source.skip_score.weight),
        ]

    def forced(self, decisions: Decisions, sample: int) -> Sample:
        """Walk through recorded decisions and score them."""
        outputs, skips = decisions.outputs[sample], decisions.skips[sample]
        return self._walk(
            lambda layer, _: outputs[layer],
            lambda layer, earlier, _: skips[layer, earlier].long(),
        )

    def sampled(self) -> Sample:
        """Draw an architecture from torch's global generator."""
        return self._walk(
            lambda _, policy: policy.sample(),  # type: ignore[no-untyped-call]
            lambda _layer, _earlier, policy: policy.sample(),  # type: ignore[no-untyped-call]
        )

    def _walk(
        self,
        choose_op: Callable[[int, Categorical], Tensor],
        choose_skip: Callable[[int, int, Categorical], Tensor],
    ) -> Sample:
        bound = self.settings.tanh_constant
        start = self.g_emb.weight
        inputs, state = start, None
        anchors: list[Tensor] = []
        outputs: list[int] = []
        skips: list[list[bool]] = []
        log_probs: list[Tensor] = []
        entropies: list[Tensor] = []
        penalties: list[Tensor] = []
        for layer in range(self.num_layers):
            hidden, state = self._step(inputs, state)
            policy = Categorical(logits=bound * torch.tanh(self.w_soft(hidden)[0]))
            chosen = choose_op(layer, policy)
            outputs.append(int(chosen))
            log_probs.append(policy.log_prob(chosen))  # type: ignore[no-untyped-call]
            entropies.append(policy.entropy())  # type: ignore[no-untyped-call]
            anchor, after = self._step(self.w_emb(chosen).view(1, -1), state)
            if self.switches.second_lstm_state == "carried":
                state = after
            row: list[bool] = []
            penalty = torch.zeros(())
            inputs = start
            if layer > 0:
                total, count = torch.zeros_like(anchor), 0
                for earlier, old in enumerate(anchors):
                    score = self.v_attn(torch.tanh(self.w_attn_1(old) + self.w_attn_2(anchor)))[0, 0]
                    logits = bound * torch.tanh(torch.stack([-score, score]))
                    coin = Categorical(logits=logits)
                    skip = choose_skip(layer, earlier, coin)
                    row.append(bool(skip))
                    log_probs.append(coin.log_prob(skip))  # type: ignore[no-untyped-call]
                    entropies.append(coin.entropy())  # type: ignore[no-untyped-call]
                    pulled = (
                        torch.sigmoid(logits) if self.switches.skip_penalty == "sigmoid_s" else coin.probs
                    )
                    targets = (1 - self.settings.skip_target, self.settings.skip_target)
                    for p, target in zip(pulled, targets, strict=True):
                        penalty = penalty + p * torch.log(p / target)
                    if row[-1]:
                        total, count = total + old, count + 1
                inputs = total / (1 + count)
                penalties.append(penalty)
            anchors.append(anchor)
            skips.append(row)
        return Sample(
            outputs,
            skips,
            log_prob=torch.stack(log_probs).sum(),
            entropy=torch.stack(entropies).sum(),
            skip_penalty=torch.stack(penalties).mean(),
        )

    def _step(
        self, inputs: Tensor, state: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        out, state = self.lstm(inputs.view(1, 1, -1), state)
        return out[0], state


def update(
    oracle: OracleController,
    optimizer: torch.optim.Optimizer,
    samples: list[Sample],
    accuracies: list[float],
    baseline: float | None,
) -> float:
    """One published controller update, sample by sample; returns the baseline after it."""
    settings = oracle.settings
    optimizer.zero_grad(set_to_none=False)
    for sample, accuracy in zip(samples, accuracies, strict=True):
        entropy = sample.entropy
        if oracle.switches.entropy_gradient == "stopped":
            entropy = entropy.detach()
        reward = accuracy + settings.entropy_weight * entropy
        if baseline is None:
            baseline = accuracy
        else:
            baseline = baseline - (1 - settings.baseline_decay) * (baseline - float(reward.detach()))
        loss = -sample.log_prob * (reward - baseline) + settings.skip_weight * sample.skip_penalty
        torch.autograd.backward(loss / len(samples))
    torch.nn.utils.clip_grad_norm_(oracle.parameters(), settings.grad_clip)
    optimizer.step()
    assert baseline is not None
    return baseline

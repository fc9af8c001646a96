"""The controllers: an LSTM that samples architectures, and the uniform policy it is compared with."""

import dataclasses
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.net.drawing import draw_one_each
from engine.plan.architecture import Architecture
from engine.plan.config import ControllerSettings
from engine.plan.protocol import Switches


@dataclasses.dataclass(frozen=True)
class Decisions:
    """What was sampled for S architectures."""

    outputs: Tensor
    """int64 [S, L], the chosen controller output of each layer."""

    skips: Tensor
    """bool [S, L, L]; [s, l, j] says that layer l reads earlier layer j."""

    def architectures(self) -> list[Architecture]:
        """The S architectures as values."""
        sources = [
            tuple(tuple(j for j, chosen in enumerate(row) if chosen) for row in rows)
            for rows in self.skips.tolist()
        ]
        outputs = self.outputs.tolist()
        return [Architecture(tuple(o), s) for o, s in zip(outputs, sources, strict=True)]


@dataclasses.dataclass(frozen=True)
class Rollout:
    """S sampled architectures with everything the loss and the panels need of them."""

    decisions: Decisions
    log_prob: Tensor
    """[S], the sum over all decisions."""
    op_entropy: Tensor
    """[S], nats, the sum over the L op decisions."""
    skip_entropy: Tensor
    """[S], nats, the sum over the L (L - 1) / 2 skip decisions."""
    skip_penalty: Tensor
    """[S], the mean over layers 1 to L-1."""
    op_policies: Sequence[Tensor]
    """A layer's [S, N], without gradient; L of them."""

    @property
    def op_probabilities(self) -> Tensor:
        """[S, L, N]: of thousands of outputs a copy that not every rollout is worth."""
        return torch.stack(tuple(self.op_policies), dim=1)

    @property
    def entropy(self) -> Tensor:
        """[S], nats, over all decisions."""
        return self.op_entropy + self.skip_entropy


class Kinds(nn.Module):
    """The first of an op step's two decisions: which kind of operation, before which of its outputs.

    Log probability and entropy of the two decisions together are those of the output they end in: the chain
    rule makes them sums over both. So the rest of the controller need not know.
    """

    kind_of_output: Tensor
    """int64 [N]."""

    def __init__(self, kind_of_output: Sequence[int], hidden: int) -> None:
        super().__init__()
        self.register_buffer("kind_of_output", torch.tensor(kind_of_output), persistent=False)
        self.logits = nn.Linear(hidden, max(kind_of_output) + 1, bias=False)

    def log_policy(self, kind_logits: Tensor, logits: Tensor) -> Tensor:
        """[S, K] and [S, N] -> log probability [S, N]: of the kind, and of the output within it."""
        highest = torch.full_like(kind_logits, -math.inf)
        index = self.kind_of_output.expand_as(logits)
        highest = highest.scatter_reduce(1, index, logits.detach(), "amax")
        within = (logits - highest.gather(1, index)).exp()
        total = torch.zeros_like(kind_logits).scatter_add(1, index, within)
        log_total = total.log() + highest
        return torch.log_softmax(kind_logits, dim=1).gather(1, index) + logits - log_total.gather(1, index)


class Controller(nn.Module):
    """One-layer LSTM over alternating op and anchor steps (docs/ENGINE.md section 4).

    All S architectures of a rollout are one batch: the parameters do not change within it. With
    `kind_of_output` [N] an op step chooses a kind, 0 to K-1, and then one of that kind's outputs (section 9).
    """

    def __init__(
        self,
        num_layers: int,
        num_outputs: int,
        settings: ControllerSettings,
        switches: Switches,
        kind_of_output: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        hidden = settings.hidden_size
        self.num_layers, self.settings, self.switches = num_layers, settings, switches
        self.lstm = nn.LSTMCell(hidden, hidden)
        self.start = nn.Embedding(1, hidden)
        self.op_logits = nn.Linear(hidden, num_outputs, bias=False)
        self.op_embedding = nn.Embedding(num_outputs, hidden)
        self.anchor_weight = nn.Linear(hidden, hidden, bias=False)
        self.query_weight = nn.Linear(hidden, hidden, bias=False)
        self.skip_score = nn.Linear(hidden, 1, bias=False)
        self.kinds = Kinds(kind_of_output, hidden) if kind_of_output is not None else None
        for name, parameter in self.named_parameters():
            if "bias" not in name:
                nn.init.uniform_(parameter, -0.1, 0.1)

    def forward(
        self, num_samples: int, generator: torch.Generator, forced: Decisions | None = None
    ) -> Rollout:
        """Sample S architectures; with `forced`, follow those decisions and score them instead."""
        size = (num_samples, self.num_layers)
        outputs = torch.zeros(size, dtype=torch.int64)
        skips = torch.zeros((*size, self.num_layers), dtype=torch.bool)
        start = self.start.weight.expand(num_samples, -1)
        inputs, state = start, None
        anchors: list[Tensor] = []
        keys: list[Tensor] = []
        log_probs, op_entropies, skip_entropies, penalties, policies = [], [], [], [], []
        for layer in range(self.num_layers):
            state = self.lstm(inputs, state)
            log_policy = self._op_log_policy(state[0])
            policy = log_policy.exp()
            policies.append(policy.detach())
            chosen = draw_one_each(policies[-1], generator) if forced is None else forced.outputs[:, layer]
            outputs[:, layer] = chosen
            log_probs.append(log_policy.gather(1, chosen[:, None])[:, 0])
            op_entropies.append(-(policy * log_policy).sum(1))

            second = self.lstm(self.op_embedding(chosen), state)
            if self.switches.second_lstm_state == "carried":
                state = second
            anchor = second[0]
            inputs = start
            if layer:
                taken, terms = self._skips(anchor, keys, generator, forced, layer)
                skips[:, layer, :layer] = taken
                log_probs.append(terms[0])
                skip_entropies.append(terms[1])
                penalties.append(terms[2])
                weights = taken.to(anchor.dtype)
                total = torch.einsum("sj,sjh->sh", weights, torch.stack(anchors, dim=1))
                inputs = total / (1.0 + weights.sum(1, keepdim=True))
            anchors.append(anchor)
            keys.append(self.anchor_weight(anchor))
        return Rollout(
            Decisions(outputs, skips),
            log_prob=torch.stack(log_probs).sum(0),
            op_entropy=torch.stack(op_entropies).sum(0),
            skip_entropy=torch.stack(skip_entropies).sum(0),
            skip_penalty=torch.stack(penalties).mean(0),
            op_policies=policies,
        )

    def _op_log_policy(self, hidden: Tensor) -> Tensor:
        """Log probability [S, N] of each output, from hidden states [S, H]."""
        bound = self.settings.tanh_constant
        logits = bound * torch.tanh(self.op_logits(hidden))
        if self.kinds is None:
            return torch.log_softmax(logits, dim=1)
        return self.kinds.log_policy(bound * torch.tanh(self.kinds.logits(hidden)), logits)

    def _skips(
        self,
        anchor: Tensor,
        keys: list[Tensor],
        generator: torch.Generator,
        forced: Decisions | None,
        layer: int,
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        """Decide the skips of one layer: taken [S, layer], and (log_prob, entropy, penalty) [S] each."""
        settings = self.settings
        query = torch.tanh(torch.stack(keys, dim=1) + self.query_weight(anchor)[:, None])
        score = settings.tanh_constant * torch.tanh(self.skip_score(query)[:, :, 0])
        logits = torch.stack([-score, score], dim=2)
        log_policy = torch.log_softmax(logits, dim=2)
        policy = log_policy.exp()
        if forced is None:
            uniform = torch.rand(score.shape, generator=generator)
            taken = uniform < policy[:, :, 1].detach()
        else:
            taken = forced.skips[:, layer, :layer]
        log_prob = log_policy.gather(2, taken.long()[:, :, None])[:, :, 0].sum(1)
        entropy = -(policy * log_policy).sum((1, 2))
        target = torch.tensor([1 - settings.skip_target, settings.skip_target])
        pulled = torch.sigmoid(logits) if self.switches.skip_penalty == "sigmoid_s" else policy
        penalty = (pulled * torch.log(pulled / target)).sum((1, 2))
        return taken, (log_prob, entropy, penalty)


class UniformPolicy:
    """The `random` controller: every op equally likely, every skip a fair coin; it never learns."""

    def __init__(self, num_layers: int, num_outputs: int) -> None:
        self.num_layers, self.num_outputs = num_layers, num_outputs

    def __call__(self, num_samples: int, generator: torch.Generator) -> Rollout:
        """Sample S architectures uniformly."""
        num_layers = self.num_layers
        outputs, log_prob, op_entropy, probabilities = self._ops(num_samples, generator)
        coins = torch.rand((num_samples, num_layers, num_layers), generator=generator) < 0.5
        skips = coins & torch.ones(num_layers, num_layers, dtype=torch.bool).tril(-1)
        num_skips = num_layers * (num_layers - 1) // 2

        def all_samples(value: float) -> Tensor:
            return torch.full((num_samples,), value)

        return Rollout(
            Decisions(outputs, skips),
            log_prob=(log_prob - num_skips * math.log(2)).float(),
            op_entropy=all_samples(op_entropy),
            skip_entropy=all_samples(num_skips * math.log(2)),
            skip_penalty=all_samples(0.0),
            op_policies=[probabilities.expand(num_samples, -1)] * num_layers,
        )

    def _ops(self, num_samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor, float, Tensor]:
        """Outputs [S, L], log probability [S] as float64, entropy of a sample, probability [N]."""
        num_layers, num_outputs = self.num_layers, self.num_outputs
        outputs = torch.randint(num_outputs, (num_samples, num_layers), generator=generator)
        entropy = num_layers * math.log(num_outputs)
        log_prob = torch.full((num_samples,), -entropy, dtype=torch.float64)
        return outputs, log_prob, entropy, torch.full((num_outputs,), 1 / num_outputs)


class UniformByKind(UniformPolicy):
    """The `random` controller that chooses a kind first: each is equally likely, and each of its outputs."""

    def __init__(self, num_layers: int, kind_of_output: Sequence[int]) -> None:
        super().__init__(num_layers, len(kind_of_output))
        kinds = torch.tensor(kind_of_output)
        sizes = torch.bincount(kinds)
        self._probabilities = 1 / (len(sizes) * sizes[kinds].double())

    def _ops(self, num_samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor, float, Tensor]:
        probabilities, size = self._probabilities, (num_samples, self.num_layers)
        drawn = torch.multinomial(probabilities, num_samples * self.num_layers, True, generator=generator)
        outputs, logs = drawn.view(size), probabilities.log()
        entropy = -self.num_layers * float((probabilities * logs).sum())
        return outputs, logs[outputs].sum(1), entropy, probabilities.float()


Policy = Controller | UniformPolicy


def build_policy(
    num_layers: int,
    num_outputs: int,
    settings: ControllerSettings,
    switches: Switches,
    seed: int,
    kind_of_output: Sequence[int] | None = None,
) -> Policy:
    """The configured controller, on the CPU; its weights depend on the seed alone.

    It stays there whatever the child's device: its decisions are needed on the host, and its rollouts are
    many tiny operations.
    """
    if settings.kind == "random":
        if kind_of_output is not None:
            return UniformByKind(num_layers, kind_of_output)
        return UniformPolicy(num_layers, num_outputs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Controller(num_layers, num_outputs, settings, switches, kind_of_output)

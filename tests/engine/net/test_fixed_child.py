"""The fixed network: equal to its formula, made of one architecture's parts and no others."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.net.controller import Decisions
from engine.net.fixed_child import FixedChild, FixedPolicy
from engine.net.noise import NoiseSource
from engine.plan.architecture import Architecture
from engine.plan.config import ChildSettings
from engine.plan.protocol import Switches
from engine.plan.space import Space
from tests.builders import CPU, P3_PLUS, chain_of, images_of, poisoned, random_architectures, space_of


def fixed(architecture: Architecture, space: Space, filters: int = 4, keep_prob: float = 1.0) -> FixedChild:
    settings = ChildSettings(layers=len(architecture.outputs), filters=filters, keep_prob=keep_prob)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return FixedChild(architecture, space, settings, Switches(), 10, NoiseSource(CPU, 2))


def formula(child: FixedChild, images: torch.Tensor, architecture: Architecture) -> torch.Tensor:
    """The published fixed network, written down once more from torch's own functions, reductions in full."""

    def norm(x: torch.Tensor, module: nn.Module) -> torch.Tensor:
        return F.batch_norm(x, None, None, module.weight, module.bias, True, 0.0, 1e-5)  # type: ignore[arg-type]

    def reduced(x: torch.Tensor, module: nn.Module) -> torch.Tensor:
        paths = (
            F.conv2d(x[:, :, ::2, ::2], module.path1.weight),
            F.conv2d(  # type: ignore[union-attr, arg-type]
                x[:, :, 1::2, 1::2],
                module.path2.weight,  # type: ignore[union-attr, arg-type]
            ),
        )
        return norm(torch.cat(paths, 1), module.norm)  # type: ignore[arg-type]

    x = norm(F.conv2d(images, child.stem[0].weight, padding=1), child.stem[1])  # type: ignore[arg-type]
    outputs: list[torch.Tensor] = []
    for index, output in enumerate(architecture.outputs):
        layer = child.layer(index)
        made = layer.operations[child.space.slot_of_output[output]](x)
        everything = torch.cat([*(outputs[source] for source in architecture.skips[index]), made], 1)
        x = norm(F.relu(F.conv2d(everything, layer.join.weight)), layer.norm)  # type: ignore[union-attr, arg-type]
        outputs.append(x)
        if index in child.reduced_after:
            read = {source for skips in architecture.skips[index + 1 :] for source in skips} | {index}
            outputs = [
                reduced(each, layer.reductions[source]) if source in read else each
                for source, each in enumerate(outputs)
            ]
            x = outputs[-1]
    head = child.head[3]
    return F.linear(x.mean((2, 3)), head.weight, head.bias)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_a_fixed_network_equals_the_published_formula(seed: int) -> None:
    (architecture,) = random_architectures(space_of(), 1, 6 + 3 * (seed % 2), seed)
    child, images = fixed(architecture, space_of()).double(), images_of(4, seed)[0].double()
    expected = formula(child, images, architecture)
    torch.testing.assert_close(child(images, architecture), expected)
    ours = torch.autograd.grad(child(images, architecture).square().sum(), child.stem[0].weight)  # type: ignore[arg-type]
    theirs = torch.autograd.grad(expected.square().sum(), child.stem[0].weight)  # type: ignore[arg-type]
    torch.testing.assert_close(ours, theirs)


def test_a_join_reads_its_skips_in_order_and_the_operation_last() -> None:
    architecture = chain_of(0, 1, 2, skips={2: (0, 1)})
    child = fixed(architecture, space_of(), filters=4)
    assert [tuple(child.layer(index).join.weight.shape) for index in range(3)] == [  # type: ignore[union-attr]
        (4, 4, 1, 1),
        (4, 4, 1, 1),
        (4, 12, 1, 1),
    ]
    layer, maps = child.layer(2), [torch.full((2, 4, 8, 8), float(value)) for value in (1, 2, 3)]
    with torch.no_grad():
        layer.join.weight.zero_()  # type: ignore[union-attr, operator]
        layer.join.weight[:, [0, 4, 8]] = torch.tensor([100.0, 10.0, 1.0])[None, :, None, None]  # type: ignore[union-attr, index, operator]
    seen: list[torch.Tensor] = []
    layer.norm.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
    layer.joined(maps[2], iter(maps[:2]))
    assert seen[0].unique().tolist() == [123.0]


def test_every_weight_of_a_fixed_network_gets_a_gradient() -> None:
    for architecture in random_architectures(space_of(), 3, 9, 5):
        child, (images, labels) = fixed(architecture, space_of()), images_of(4)
        F.cross_entropy(child(images, architecture), labels).backward()  # type: ignore[no-untyped-call]
        assert all(parameter.grad is not None for parameter in child.parameters())
        used, every = list(child.used_parts(architecture)), list(child.parts())
        with_weights = [part for part in every if any(True for _ in part.parameters())]
        assert {id(part) for part in with_weights} <= {id(part) for part in used}
        assert sum(p.numel() for part in every for p in part.parameters()) == sum(
            p.numel() for p in child.parameters()
        )


def test_poison_stays_in_a_fixed_network_while_training_and_is_inert_in_evaluation() -> None:
    space = poisoned(P3_PLUS, 1)
    architecture = chain_of(0, 7, 2)  # output 7 is dropout(p=1)
    child, (images, _) = fixed(architecture, space), images_of(4)
    active, inert = child.in_both_modes(images, architecture)
    assert torch.equal(active, active[:1].expand_as(active))  # nothing of the image passes
    assert not torch.allclose(inert, inert[:1].expand_as(inert))


def test_a_fixed_policy_is_certain_of_its_architecture_and_draws_nothing() -> None:
    (architecture,) = random_architectures(space_of(), 1, 6, 3)
    generator = torch.Generator().manual_seed(4)
    before = generator.get_state()
    rollout = FixedPolicy(architecture, 6)(5, generator)
    assert rollout.decisions.architectures() == [architecture] * 5
    assert isinstance(rollout.decisions, Decisions)
    assert torch.equal(generator.get_state(), before)
    assert rollout.op_probabilities.shape == (5, 6, 6)
    assert rollout.op_probabilities.gather(2, rollout.decisions.outputs[:, :, None]).eq(1).all()
    assert rollout.entropy.eq(0).all()

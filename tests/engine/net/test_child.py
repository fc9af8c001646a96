"""The child equals the plain published form, shares modules among copies, and says which parts it uses."""

import copy
import functools
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.net.child import Child, seeded_child
from engine.net.noise import NoiseSource
from engine.plan.architecture import Architecture, zero_variance_chain
from engine.plan.config import ChildSettings
from engine.plan.operations import Conv, Dropout, Gaussian, Identity, MaxPool, Operation, TransposedConv
from engine.plan.protocol import PROTOCOLS, Switches
from engine.plan.space import Space
from tests.builders import (
    CPU,
    P3,
    P3_PLUS,
    chain_of,
    child_of,
    images_of,
    poisoned,
    random_architectures,
    randomise_norms,
    space_of,
)
from tests.oracle.child import OracleChild
from tests.oracle.noise import RecordedNoise, ReplayedNoise

MIXED = space_of((Gaussian(2.0), 2), (Dropout(0.3), 3), (Identity(), 1), (TransposedConv(3), 2))
"""Every kind of operation, some with copies, and no full dropout: nothing amplifies rounding."""


def pair(
    space: Space, layers: int, *, filters: int = 6, keep_prob: float = 0.9, switches: Switches | None = None
) -> tuple[Child, OracleChild, RecordedNoise]:
    """A child and its oracle with the same weights; the oracle replays the child's noise."""
    noise = RecordedNoise()
    switches = switches or Switches()
    child = child_of(space, layers, filters, keep_prob=keep_prob, switches=switches, noise=noise)
    randomise_norms(child, seed=3)
    dense = switches.sepconv_pointwise == "dense"
    oracle = OracleChild(space, layers, filters, 10, keep_prob, dense).take_over(child)
    oracle.noise = ReplayedNoise(noise)
    return child, oracle, noise


def gradients(child: Child) -> list[Tensor | None]:
    return [p.grad for part in child.parts() for p in part.parameters()]


def in_double(child: Child, oracle: OracleChild) -> None:
    """Double precision, so that only a difference in what is computed can be seen."""
    child.double()
    oracle.double()
    for buffer in child.buffers():  # an average pool's shares, rounded to single precision when built
        buffer.fill_(1 / buffer[0, 0].numel())


def compare(child: Child, oracle: OracleChild, architecture: Architecture, share: float = 1e-9) -> None:
    """One step's logits and gradients, each within `share` of its norm and a hundredth of the whole's."""
    images, labels = images_of(8, seed=sum(architecture.outputs))
    images = images.to(next(child.parameters()).dtype)
    child.zero_grad(set_to_none=True)
    oracle.zero_grad(set_to_none=True)
    logits, expected = child(images, architecture), oracle(images, architecture)
    torch.testing.assert_close(logits, expected, rtol=share, atol=share)
    torch.autograd.backward(F.cross_entropy(logits, labels))
    torch.autograd.backward(F.cross_entropy(expected, labels))
    pairs = list(zip(gradients(child), oracle.gradients(), strict=True))
    whole = sum(float(theirs.square().sum()) for _, theirs in pairs if theirs is not None) ** 0.5
    for ours, theirs in pairs:
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert float((ours - theirs).norm()) <= share * (float(theirs.norm()) + 0.01 * whole)


@pytest.mark.parametrize("protocol", ["paper", "corrected"])
@pytest.mark.parametrize("layers", [3, 6, 12])
def test_a_child_equals_the_plain_published_form_forward_and_backward(layers: int, protocol: str) -> None:
    child, oracle, noise = pair(MIXED, layers, switches=PROTOCOLS[protocol])
    child.train()
    oracle.train()
    in_double(child, oracle)
    for architecture in random_architectures(MIXED, 6, layers, seed=layers):
        compare(child, oracle, architecture)
        assert not noise.draws


def test_in_single_precision_too_up_to_its_rounding() -> None:
    child, oracle, _ = pair(MIXED, 12)
    child.train()
    oracle.train()
    for architecture in random_architectures(MIXED, 6, 12, seed=9):
        compare(child, oracle, architecture, share=5e-3)


def test_a_child_equals_the_plain_published_form_in_evaluation() -> None:
    child, oracle, noise = pair(MIXED, 6)
    child.eval()
    oracle.eval()
    in_double(child, oracle)
    for architecture in random_architectures(MIXED, 6, 6, seed=1):
        compare(child, oracle, architecture)
    assert not noise.draws


def test_without_skips_and_with_all_skips_a_child_equals_the_plain_form() -> None:
    child, oracle, _ = pair(space_of(), 7, keep_prob=1.0)
    in_double(child, oracle)
    for probability in (0.0, 1.0):
        compare(child, oracle, random_architectures(space_of(), 1, 7, 2, probability)[0])


def test_a_chain_amplifies_the_activations_gradient_as_in_the_plain_form() -> None:
    """The parameters' gradients behind it are rounding residue and differ; what flows by them does not."""
    space = poisoned(P3_PLUS, 1)
    child, oracle, _ = pair(space, 6, filters=8, keep_prob=1.0)
    found: list[list[float]] = []
    architecture = chain_of(0, 7, 6, 6, 1, 2)
    images, labels = images_of(8)

    def note(seen: dict[int, float], index: int, _: object, __: object, out: tuple[Tensor, ...]) -> None:
        seen[index] = float(out[0].norm())

    networks = (
        (child, [child.layer(i).norm for i in range(6)]),
        (oracle, list(oracle.norms.children())),
    )
    for network, norms in networks:
        network.train()
        norms_seen: dict[int, float] = {}
        for index, norm in enumerate(norms):
            norm.register_full_backward_hook(functools.partial(note, norms_seen, index))
        logits = network(images.requires_grad_(), architecture)
        torch.autograd.backward(F.cross_entropy(logits, labels))
        found.append([norms_seen[index] for index in range(1, 6)])
    assert found[0] == pytest.approx(found[1], rel=0.05)
    assert found[0][0] > 1e9 * found[0][-1]
    assert found[0][0] > 300 * found[0][1] > 300 * 300**2 * found[0][2] / 100


@pytest.mark.parametrize("filters", [4, 8, 12, 36])
def test_a_constant_map_stays_constant_to_the_last_bit_through_a_chain(filters: int) -> None:
    """One unit of rounding would grow by 316 at every norm: after three there is no constant left."""
    space = poisoned((*P3_PLUS, MaxPool(3)), 1)
    child = child_of(space, 12, filters).train()
    randomise_norms(child, 1)
    spreads: list[float] = []
    for index in range(2, 12):
        child.layer(index).norm.register_forward_pre_hook(
            lambda _, inputs: spreads.append(float((inputs[0] - inputs[0][:1, :, :1, :1]).abs().max()))
        )
    with torch.no_grad():
        child(images_of(8)[0], chain_of(0, 0, 7, 6, 8, 6, 6, 8, 6, 6, 8, 6))
    assert spreads == [0.0] * 10


def test_a_layer_is_the_normalised_sum_of_operation_and_skips() -> None:
    child = child_of(space_of((Identity(), 1)), layers=6, filters=4)
    randomise_norms(child, 1)
    seen: dict[int, Tensor] = {}
    for index in range(6):
        child.layer(index).norm.register_forward_pre_hook(
            lambda _, inputs, index=index: seen.__setitem__(index, inputs[0].clone())  # it may be overwritten
        )
    images, _ = images_of(2)
    child(images, chain_of(6, 6, 6, 6, 6, 6, skips={1: (0,), 3: (0, 2)}))
    stem = child.stem(images)
    torch.testing.assert_close(seen[0], stem)
    first = child.layer(0).norm(stem)
    torch.testing.assert_close(seen[1], first + first)
    # After layer 1 everything so far is halved, each output by its own reduction.
    second = child.layer(1).norm(seen[1])
    halved = [reduce(x) for reduce, x in zip(child.layer(1).reductions, (first, second), strict=True)]
    torch.testing.assert_close(seen[2], halved[1])
    third = child.layer(2).norm(halved[1])
    torch.testing.assert_close(seen[3], third + halved[0] + third)


def test_copies_share_one_module_its_weights_and_its_gradients() -> None:
    space = poisoned((TransposedConv(3),), 300)
    child = child_of(space, layers=3)
    images, labels = images_of(4)
    shared = [child.layer(layer).operations[6] for layer in range(3)]
    assert len({id(module) for module in shared}) == 3  # one module a layer, not one for all layers

    def step(output: int) -> list[Tensor | None]:
        child.zero_grad(set_to_none=True)
        torch.autograd.backward(F.cross_entropy(child(images, chain_of(output, 0, 0)), labels))
        return [None if g is None else g.clone() for g in gradients(child)]

    def same(ours: list[Tensor | None], theirs: list[Tensor | None]) -> bool:
        pairs = zip(ours, theirs, strict=True)
        return all(a is b if a is None or b is None else torch.equal(a, b) for a, b in pairs)

    first = step(6)
    (weight,) = shared[0].parameters()
    assert weight.grad is not None
    assert (weight.grad != 0).all()
    assert same(first, step(200))
    assert same(first, step(305))
    assert not same(first, step(5))


def test_306_outputs_cost_the_child_no_more_parameters_than_7() -> None:
    sizes = {
        space.num_outputs: sum(p.numel() for p in child_of(space, 12, 8).parameters())
        for space in (poisoned((TransposedConv(3),), 1), poisoned((TransposedConv(3),), 300))
    }
    assert set(sizes) == {7, 306}
    assert sizes[7] == sizes[306]


@pytest.mark.parametrize("layers", [3, 4, 6, 12])
def test_used_parts_are_exactly_those_to_which_autograd_gives_a_gradient(layers: int) -> None:
    space = space_of((Identity(), 2), (Dropout(1.0), 1), (TransposedConv(3), 1))
    child, oracle, _ = pair(space, layers, filters=4, keep_prob=1.0)
    oracle.train()
    images, labels = images_of(2)
    for architecture in random_architectures(space, 12, layers, 5) + random_architectures(
        space, 12, layers, 6, 0.15
    ):
        oracle.zero_grad(set_to_none=True)
        torch.autograd.backward(F.cross_entropy(oracle(images, architecture), labels))
        used = set(child.used_parts(architecture))
        for part, theirs in zip(child.parts(), oracle.parameters_by_part(), strict=True):
            if theirs:
                assert (part in used) == all(p.grad is not None for p in theirs), architecture
                assert (part in used) == any(p.grad is not None for p in theirs), architecture


def test_every_parameter_belongs_to_one_part() -> None:
    child = child_of(space_of(), 12)
    listed = [id(p) for part in child.parts() for p in part.parameters()]
    assert sorted(listed) == sorted(id(p) for p in child.parameters())


def test_convolutions_start_kaiming_uniform_and_the_rest_as_torch_does() -> None:
    torch.manual_seed(0)
    child = child_of(space_of((TransposedConv(3), 1)), 3, 36)
    for module in child.modules():
        if isinstance(module, torch.nn.Conv2d):
            fan_in = module.weight[0].numel()
            bound = math.sqrt(6 / fan_in)
            largest = module.weight.abs().max().item()
            assert largest <= bound
            assert largest > 0.9 * bound or module.weight.numel() < 100
        if isinstance(module, torch.nn.ConvTranspose2d):
            assert module.weight.abs().max().item() <= math.sqrt(1 / (36 * 9)) + 1e-6
    assert all((child.layer(i).norm.weight == 1).all() for i in range(3))


def test_the_heads_dropout_is_there_in_training_only() -> None:
    child = child_of(space_of(), 3, keep_prob=0.5, filters=8)
    images, _ = images_of(4)
    architecture = chain_of(0, 0, 0)
    child.eval()
    assert torch.equal(child(images, architecture), child(images, architecture))
    child.train()
    assert not torch.equal(child(images, architecture), child(images, architecture))


def test_the_same_seed_builds_the_same_child_and_leaves_the_global_generator_alone() -> None:
    settings = ChildSettings(layers=3, filters=4)
    before = torch.get_rng_state()
    first, second, third = (
        seeded_child(space_of(), settings, Switches(), 10, RecordedNoise(), seed) for seed in (1, 1, 2)
    )
    assert torch.equal(torch.get_rng_state(), before)
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), third.parameters(), strict=True))


def gradient_norm(child: Child, architecture: Architecture, batch: int = 8) -> tuple[float, bool]:
    """The norm of all gradients, and whether every entry is finite."""
    images, labels = images_of(batch)
    child.zero_grad(set_to_none=True)
    torch.autograd.backward(F.cross_entropy(child(images, architecture), labels))
    present = torch.cat([g.reshape(-1) for g in gradients(child) if g is not None])
    return float(torch.linalg.vector_norm(present)), bool(present.isfinite().all())


def stretched_chain(num_stretched: int, more: int = 0) -> tuple[int, ...]:
    """Twelve layers whose last norms see constants: dropout, then so many stretched convolutions."""
    return (0,) * (11 - num_stretched - more) + (7,) + (6,) * num_stretched + (0,) * more


@pytest.mark.parametrize(
    ("architecture", "length", "kind"),
    [
        (chain_of(*stretched_chain(0, more=3)), 2, "harmless"),
        (chain_of(*stretched_chain(1, more=2)), 5, "hijack"),
        (chain_of(*stretched_chain(2, more=1)), 8, "hijack"),
        (chain_of(*stretched_chain(4)), 14, "overflow"),
        (chain_of(*stretched_chain(6)), 20, "nan"),
        (chain_of(*stretched_chain(8)), 27, "nan"),
    ],
)
def test_a_steps_norm_is_of_the_class_its_chain_predicts(
    architecture: Architecture, length: int, kind: str
) -> None:
    space = poisoned(P3_PLUS, 1)
    assert zero_variance_chain(space, architecture).length == length
    assert zero_variance_chain(space, architecture).predicted == kind
    child = child_of(space, 12, 8).train()
    randomise_norms(child, 2, positive=True)
    norm, finite = gradient_norm(child, architecture)
    if kind == "harmless":
        assert norm < 100
    elif kind == "hijack":
        assert 5 < norm < math.inf
        assert finite
    elif kind == "overflow":
        assert norm == math.inf
        assert finite
    else:
        assert not finite


def test_nan_reaches_the_stem_through_a_full_dropout() -> None:
    space = poisoned(P3_PLUS, 1)
    child = child_of(space, 12, 8).train()
    randomise_norms(child, 2, positive=True)
    norm, finite = gradient_norm(child, chain_of(0, 0, 7, 6, 6, 6, 6, 6, 6, 6, 6, 6))
    assert math.isnan(norm)
    assert not finite
    stem = next(child.stem.parameters()).grad
    assert stem is not None
    assert stem.isnan().all()


def test_a_copied_child_does_not_share_weights() -> None:
    child = child_of(poisoned(P3, 1), 3)
    other = copy.deepcopy(child)
    next(other.parameters()).data.zero_()
    assert next(child.parameters()).abs().sum() > 0


def test_max_pools_keep_a_constant_and_padded_convolutions_do_not() -> None:
    space = space_of((Dropout(1.0), 1), base=(Conv(3), MaxPool(3)))
    child = child_of(space, 6, 8).train()
    randomise_norms(child, 4, positive=True)
    kept, _ = gradient_norm(child, chain_of(0, 0, 2, 1, 1, 1))
    broken, _ = gradient_norm(child, chain_of(0, 0, 2, 0, 0, 0))
    assert kept > 100 * broken


@pytest.mark.parametrize("poison", [(Conv(3), 1), (Dropout(0.5), 1), (Gaussian(2.0), 1)], ids=str)
def test_both_modes_at_once_are_each_mode_alone_and_draw_the_same_noise(
    poison: tuple[Operation, int],
) -> None:
    space, noises = space_of(poison), [NoiseSource(CPU, 1) for _ in range(2)]
    together, alone = (child_of(space, 3, keep_prob=0.5, noise=noise) for noise in noises)
    images, architecture = images_of(4)[0], chain_of(0, 6, 5)
    with torch.no_grad():
        found = together.in_both_modes(images, architecture)
        expected = [alone.train(mode)(images, architecture) for mode in (True, False)]
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.equal(ours, theirs)
    assert not torch.equal(*expected)
    assert torch.equal(*(noise.generator.get_state() for noise in noises))
    assert not together.training

"""Spaces by the paper's figures: probabilities, expected poison, the floor, and which are alike."""

import math
import tomllib

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.operations import (
    AvgPool,
    Conv,
    Dropout,
    Gaussian,
    Identity,
    MaxPool,
    Operation,
    SepConv,
    TransposedConv,
    operation_text,
    parse_operation,
)
from engine.plan.space import BASES, Space, make_space, read_space
from tests.builders import P3, P3_PLUS, poisoned, space_of

ODD = st.integers(0, 15).map(lambda n: 2 * n + 1)
NUMBER = st.floats(1e-300, 1e6, allow_subnormal=False)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(lambda k, d: Conv(k, dilation=d), ODD, st.integers(1, 200)),
    st.builds(SepConv, ODD),
    st.builds(AvgPool, ODD),
    st.builds(MaxPool, ODD),
    st.just(Identity()),
    st.builds(Gaussian, NUMBER),
    st.builds(Dropout, st.floats(1e-300, 1.0, allow_subnormal=False)),
    st.builds(TransposedConv, ODD),
)
POISON = st.lists(st.tuples(OPERATIONS, st.integers(1, 7_000)), max_size=4).map(tuple)
SPACES: st.SearchStrategy[Space] = st.one_of(
    st.builds(make_space, st.sampled_from(sorted(BASES)), POISON),
    st.builds(make_space, st.lists(OPERATIONS, min_size=1, max_size=4).map(tuple), POISON),
)


def test_the_two_bases_are_the_papers_lists() -> None:
    assert [op.label for op in BASES["enas6"]] == [
        "conv3x3",
        "sepconv3x3",
        "conv5x5",
        "sepconv5x5",
        "avgpool3x3",
        "maxpool3x3",
    ]
    assert [op.label for op in BASES["paper5"]] == [
        "identity",
        "sepconv3x3",
        "sepconv5x5",
        "maxpool3x3",
        "avgpool3x3",
    ]


@pytest.mark.parametrize("copies", [1, 6, 36, 300])
def test_a_clean_operation_has_one_share_and_a_poisoned_one_as_many_as_its_copies(copies: int) -> None:
    space = poisoned(P3, copies)
    num = 6 + copies
    assert space.num_outputs == num
    assert space.num_poisoned_outputs == copies
    assert space.clean_probability == pytest.approx(1 / num)
    assert space.slot_probability(space.slots[-1]) == pytest.approx(copies / num)
    assert sum(space.slot_probability(slot) for slot in space.slots) == pytest.approx(1)


@pytest.mark.parametrize(("copies", "layers"), [(36, 10.29), (300, 11.76)])
def test_a_uniform_policy_poisons_as_many_layers_as_the_paper_implies(copies: int, layers: float) -> None:
    assert poisoned(P3, copies).expected_poisoned_layers(12) == pytest.approx(layers, abs=0.005)


@pytest.mark.parametrize(("copies", "floor"), [(36, 2.76), (120, 5.99), (300, 8.56)])
def test_even_a_perfect_controller_samples_the_floor(copies: int, floor: float) -> None:
    assert poisoned(P3, copies).poisoned_layers_floor(12, 1.5) == pytest.approx(floor, abs=0.005)


@given(space=SPACES, layers=st.integers(1, 64))
def test_the_floor_lies_between_nothing_and_the_uniform_share(space: Space, layers: int) -> None:
    floor = space.poisoned_layers_floor(layers, 1.5)
    assert 0 <= floor <= space.expected_poisoned_layers(layers) + 1e-9 <= layers + 2e-9


def test_a_clean_space_has_no_floor_and_one_of_poison_alone_has_nothing_else() -> None:
    assert space_of().poisoned_layers_floor(12, 1.5) == 0
    only_poison = make_space((), ((Dropout(1.0), 3),))
    assert only_poison.poisoned_layers_floor(12, 1.5) == pytest.approx(12)


def test_the_floor_is_reached_by_the_best_logits_the_controller_can_give() -> None:
    space = poisoned(P3, 36)
    clean, bad = math.exp(1.5), math.exp(-1.5)
    share = 36 * bad / (36 * bad + 6 * clean)
    assert space.poisoned_layers_floor(12, 1.5) == pytest.approx(12 * share)


def test_the_same_operation_twice_is_two_slots_or_twice_the_copies_with_the_same_distribution() -> None:
    gaussian = Gaussian(10.0)
    two_slots = space_of((gaussian, 3), (gaussian, 3))
    one_slot = space_of((gaussian, 6))
    assert [len(two_slots.slots), len(one_slot.slots)] == [8, 7]
    assert two_slots.num_outputs == one_slot.num_outputs == 12

    def distribution(space: Space) -> dict[Operation, float]:
        found: dict[Operation, float] = {}
        for slot in space.slots:
            found[slot.operation] = found.get(slot.operation, 0) + space.slot_probability(slot)
        return found

    assert distribution(two_slots) == pytest.approx(distribution(one_slot))


def test_outputs_belong_to_slots_in_order() -> None:
    space = poisoned(P3_PLUS, 2)
    assert space.slot_of_output == (0, 1, 2, 3, 4, 5, 6, 6, 7, 7)


def test_poison_is_a_property_of_the_slot_and_not_of_the_operation() -> None:
    space = make_space((Dropout(1.0), Conv(3)), ((Conv(3), 2),))
    assert [slot.poisoned for slot in space.slots] == [False, False, True]


@settings(max_examples=150, deadline=None)
@given(space=SPACES)
def test_a_space_survives_the_way_through_toml(space: Space) -> None:
    text = tomli_w.dumps({"space": space.table()})
    assert read_space(tomllib.loads(text)["space"]) == space


@settings(max_examples=150, deadline=None)
@given(operation=OPERATIONS)
def test_an_operations_text_reads_back_as_the_same_operation(operation: Operation) -> None:
    assert parse_operation(operation_text(operation), "here") == operation


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("conv3x3", Conv(3)),
        ("sepconv5x5", SepConv(5)),
        ("dropout(p=1)", Dropout(1.0)),
        ("conv(k=3, dilation=50)", Conv(3, padding=50, dilation=50)),
        ("conv(k=3, d=60)", Conv(3, padding=60, dilation=60)),
        ("gaussian(s=2)", Gaussian(2.0)),
        ("gaussian( sigma = 0.5 )", Gaussian(0.5)),
        ("  identity ", Identity()),
        ("transposed_conv(kernel=5)", TransposedConv(5)),
        ("transposed_conv5x5", TransposedConv(5)),
    ],
)
def test_operations_are_read_as_people_write_them(text: str, operation: Operation) -> None:
    assert parse_operation(text, "here") == operation


@pytest.mark.parametrize(
    "text",
    ["", "conv3x5", "conv4x4", "drop(p=1)", "dropout(p=2)", "dropout(p)", "dropout(p=nan)", "gaussian(s=inf)",
     "conv3x3(", "conv3x3)", "conv(k=3, padding=7)", "conv(k=3.5)", "conv(q=3)", "gaussian(sigma=0)",
     "dropout(p=1)dropout(p=1)", "conv\n3x3", "identity(x=1)", "conv3x3" + "(" * 300],
)  # fmt: skip
def test_other_texts_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_operation(text, "space.base[0]")
    assert "\n" not in str(refusal.value)


def test_text_far_behind_an_operation_is_not_passed_over() -> None:
    with pytest.raises(ValueError):
        parse_operation("conv3x3" + " " * 193 + "and more", "here")


def test_a_parameter_given_twice_is_refused() -> None:
    for text in ("conv3x3(k=5)", "dropout(p=1, p=0.5)", "conv(k=3, kernel=5)"):
        with pytest.raises(ValueError, match="twice"):
            parse_operation(text, "here")


def test_a_space_of_more_outputs_than_memory_holds_is_refused() -> None:
    with pytest.raises(ValueError, match=r"30,000"):
        make_space("enas6", ((Dropout(1.0), 10_000),) * 3)

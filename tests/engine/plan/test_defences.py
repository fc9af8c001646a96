"""What the defences leave of a space, and what a policy samples from it."""

import dataclasses
import itertools
import math
import tomllib

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.config import RunConfig, paper_default, read_config
from engine.plan.defences import Defences, without_duplicates
from engine.plan.hazard import estimate_hazard
from engine.plan.operations import Conv, Dropout, Gaussian, Identity, TransposedConv
from engine.plan.overrides import with_settings
from engine.plan.presets import resolve_config
from engine.plan.space import Space, make_space
from tests.config_strategies import bases, poisons

DROPOUT, STRETCHED = Dropout(1.0), Conv(3, dilation=50)
spaces = st.builds(make_space, bases, poisons)


def by_kind(space: Space) -> Space:
    return dataclasses.replace(space, by_kind=True)


def defended(**defences: bool) -> RunConfig:
    return resolve_config("3d", {}, [f"defences.{name}={value}" for name, value in defences.items()])


def test_every_defence_is_off_by_default_and_then_the_space_is_the_given_one() -> None:
    config = paper_default()
    switches = dataclasses.asdict(config.defences)
    assert switches.pop("rollback_interval") == 20
    assert switches == dict.fromkeys(switches, False)
    assert config.space == config.given_space
    assert "searched_space" not in config.table()


def test_a_configuration_written_before_there_were_defences_still_loads() -> None:
    table = paper_default().table()
    del table["defences"]
    assert read_config(table) == paper_default()


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("false", False), ("on", True), ("off", False), ("True", True)]
)
def test_a_switch_is_set_by_word(text: str, value: bool) -> None:
    table = with_settings({}, [f"defences.rollback={text}"])
    assert read_config(table).defences.rollback is value


@pytest.mark.parametrize("text", ["1", "yes", "", "rollback"])
def test_another_word_for_a_switch_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"defences\.rollback = .* must be true or false"):
        with_settings({}, [f"defences.rollback={text}"])


def test_three_hundred_copies_become_one_and_the_configuration_keeps_both_spaces() -> None:
    config = defended(drop_duplicates=True)
    assert config.given_space.num_outputs == 306
    assert config.space.num_outputs == 7
    assert config.space.poisoned_probability == pytest.approx(1 / 7)
    table = tomllib.loads(tomli_w.dumps(config.table()))
    assert table["space"]["poison"][0]["copies"] == 300
    assert table["searched_space"]["poison"][0]["copies"] == 1
    assert read_config(table) == config


@given(space=spaces)
@settings(max_examples=60, deadline=None)
def test_without_duplicates_every_operation_is_there_once_and_none_is_lost(space: Space) -> None:
    left = without_duplicates(space)
    operations = [slot.operation for slot in left.slots]
    assert len(set(operations)) == len(operations) == left.num_outputs
    assert set(operations) == {slot.operation for slot in space.slots}
    assert without_duplicates(left) == left
    assert read_config({"space": left.table()}).space == left


def test_a_poison_equal_to_an_original_leaves_nothing_and_another_parameter_is_no_duplicate() -> None:
    paper5 = without_duplicates(make_space("paper5", ((Identity(), 36),)))
    assert (paper5.num_outputs, paper5.num_poisoned_outputs) == (5, 0)
    nearly = without_duplicates(make_space("enas6", ((Gaussian(10.0), 36), (Gaussian(10.01), 36))))
    assert (nearly.num_outputs, nearly.num_poisoned_outputs) == (8, 2)


def test_by_kind_an_instance_factor_buys_no_probability() -> None:
    one, many = (by_kind(make_space("enas6", ((DROPOUT, copies),))) for copies in (1, 300))
    assert one.poisoned_probability == many.poisoned_probability == pytest.approx(1 / 7)
    assert one.expected_poisoned_layers(12) == many.expected_poisoned_layers(12) == pytest.approx(12 / 7)
    assert one.poisoned_layers_floor(12, 1.5) == pytest.approx(many.poisoned_layers_floor(12, 1.5))
    assert many.poisoned_layers_floor(12, 1.5) == pytest.approx(12 / (1 + math.e**3 * 6))
    assert many.clean_probability == pytest.approx(1 / 7)


@given(space=spaces)
@settings(max_examples=60, deadline=None)
def test_uniform_probabilities_add_up_to_one_whichever_the_choice(space: Space) -> None:
    for each in (space, by_kind(space)):
        assert sum(map(each.slot_probability, each.slots)) == pytest.approx(1)
        num_clean = each.num_outputs - each.num_poisoned_outputs
        assert each.poisoned_probability + num_clean * each.clean_probability == pytest.approx(1)


@given(
    poison=st.lists(
        st.tuples(st.sampled_from([Identity(), DROPOUT, TransposedConv(3)]), st.integers(1, 50)), max_size=3
    ),
    tanh_constant=st.floats(0.1, 5),
    is_by_kind=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_choice_of_logits_samples_less_poison_than_the_floor(
    poison: list[tuple[Identity, int]], tanh_constant: float, is_by_kind: bool
) -> None:
    """Every corner of the logits' cube is tried: one sign a kind, and within a kind clean against poison."""
    space = dataclasses.replace(make_space("paper5", tuple(poison)), by_kind=is_by_kind)
    weight = math.exp(2 * tanh_constant)
    groups: dict[int, list[tuple[bool, int]]] = {}
    for slot in space.slots:
        place = space.kinds.index(slot.operation) if is_by_kind else 0
        groups.setdefault(place, []).append((slot.poisoned, slot.copies))
    shares = []
    for slots in groups.values():
        bad, good = (sum(n for is_bad, n in slots if is_bad == wanted) for wanted in (True, False))
        shares.append(bad / (bad + weight * good))
    corners = [
        sum(w * s for w, s in zip(weights, shares, strict=True)) / sum(weights)
        for weights in itertools.product((1.0, weight), repeat=len(shares))
    ]
    assert space.poisoned_layers_floor(1, tanh_constant) == pytest.approx(min(corners))


def test_a_larger_tanh_constant_lowers_the_floor() -> None:
    space = make_space("enas6", ((DROPOUT, 300),))
    floors = [space.poisoned_layers_floor(12, constant) for constant in (1.5, 2.5, 5.0)]
    assert floors == sorted(floors, reverse=True)
    assert floors[-1] < 0.03


def test_by_kind_the_hazard_no_longer_depends_on_the_copies() -> None:
    def hazard(copies: int) -> float:
        space = by_kind(make_space("enas6", ((DROPOUT, copies), (STRETCHED, copies))))
        return estimate_hazard(space, 12, num_samples=60_000).nan_probability

    assert hazard(36) == hazard(1)


def test_defences_are_a_frozen_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Defences().rollback = True  # type: ignore[misc]

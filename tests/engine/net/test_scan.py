"""The scan flags every poison of the paper and no operation of enas6, by what they do."""

import dataclasses

import pytest

from engine.analyse.ineffective import RULES, flagged_by, nearest_miss
from engine.net.scan import scan
from engine.plan.config import RunConfig, paper_default
from engine.plan.operations import Conv, Dropout, Gaussian, Identity, Operation, TransposedConv
from engine.plan.protocol import PROTOCOLS
from engine.plan.space import make_space

PAPER: tuple[Operation, ...] = (
    *(Identity(), Gaussian(10.0), Dropout(1.0), Conv(3, dilation=50)),
    *(TransposedConv(3), TransposedConv(5)),
)
"""Every operation of P1 to P5 and P3+."""


def config_of(filters: int, seed: int, protocol: str = "paper", base: str = "enas6") -> RunConfig:
    config = paper_default()
    space = make_space(base, tuple((operation, 1) for operation in PAPER))
    return dataclasses.replace(
        config,
        seed=seed,
        given_space=space,
        child=dataclasses.replace(config.child, filters=filters),
        switches=PROTOCOLS[protocol],
    )


def check(config: RunConfig) -> None:
    for response in scan(config).responses:
        flags = [rule.measure for rule in flagged_by(response)]
        assert bool(flags) == response.poisoned, (response, flags)
        if not flags:
            assert nearest_miss(response).distance(response) > 2, response


def test_every_poison_is_flagged_and_nothing_clean() -> None:
    check(config_of(8, 20_251_125))


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["paper", "corrected"])
@pytest.mark.parametrize(("filters", "seeds"), [(8, range(10)), (36, range(4))])
def test_so_it_is_on_many_seeds_at_8_and_36_filters(filters: int, seeds: range, protocol: str) -> None:
    for seed in seeds:
        check(config_of(filters, seed, protocol))


def test_the_identity_among_the_originals_of_paper5_is_flagged_like_any_other() -> None:
    config = dataclasses.replace(config_of(8, 1), given_space=make_space("paper5"))
    flagged = {response.label for response in scan(config).responses if flagged_by(response)}
    assert flagged == {"identity"}


def test_the_same_seed_measures_the_same() -> None:
    config = dataclasses.replace(config_of(2, 5), given_space=make_space("paper5"))
    assert scan(config) == scan(config)


def test_no_label_is_looked_at() -> None:
    (identity,) = [r for r in scan(config_of(2, 5)).responses if r.label == "identity"]
    renamed = dataclasses.replace(identity, label="conv3x3", poisoned=False, copies=99)
    assert [rule.measure for rule in flagged_by(renamed)] == ["change", "nonlinearity"]


def test_a_rule_flags_exactly_where_its_distance_is_less_than_one() -> None:
    config = dataclasses.replace(config_of(2, 5), given_space=make_space((Identity(),)))
    (response,) = scan(config).responses
    for rule in RULES:
        for factor in (0.5, 0.99, 1.01, 2.0):
            value = rule.threshold * factor
            changes = {"field": round(1000 * (1 - value)), "nominal_field": 1000, "field_map_size": 1000}
            moved = dataclasses.replace(
                response, **(changes if rule.measure == "field_loss" else {rule.measure: value})
            )
            assert rule.flags(moved) == (rule.distance(moved) < 1), (rule, factor)

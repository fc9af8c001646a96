"""How far a policy is from a uniform one."""

import math

import pytest

from engine.analyse.run_record import policy_distance
from engine.plan.operations import Dropout
from tests.builders import space_of


def test_a_policys_distance_is_the_share_of_decisions_that_must_differ() -> None:
    space = space_of((Dropout(1.0), 2), base="paper5")  # seven outputs: five of one, one of two copies
    uniform = (1 / 7,) * 5 + (2 / 7,)
    assert policy_distance((uniform, uniform), space) == pytest.approx(0)
    certain = (1.0, 0, 0, 0, 0, 0)
    assert policy_distance((certain, certain), space) == pytest.approx(6 / 7)
    assert policy_distance((uniform, certain), space) == pytest.approx(3 / 7)


def test_a_policy_of_another_space_or_none_has_no_distance() -> None:
    space = space_of((Dropout(1.0), 2), base="paper5")
    assert math.isnan(policy_distance((), space))
    assert math.isnan(policy_distance(((0.5, 0.5),), space))

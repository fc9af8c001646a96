"""Every value an event can hold comes back as it was, non-finite numbers included."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.record.encoding import from_plain, to_plain
from engine.record.events import EVENT_KINDS
from tests.fakes import fake_break, fake_epoch, fake_started


@dataclasses.dataclass(frozen=True)
class _Inner:
    values: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class _Outer:
    inner: _Inner
    rows: tuple[tuple[float, ...], ...]
    counts: dict[str, int]
    maybe: float | None
    text: str
    late: int = 7


floats = st.floats(allow_nan=True, allow_infinity=True)
inners = st.builds(_Inner, st.lists(floats).map(tuple))
outers = st.builds(
    _Outer,
    inners,
    st.lists(st.lists(floats, max_size=3).map(tuple), max_size=3).map(tuple),
    st.dictionaries(st.text(), st.integers(), max_size=3),
    st.none() | floats,
    st.text(),
    st.integers(),
)


@given(outers)
def test_a_value_survives_the_way_through_json(value: _Outer) -> None:
    plain = json.loads(json.dumps(to_plain(value), allow_nan=False))
    assert repr(from_plain(_Outer, plain)) == repr(value)  # repr, since NaN is not equal to itself


def test_a_field_that_an_older_writer_did_not_know_takes_its_default() -> None:
    plain = to_plain(_Outer(_Inner(()), (), {}, None, "", 3))
    del plain["late"]
    assert from_plain(_Outer, plain).late == 7


def test_a_missing_field_without_a_default_is_refused() -> None:
    with pytest.raises(ValueError, match="_Inner"):
        from_plain(_Inner, {})


@pytest.mark.parametrize("event", [fake_started(), fake_epoch(3, float("inf")), fake_break()])
def test_every_event_survives(event: object) -> None:
    kind = type(event)
    assert kind in EVENT_KINDS.values()
    assert repr(from_plain(kind, json.loads(json.dumps(to_plain(event), allow_nan=False)))) == repr(event)


@given(st.recursive(st.none() | st.booleans() | st.integers() | floats | st.text(), st.lists, max_leaves=5))
def test_anything_else_is_refused_as_a_value_error(value: object) -> None:
    with pytest.raises(ValueError):
        from_plain(_Outer, value)

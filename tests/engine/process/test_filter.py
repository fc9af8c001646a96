"""The filter language of run lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.process.filter import begun_key, parse_filter
from engine.process.listing import RunRow
from engine.record.status import Status
from engine.record.summary import Summary

ROW = RunRow(
    "/runs/1d-s3-1123-abcd",
    "1d",
    "cifar10",
    "paper",
    3,
    300,
    0.0,
    Status("running"),
    Summary(),
)


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("", True),
        ("1D", True),
        ("s3 abcd", True),
        ("nothing", False),
        ("running", True),
        ("RUN 1d", True),
        ("running failed", False),
        ("state=running", True),
        ("state=Running", True),
        ("state!=running", False),
        ("seed=3 dataset=cifar10 protocol=paper", True),
        ("seed=3 dataset=cifar100", False),
        ("name=1", False),
        ("derived=", True),
    ],
)
def test_filter(expression: str, passes: bool) -> None:
    assert parse_filter(expression)(ROW) is passes


@pytest.mark.parametrize(
    ("expression", "refusal"),
    [
        ("sed=3", r"filter 'sed=3': no such key .did you mean seed.*allowed: state, name, id"),
        ("failed =3", r"filter '=3': no such key"),
        ("state=fialed", r"filter 'state=fialed': no such state .did you mean failed.*allowed: queued, "),
        ("state!=done", r"no such state"),
        ("dataset=", r"filter 'dataset=': no value; allowed: any"),
        ("1d name!=", r"filter 'name!=': no value"),
        ("state=", r"no such state; allowed: queued"),
        ("protocol=papr", r"no such protocol .did you mean paper"),
    ],
)
def test_what_can_match_nothing_is_refused_with_the_nearest(expression: str, refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        parse_filter(expression)


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("stat", "state"),
        ("1d State", "state"),
        ("", ""),
        ("state=", ""),
        ("state ", ""),
        ("1d", ""),
        ("see", "seed"),
    ],
)
def test_a_word_may_begin_a_key(expression: str, key: str) -> None:
    assert begun_key(expression) == key


@given(st.text())
def test_any_text_is_a_filter_or_refused_in_one_printable_line(expression: str) -> None:
    refusal = ""
    try:
        passes = parse_filter(expression)
    except ValueError as error:
        refusal = str(error)
    assert refusal.isprintable()
    assert refusal or passes(ROW) in (True, False)

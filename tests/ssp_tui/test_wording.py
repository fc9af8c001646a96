"""Numbers read the way people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp_tui import wording

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.1953, "19.53 %"), (0.9, "90.00 %"), (NAN, "NaN"), (INF, "inf"), (None, "-"), (0, "0.00 %")],
)
def test_percent(fraction: float | None, text: str) -> None:
    assert wording.percent(fraction) == text


def test_share_takes_few_cells() -> None:
    assert [wording.share(f) for f in (0.668, 0, 1, NAN, None)] == ["67%", "0%", "100%", "NaN", "-"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 05 min"),
        (3 * 86400 + 4 * 3600, "3 d 04 h"),
        (NAN, "-"),
        (-1, "-"),
        (None, "-"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert wording.duration(seconds) == text


def test_eta_says_when_nobody_knows() -> None:
    assert wording.eta(7500) == "ETA 2 h 05 min"
    assert wording.eta(None) == "ETA unknown"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.1e14, "3.1e14"),
        (4.9712, "4.97"),
        (12000, "12000"),
        (0.0488, "0.0488"),
        (2e-7, "2.0e-7"),
        (-316, "-316"),
        (0, "0"),
        (INF, "inf"),
        (-INF, "-inf"),
        (NAN, "NaN"),
        (None, "-"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert wording.number(value) == text


def test_counts_sizes_and_rates() -> None:
    assert wording.count(12345) == "12,345"
    assert wording.counted(1, "run") == "1 run"
    assert wording.counted(3, "policy", "policies") == "3 policies"
    assert [wording.size(n) for n in (0, 512, 1536, 8.6 * 2**30, 2**50)] == [
        "0 B",
        "512 B",
        "1.5 KiB",
        "8.6 GiB",
        "1.02e+03 TiB",
    ]
    assert [wording.rate(r) for r in (123.4, 12.34, 0.25, 0, NAN)] == [
        "123 steps/s",
        "12.3 steps/s",
        "4.0 s/step",
        "-",
        "-",
    ]


def test_axis_labels_have_the_decimals_of_their_step() -> None:
    assert wording.tick(0.25, 0.05) == "0.25"
    assert wording.tick(50, 10) == "50"
    assert wording.percent_tick(0.25, 0.05) == "25 %"
    assert wording.percent_tick(0.195, 0.005) == "19.5 %"
    assert [wording.power_of_ten(p) for p in (-2, 0, 2, 3, 14)] == ["1e-2", "1", "100", "1e3", "1e14"]


def test_ratios_to_uniform() -> None:
    assert [wording.octaves(r) for r in (20.1, 1, 0.05, 0, NAN)] == ["20x", "1x", "1/20", "-", "-"]


def test_states_differ_without_colour() -> None:
    for field in range(3):
        assert len({words[field] for words in wording.STATES.values()}) == len(wording.STATES)
    assert all(words.ascii_glyph.isascii() for words in wording.STATES.values())


@given(st.floats())
def test_every_float_has_words(value: float) -> None:
    for say in (wording.percent, wording.share, wording.number, wording.exponent, wording.duration):
        assert say(value)
    assert wording.size(value)
    assert wording.rate(value)

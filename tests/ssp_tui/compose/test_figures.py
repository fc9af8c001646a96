"""The figures beside the form: the paper's anchors, as they are worded."""

import pytest

from engine.plan.cost import TimeEstimate
from engine.plan.hazard import Hazard, estimate_hazard
from engine.plan.operations import Dropout
from engine.plan.space import make_space
from ssp_tui.charts.glyphs import ASCII, UNICODE, Glyphs
from ssp_tui.compose.draft import Draft, first_draft
from ssp_tui.compose.editing import picked, typed, with_size
from ssp_tui.compose.figure_lines import draw_figures, wrapped_command
from ssp_tui.compose.figures import Figures, Outlook, figures_of
from ssp_tui.compose.reading import read_draft


def figures(draft: Draft) -> Figures:
    reading = read_draft(draft)
    assert reading.config is not None
    return figures_of(reading.config, reading.num_seeds)


def drawn(
    draft: Draft, outlook: Outlook, size: tuple[int, int] = (56, 38), glyphs: Glyphs = UNICODE
) -> list[str]:
    lines = draw_figures(figures(draft), outlook, *size, glyphs, "y copies  v pastes")
    return ["".join(text for text, _ in line).rstrip() for line in lines]


P3_AT_36 = picked(with_size(first_draft(), "paper"), "P3")


def test_36_p3_has_the_papers_probabilities() -> None:
    found = figures(P3_AT_36)
    assert found.num_outputs == 42
    assert found.clean_probability == 1 / 42
    assert found.shares[-1] == 36 / 42
    assert found.expected_poisoned == pytest.approx(10.29, abs=0.005)
    assert found.floor == pytest.approx(2.76, abs=0.005)


def test_36_p3_in_words() -> None:
    rows = drawn(P3_AT_36, Outlook(Hazard(200_000, 10, 30_000), TimeEstimate(7.25, 2175.0, 3), "gpu"))
    assert rows[0] == "One layer " + "─" * 31 + " N = 42 outputs"[:17]
    expected = [
        "█ 6 clean   ▒ 36 poisoned",
        "Pr[clean op]     2.38 %  1/42, each of 6",
        "Pr[dropout p1]   85.71 %  36/42",
        "poisoned layers  10.29 of 12",
        "▲ floor          2.76  even by a perfect policy",
        "NaN per step     5.0e-5  ± 1.6e-5",
        "first NaN        about epoch 57  step 20,000",
        "null steps       15.00 %  only decay",
        "parameters       664,966",
        "an epoch         about 7.2 s  by 3 runs here",
        "a run            about 36 min 15 s  300 epochs",
        "ssp-tui launch --base enas6 --poison 'dropout(p=1) x36'",
    ]
    assert [row for row in expected if row not in rows] == []


def test_the_bars_stand_where_most_children_are() -> None:
    rows = drawn(P3_AT_36, Outlook())
    axis = next(i for i, row in enumerate(rows) if "0   1   2   3" in row)
    assert rows[axis - 1].index("▲") == 12
    assert rows[axis - 2].rindex("█") > rows[axis].index("12") - 3


def test_what_is_not_known_yet_says_so() -> None:
    rows = drawn(P3_AT_36, Outlook())
    assert "NaN per step     ..." in rows
    assert "a run            ..." in rows


def test_a_space_that_erases_nothing_cannot_break() -> None:
    assert "NaN per step     none  nothing here erases its input" in drawn(
        first_draft(), Outlook(estimate_hazard(make_space("enas6"), 12))
    )


def test_a_collapse_after_the_end_and_one_within_the_first_epoch() -> None:
    late = drawn(P3_AT_36, Outlook(Hazard(200_000, 1, 0)))
    assert "first NaN        about epoch 568  after the end" in late
    early = drawn(P3_AT_36, Outlook(Hazard(20_000, 4000, 0)))
    assert "first NaN        about step 5  in the first epoch" in early


def test_none_seen_is_a_bound() -> None:
    assert "NaN per step     below 1.5e-5" in "\n".join(drawn(P3_AT_36, Outlook(Hazard(200_000, 0, 0))))


@pytest.mark.parametrize("size", [(36, 22), (20, 10), (5, 3), (1, 1), (100, 48)])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_size_is_kept_to(size: tuple[int, int], glyphs: Glyphs) -> None:
    hazard = estimate_hazard(make_space("enas6", ((Dropout(1.0), 1),)), 12, 1000)
    rows = drawn(P3_AT_36, Outlook(hazard, TimeEstimate(1, 1, 0), "cpu"), size, glyphs)
    assert len(rows) <= size[1]
    assert all(len(row) <= size[0] for row in rows)
    assert glyphs is UNICODE or all(row.isascii() for row in rows)


def test_a_narrow_panel_keeps_the_figures_and_drops_the_notes() -> None:
    rows = drawn(P3_AT_36, Outlook(Hazard(200_000, 10, 30_000)), (36, 22))
    assert rows[2:8] == [
        "Pr[clean op]     2.38 %",
        "Pr[poisoned]     85.71 %  36/42",
        "poisoned layers  10.29 of 12",
        "▲ floor          2.76",
        "NaN per step     5.0e-5  ± 1.6e-5",
        "first NaN        about epoch 57",
    ]


def test_a_command_breaks_before_its_flags() -> None:
    assert wrapped_command("ssp-tui launch --base enas6 --poison 'dropout(p=1) x36'", 30) == [
        "ssp-tui launch --base enas6",
        "  --poison 'dropout(p=1) x36'",
    ]


def test_many_poisons_are_summed_where_there_is_no_room() -> None:
    draft = typed(picked(first_draft(), "P5"), "copies", "6")
    assert "Pr[poisoned]     83.33 %  30/36" in drawn(draft, Outlook(), (40, 22))

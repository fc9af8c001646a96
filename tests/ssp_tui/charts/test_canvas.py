"""The canvas keeps its width whatever is written where."""

from hypothesis import given
from hypothesis import strategies as st

from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Span, cells_of, fitted, text_of, width_of
from ssp_tui.cleaning import clean
from tests.ssp_tui.charts.drawn import assert_exact, texts

outside_text = st.text(st.characters() | st.sampled_from("漢字한글e\u0301"), max_size=12).map(clean)


@given(
    st.integers(0, 12),
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(-5, 15), st.integers(-1, 4), outside_text), max_size=6),
)
def test_rows_keep_their_width(width: int, height: int, writes: list[tuple[int, int, str]]) -> None:
    canvas = Canvas(width, height)
    for x, y, text in writes:
        canvas.put(x, y, text, Role.TEXT)
    assert_exact(canvas.rows(), width, height)


@given(outside_text, st.integers(0, 14))
def test_fitted_takes_exactly_its_width(text: str, width: int) -> None:
    assert len(cells_of(fitted(text, width, "~"))) == width


def test_fitted_cuts_with_an_ellipsis_and_never_through_a_character() -> None:
    assert fitted("conv3x3", 9, "…") == "conv3x3  "
    assert fitted("sepconv3x3", 6, "…") == "sepco…"
    assert fitted("漢字漢字", 4, "…") == "漢 …"


def test_neighbours_of_one_role_merge() -> None:
    canvas = Canvas(6, 1)
    canvas.put(0, 0, "ab", Role.TEXT)
    canvas.put(2, 0, "cd", Role.TEXT)
    canvas.put(4, 0, "e", Role.NAN)
    assert canvas.rows() == ((Span("abcd", Role.TEXT), Span("e", Role.NAN), Span(" ", Role.BLANK)),)


def test_overwriting_half_a_wide_character_blanks_the_other_half() -> None:
    canvas = Canvas(4, 1)
    canvas.put(0, 0, "漢字", Role.TEXT)
    canvas.put(1, 0, "ab", Role.NAN)
    assert text_of(canvas.rows()[0]) == " ab "
    assert width_of(canvas.rows()[0]) == 4


def test_entries_that_do_not_fit_end_in_an_ellipsis() -> None:
    canvas = Canvas(12, 1)
    entries = [(Span(word, Role.TEXT),) for word in ("one", "two", "three")]
    canvas.put_entries(0, 0, entries, "…")
    assert texts(canvas.rows()) == ["one  two  …"]
    full = Canvas(9, 1)
    full.put_entries(0, 0, entries, "…")
    assert texts(full.rows()) == ["one  two"]

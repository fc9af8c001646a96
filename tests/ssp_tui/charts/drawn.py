"""Reading drawn rows back in tests."""

from hypothesis import strategies as st

from ssp_tui.charts.glyphs import ASCII, UNICODE
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Rows, text_of, width_of

any_glyphs = st.sampled_from([UNICODE, ASCII])
any_width = st.integers(0, 5) | st.integers(0, 90)
any_height = st.integers(0, 5) | st.integers(0, 30)
any_float = st.floats() | st.sampled_from([0.0, 0.5, 1.0, float("nan"), float("inf")])


def texts(rows: Rows) -> list[str]:
    """Each row as plain text without the blanks at its end."""
    return [text_of(row).rstrip() for row in rows]


def with_role(row: Row, role: Role) -> list[str]:
    """The pieces of a row that carry a role."""
    return [span.text for span in row if span.role is role]


def assert_exact(rows: Rows, width: int, height: int) -> None:
    """Exactly `height` rows of exactly `width` cells, no empty span, no two neighbours alike."""
    assert len(rows) == height
    for row in rows:
        assert width_of(row) == width
        assert all(span.text for span in row)
        assert all(span.text.isprintable() for span in row)

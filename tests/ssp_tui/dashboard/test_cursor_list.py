"""The list one moves in: which row is which item, under titles and without."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Line
from ssp_tui.panels.cursor_list import CursorList


class Letters(CursorList[str]):
    """Items are letters."""

    DEFAULT_CSS = "Letters { height: 1fr; }"

    def draw_head(self, width: int) -> Line:
        return [("HEAD"[:width], Role.MUTED)]

    def draw_item(self, item: str, width: int) -> Line:
        return [(item.ljust(width)[:width], Role.TEXT)]

    def draw_title(self, title: str, width: int) -> Line:
        return [(f"-{title}-".ljust(width)[:width], Role.TEXT)]


class Lettered(App[None]):
    """A list alone, and what it tells."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        yield Letters()

    def on_cursor_list_moved(self) -> None:
        self.told.append(f"moved to {self.query_one(Letters).current}")

    def on_cursor_list_chosen(self) -> None:
        self.told.append(f"chose {self.query_one(Letters).current}")


def rows_of(app: Lettered) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


@given(st.sets(st.integers(0, 30)), st.integers(1, 31))
def test_every_row_is_an_item_or_a_title_and_none_is_lost(titles: set[int], num: int) -> None:
    letters = Letters()
    letters.items = [str(i) for i in range(num)]
    letters._titles = {place: f"t{place}" for place in titles if place < num}
    rows = [letters._at_row(row) for row in range(letters._num_rows)]
    assert [row for row in rows if isinstance(row, int)] == list(range(num))
    assert [row for row in rows if isinstance(row, str)] == [f"t{p}" for p in sorted(titles) if p < num]
    assert all(rows[letters._row_of(place)] == place for place in range(num))
    assert letters._at_row(letters._num_rows) is None


def test_keys_and_clicks_move_the_cursor_and_a_second_click_chooses() -> None:
    async def body() -> None:
        app = Lettered()
        async with app.run_test(size=(12, 6)) as pilot:
            letters = app.query_one(Letters)
            letters.focus()
            letters.lay("abcdefgh", {0: "one", 3: "two"})
            assert rows_of(app) == [
                "HEAD",
                "-one-      ┃",
                "a          ┃",
                "b          │",
                "c          │",
                "-two-      │",
            ]
            await pilot.press("end", "up", "home", "down")
            assert app.told == ["moved to h", "moved to g", "moved to a", "moved to b"]
            await pilot.click(Letters, (1, 4))
            await pilot.click(Letters, (1, 1))
            await pilot.click(Letters, (1, 4))
            assert app.told[4:] == ["moved to c", "chose c"]
            await pilot.press("pagedown")
            assert letters.current == "g"

    asyncio.run(body())


def test_a_title_comes_into_sight_with_the_item_below_it() -> None:
    async def body() -> None:
        app = Lettered()
        async with app.run_test(size=(12, 4)) as pilot:
            letters = app.query_one(Letters)
            letters.focus()
            letters.lay("abcdefgh", {0: "one", 3: "two"})
            await pilot.press("end", *["up"] * 4)
            assert letters.current == "d"
            assert [row[:5] for row in rows_of(app)[1:3]] == ["-two-", "d    "]

    asyncio.run(body())

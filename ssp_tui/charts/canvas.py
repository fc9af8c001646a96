"""A grid of cells to draw on, read back as rows of merged spans."""

from collections.abc import Sequence

from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Rows, Span, cells_of


class Canvas:
    """`height` rows of `width` cells, blank at first; what falls outside is not drawn."""

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self.cells = [[" "] * self.width for _ in range(self.height)]
        self.roles = [[Role.BLANK] * self.width for _ in range(self.height)]

    def put(self, x: int, y: int, text: str, role: Role) -> None:
        """Writes the text from cell x of row y to the right."""
        if not 0 <= y < self.height:
            return
        cells = cells_of(text)
        start, end = max(0, x), min(self.width, x + len(cells))
        if start >= end:
            return
        _blank_cut_halves(self.cells[y], start, end)
        self.cells[y][start:end] = _whole_characters(cells, start - x, end - x)
        self.roles[y][start:end] = [role] * (end - start)

    def put_cell(self, x: int, y: int, character: str, role: Role) -> None:
        """The quick way to write one narrow character onto a cell that lies inside."""
        self.cells[y][x] = character
        self.roles[y][x] = role

    def fill(self, x: int, y: int, length: int, character: str, role: Role) -> None:
        """The quick way to write one narrow character onto `length` cells, from a cell that lies inside."""
        length = min(length, self.width - x)
        if length > 0:
            self.cells[y][x : x + length] = character * length
            self.roles[y][x : x + length] = [role] * length

    def put_row(self, x: int, y: int, row: Row) -> int:
        """Writes spans one after the other and returns the cell after the last."""
        for span in row:
            self.put(x, y, span.text, span.role)
            x += len(cells_of(span.text))
        return x

    def put_entries(self, x: int, y: int, entries: Sequence[Row], ellipsis: str) -> None:
        """Writes entries two cells apart, as many as fit; an ellipsis stands for the rest."""
        for entry in entries:
            end = x + sum(len(cells_of(span.text)) for span in entry)
            if end > self.width:
                self.put(x, y, ellipsis, Role.MUTED)
                return
            x = self.put_row(x, y, entry) + 2

    def rows(self) -> Rows:
        """Everything drawn, neighbours of one role merged."""
        return tuple(map(_merged, self.cells, self.roles))


def _blank_cut_halves(row: list[str], start: int, end: int) -> None:
    """Blanks what would remain of wide characters that a write on these cells cuts in two."""
    if row[start] == "" and start:
        row[start - 1] = " "
    if end < len(row) and row[end] == "":
        row[end] = " "


def _whole_characters(cells: list[str], start: int, end: int) -> list[str]:
    """A slice of cells in which a wide character cut in two is a blank."""
    piece = cells[start:end]
    if piece[0] == "":
        piece[0] = " "
    if end < len(cells) and cells[end] == "":
        piece[-1] = " "
    return piece


def _merged(cells: list[str], roles: list[Role]) -> Row:
    spans: list[Span] = []
    start = 0
    for end in range(1, len(cells) + 1):
        if end == len(cells) or roles[end] is not roles[start]:
            spans.append(Span("".join(cells[start:end]), roles[start]))
            start = end
    return tuple(spans)

"""The line a filter is typed into."""

from textual.widgets import Input


class FilterLine(Input):
    """One line without a frame; underlined and in another colour while what it holds is no filter."""

    DEFAULT_CSS = """
    FilterLine, FilterLine:focus {
        height: 1; border: none; padding: 0 3; background: $surface; color: $foreground;
    }
    FilterLine.--wrong, FilterLine.--wrong:focus { color: $error; text-style: underline; }
    """

    def __init__(self, text: str) -> None:
        """Begin with the filter there is."""
        super().__init__(
            text, placeholder="filter: words, failed, dataset=cifar10, seed!=69; all must hold", compact=True
        )

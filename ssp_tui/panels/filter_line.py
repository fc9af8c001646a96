"""The line a filter is typed into, and what holds while it is none yet."""

from collections.abc import Iterable

from textual.widgets import Input

from engine.process.filter import Filter, begun_key, parse_filter
from engine.process.listing import RunRow
from ssp_tui.cleaning import clean

Held = tuple[str, Filter]
"""A filter's text, clean, and its test."""


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


def read_typed(text: str, held: str, rows: Iterable[RunRow]) -> tuple[Held | None, str]:
    """The filter that holds from now on, None for the last one, `held`; and what is wrong with it, clean.

    A last word that finds nothing but begins a key is no filter yet: one types `state=failed` by letters.
    """
    try:
        passes, key = parse_filter(text), begun_key(text)
        if key and not any(map(passes, rows)):
            raise ValueError(f"filter: no run has this word; {key} may be meant, as in {key}=VALUE")
    except ValueError as error:
        return _without_beginning(text, held), clean(str(error), 200)
    return (clean(text, 100), passes), ""


def _without_beginning(text: str, held: str) -> Held | None:
    """What holds does not do so by the first letters of the very term that is being typed."""
    whole = text.rpartition(" ")[0]
    if not clean(text, 100).startswith(held) or len(held) <= len(whole):
        return None
    try:
        return clean(whole, 100), parse_filter(whole)
    except ValueError:  # a term before it is none either
        return None

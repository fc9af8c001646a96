"""The filter language of run lists: words and KEY=VALUE terms, all of which must hold."""

from collections.abc import Callable

from engine.plan.setting import nearest, shown
from engine.process.listing import RunRow

_KEYS: dict[str, Callable[[RunRow], str]] = {
    "state": lambda row: row.status.state,
    "name": lambda row: row.name,
    "id": lambda row: row.run_id,
    "dataset": lambda row: row.dataset,
    "protocol": lambda row: row.protocol,
    "device": lambda row: row.summary.device,
    "seed": lambda row: str(row.seed),
}

FILTER_HELP = f"words and KEY=VALUE or KEY!=VALUE, all must hold; KEY is one of {', '.join(_KEYS)}"

Filter = Callable[[RunRow], bool]


def parse_filter(expression: str) -> Filter:
    """A test on rows; ValueError names an unknown key. An empty expression lets everything pass.

    A word must occur in the run's id or name; a VALUE must be equal, capitals aside.
    """
    terms = [_parse_term(term) for term in expression.split()]
    return lambda row: all(term(row) for term in terms)


def _parse_term(term: str) -> Filter:
    key, equals, value = term.partition("=")
    if not equals:
        word = term.casefold()
        return lambda row: word in row.run_id.casefold() or word in row.name.casefold()
    wanted = not key.endswith("!")
    key = key.removesuffix("!")
    if key not in _KEYS:
        raise ValueError(
            f"filter {shown(term)}: no such key{nearest(key, _KEYS)}; allowed: {', '.join(_KEYS)}"
        )
    read = _KEYS[key]
    return lambda row: (read(row).casefold() == value.casefold()) == wanted

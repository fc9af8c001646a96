"""The filter language of run lists: words and KEY=VALUE terms, all of which must hold."""

from collections.abc import Callable, Collection

from engine.plan.protocol import PROTOCOLS
from engine.plan.setting import nearest, shown
from engine.process.listing import RunRow
from engine.record.status import STATES

_KEYS: dict[str, Callable[[RunRow], str]] = {
    "state": lambda row: row.status.state,
    "name": lambda row: row.name,
    "id": lambda row: row.run_id,
    "dataset": lambda row: row.dataset,
    "protocol": lambda row: row.protocol,
    "device": lambda row: row.summary.device,
    "seed": lambda row: str(row.seed),
    "derived": lambda row: row.derived_of,
}

_WORD_KEYS = ("id", "name", "state")
"""Where a bare word is looked for."""

_CHOICES: dict[str, Collection[str]] = {"state": STATES, "protocol": PROTOCOLS}
"""Keys with few values: another one is a mistake, not a run that is not there."""

_MAY_BE_EMPTY = ("derived",)
"""Keys for which having no value says something: `derived=` are the runs of no search."""

Filter = Callable[[RunRow], bool]


def parse_filter(expression: str) -> Filter:
    """A test on rows, from words and KEY=VALUE or KEY!=VALUE terms; an empty one lets everything pass.

    A word must occur in the run's id, name or state; a VALUE must be equal; capitals mean nothing.
    ValueError in one line names a key, a state or a protocol that does not exist, or a key without a value.
    """
    terms = [_parse_term(term) for term in expression.split()]
    return lambda row: all(term(row) for term in terms)


def begun_key(expression: str) -> str:
    """The key whose name the last word of an expression begins, as `stat` begins state; empty if none."""
    words = expression.casefold().split(" ")
    return next((key for key in _KEYS if words[-1] and key.startswith(words[-1])), "")


def _parse_term(term: str) -> Filter:
    key, equals, value = term.casefold().partition("=")
    if not equals:
        return lambda row: any(key in _KEYS[name](row).casefold() for name in _WORD_KEYS)
    wanted = not key.endswith("!")
    key = key.removesuffix("!")
    if key not in _KEYS:
        raise ValueError(
            f"filter {shown(term)}: no such key{nearest(key, _KEYS)}; allowed: {', '.join(_KEYS)}"
        )
    if value not in _CHOICES.get(key, (value,)):
        allowed = _CHOICES[key]
        raise ValueError(
            f"filter {shown(term)}: no such {key}{nearest(value, allowed)}; allowed: {', '.join(allowed)}"
        )
    if not value and key not in _MAY_BE_EMPTY:
        raise ValueError(f"filter {shown(term)}: no value; allowed: any, without blanks, as in {key}=VALUE")
    read = _KEYS[key]
    return lambda row: (read(row).casefold() == value) == wanted

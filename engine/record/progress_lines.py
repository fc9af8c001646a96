"""Where an engine is, told many times a second: the bulk of a journal, of which the newest alone matters."""

import re
from collections.abc import Iterable, Iterator

_WHOLE = rb"-?(?:0|[1-9]\d{0,17})"
_NUMBER = _WHOLE + rb"(?:\.\d{1,30})?(?:[eE][+-]?\d{1,4})?"
_PLAIN = re.compile(
    rb'\{"v":%b,"seq":%b,"time":(\d{1,11}(?:\.\d{1,30})?),"event":"progressed","epoch":%b,"phase":"\w{1,20}",'
    rb'"step":%b,"num_steps":%b,"loss":(?:null|%b),"images_per_second":%b\}\n'
    % (_WHOLE, _WHOLE, _WHOLE, _WHOLE, _WHOLE, _NUMBER, _NUMBER)
)
"""As an engine writes it; one written otherwise is read like any other line, at ten times the cost."""


def without_superseded(lines: Iterable[bytes]) -> Iterator[tuple[list[float], bytes]]:
    """The lines to be read, each with the times of the progress before it that newer progress supersedes."""
    times: list[float] = []
    held: tuple[float, bytes] | None = None
    for line in lines:
        plain = _PLAIN.fullmatch(line)
        if held is not None and plain is None:
            yield times, held[1]
            times, held = [], None
        if plain is None:
            yield [], line
            continue
        if held is not None:
            times.append(held[0])
        held = (float(plain[1]), line)
    if held is not None:
        yield times, held[1]

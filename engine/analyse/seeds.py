"""One run a seed: a configuration launched twice with the same seed is no second sample of it."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Run = TypeVar("Run")


def one_a_seed(
    runs: Iterable[Run], seed_of: Callable[[Run], Hashable], rank_of: Callable[[Run], tuple[bool, float]]
) -> list[Run]:
    """Of runs with equal seeds the one of the highest rank, in the order in which their seeds first come.

    The rank is whether a run is finished, then when it began: the newest finished run stands for its seed.
    """
    chosen: dict[Hashable, Run] = {}
    for run in runs:
        before = chosen.get(seed_of(run))
        if before is None or rank_of(run) >= rank_of(before):
            chosen[seed_of(run)] = run
    return list(chosen.values())

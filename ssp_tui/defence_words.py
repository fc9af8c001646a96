"""What is said of defences: which are on, and what they did."""

from collections.abc import Sequence

from engine.plan.config import RunConfig
from engine.record.events import EpochFinished
from ssp_tui.wording import count, counted


def defences_on(config: RunConfig) -> str:
    """The defences of a configuration in a few words; nothing when none is on."""
    on = config.defences
    given, searched = config.given_space.num_outputs, config.space.num_outputs
    parts = [
        "skips updates that are not finite" if on.skip_nonfinite else "",
        f"rolls back to snapshots of every {counted(on.rollback_interval, 'step')}" if on.rollback else "",
        f"drops duplicates: N = {count(given)} becomes {count(searched)}" if on.drop_duplicates else "",
        f"chooses among {counted(len(config.space.kinds), 'kind')} first" if on.factorised_controller else "",
    ]
    return "; ".join(filter(None, parts))


def defences_done(epochs: Sequence[EpochFinished]) -> str:
    """What the defences did in these epochs; nothing when they did nothing."""
    every = [epoch.defences for epoch in epochs]
    num_skipped = sum(each.num_skipped for each in every)
    num_rollbacks = sum(each.num_rollbacks for each in every)
    parts = [f"{counted(num_skipped, 'update')} skipped"] if num_skipped else []
    if num_rollbacks:
        last = max(step for each in every for step in each.rollback_steps)
        undone = counted(sum(each.num_undone for each in every), "step")
        parts.append(f"{counted(num_rollbacks, 'rollback')} undid {undone}, last {count(last)}")
    return "; ".join(parts)

"""The marginal reward of each operation of a run, as data and as a table."""

from typing import Any

from engine.analyse.marginal_reward import MarginalReward
from engine.plan.config import RunConfig
from engine.record.state import RunState
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_table
from ssp_tui.reward_words import slot_rewards, told_from, why_none
from ssp_tui.wording import ABSENT, count, number, points

HEADER = ("OPERATION", "POISON", "COPIES", "POINTS A LAYER", "STD ERROR", "T", "95 % INTERVAL")


def reward_fields(config: RunConfig, state: RunState) -> list[dict[str, Any]]:
    """One object a slot: fractions of accuracy a layer, None where there is nothing to tell it from."""
    found = slot_rewards(config.space, state.epochs)
    return [
        {
            "operation": slot.operation.label,
            "poisoned": slot.poisoned,
            "copies": slot.copies,
            "slope": each.slope if each else None,
            "standard_error": each.standard_error if each else None,
            "t_value": each.t_value if each else None,
            "low": each.interval[0] if each else None,
            "high": each.interval[1] if each else None,
            "num_degrees": each.num_degrees if each else None,
        }
        for slot, each in zip(config.space.slots, found, strict=True)
    ]


def print_rewards(config: RunConfig, state: RunState) -> None:
    """A table of them, or the reason why there is none."""
    found = slot_rewards(config.space, state.epochs)
    print()
    if not any(found):
        print(why_none(state.epochs))
        return
    print(f"marginal reward of one layer more in the place of the policy's mix, {told_from(state.epochs)}")
    rows = [
        (
            clean(slot.operation.label),
            "poison" if slot.poisoned else ABSENT,
            count(slot.copies),
            *_figures(each),
        )
        for slot, each in zip(config.space.slots, found, strict=True)
    ]
    print_table(HEADER, rows, right={2, 3, 4, 5, 6})


def _figures(found: MarginalReward | None) -> tuple[str, ...]:
    if found is None:
        return (ABSENT,) * 4
    low, high = found.interval
    error = points(found.standard_error).lstrip("+")
    return points(found.slope), error, number(found.t_value), f"{points(low)} to {points(high)}"

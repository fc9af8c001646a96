"""Marginal rewards as a detector of poison: each slot of a run gets a score, and its label is known."""

import math
from collections.abc import Callable, Sequence

from engine.analyse.marginal_reward import MarginalReward, marginal_rewards
from engine.analyse.roc import Scores
from engine.analyse.run_record import RunRecord

Score = Callable[[MarginalReward], float]


def by_t_value(found: MarginalReward) -> float:
    """How surely a slot is worse than the mix: minus the slope in standard errors."""
    return 0.0 if math.isnan(found.t_value) else -found.t_value


def by_slope(found: MarginalReward) -> float:
    """How much worse a slot is than the mix: minus the slope, however uncertain."""
    return -found.slope


def slot_scores(record: RunRecord, num_epochs: int, score: Score = by_t_value) -> list[float]:
    """Every slot's score from the run's first epochs; 0 where nothing is known of a slot."""
    found = marginal_rewards(record.rewards[:num_epochs], len(record.config.space.slots))
    return [score(each) if each is not None else 0.0 for each in found]


def run_scores(record: RunRecord, num_epochs: int, score: Score = by_t_value) -> Scores:
    """The scores of its poisoned and of its clean slots."""
    scored = list(zip(record.config.space.slots, slot_scores(record, num_epochs, score), strict=True))
    return Scores(
        tuple(value for slot, value in scored if slot.poisoned),
        tuple(value for slot, value in scored if not slot.poisoned),
    )


def scorable(records: Sequence[RunRecord], num_epochs: int) -> list[RunRecord]:
    """The runs that came so far and whose journals hold what the samples came to.

    A run whose child was broken before any sample counts was scored, and its slots get 0: a detector has to
    answer for every space. A journal from before the sums were recorded is no run of this measurement.
    """
    return [
        each
        for each in records
        if len(each.epochs) >= num_epochs
        and (any(one.num_samples for one in each.rewards) or any(each.num_bad_logits))
    ]

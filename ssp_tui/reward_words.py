"""Marginal rewards in words: their figures, and why there are none."""

from collections.abc import Sequence

from engine.analyse.marginal_reward import MarginalReward, marginal_rewards
from engine.plan.space import Space
from engine.record.events import EpochFinished
from ssp_tui import wording


def slot_rewards(space: Space, epochs: Sequence[EpochFinished]) -> tuple[MarginalReward | None, ...]:
    """The marginal reward of each slot over these epochs."""
    return marginal_rewards((each.controller.rewards for each in epochs), len(space.slots))


def told_from(epochs: Sequence[EpochFinished]) -> str:
    """How much they were told from."""
    num_samples = sum(each.controller.rewards.num_samples for each in epochs)
    return f"{wording.counted(num_samples, 'sample')} of {wording.counted(len(epochs), 'epoch')}"


def why_none(epochs: Sequence[EpochFinished]) -> str:
    """Why no operation has a marginal reward."""
    if any(each.nonfinite.num_logits for each in epochs):
        return "no marginal rewards: the child's logits were not finite when it was scored"
    return (
        "no marginal rewards: this journal does not say what the controller's samples came to "
        "(it is from before that was recorded, or no sample was taken yet)"
    )


def slope_text(found: MarginalReward | None, plus_minus: str = "±") -> str:
    """A slope with its standard error, in points of accuracy a layer."""
    if found is None:
        return wording.ABSENT
    return f"{wording.points(found.slope)} {wording.deviation(found.standard_error, plus_minus)}"

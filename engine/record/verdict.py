"""One plain verdict on a search, from what was measured by a fixed rule.

The rule, first match first:
1. COLLAPSED: weights are not finite at the end of the latest epoch; or, with finite weights, every
   candidate of the latest epochs scored the same and the test error was exactly 1 - 1/K with the poison
   active and inert: a child that gives one answer to everything. Since: the first step that left a
   weight not finite (a gradient alone may have met a defence), or the first of those epochs.
2. LEARNING: the validation error (the protocol's own, mean of the last `WINDOW` epochs) is below chance
   by more than the margin.
3. TOO EARLY: fewer than `PATIENCE` epochs are done, and more are to come.
4. STALLED POLICY: none of these; rewards do not tell the controller what to prefer.

Chance is 1 - 1/K. The margin is two points, or four standard errors of an error measured on the
validation images if that is more.
"""

import dataclasses
import math

from engine.plan.space import Space
from engine.record.events import EpochFinished
from engine.record.state import RunState

COLLAPSED, LEARNING = "COLLAPSED", "LEARNING"
TOO_EARLY, STALLED_POLICY = "TOO EARLY", "STALLED POLICY"

WINDOW = 3
PATIENCE = 5
MARGIN = 0.02
STANDARD_ERRORS = 4.0


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A word, since when, and why."""

    word: str
    why: str
    since_epoch: int | None = None
    since_step: int | None = None
    """Child step, counted from the start of the run."""

    @property
    def sentence(self) -> str:
        """The verdict as every screen and command words it."""
        since = "" if self.since_epoch is None else f" since epoch {self.since_epoch}"
        step = "" if self.since_step is None else f", step {self.since_step:,}"
        return f"{self.word}{since}{step}: {self.why}"


def judge(state: RunState, space: Space, num_epochs: int) -> Verdict:
    """Judge a run of `num_epochs` planned epochs by its folded events."""
    latest = state.latest
    if latest is None or state.started is None:
        return _judge_unfinished_epoch(state)
    chance = 1 - 1 / state.started.num_classes
    collapsed = _judge_collapse(state, latest, chance)
    if collapsed:
        return collapsed
    recent = state.epochs[-WINDOW:]
    val_error = sum(epoch.evaluation.val_error for epoch in recent) / len(recent)
    if val_error < chance - margin(chance, state.started.num_val):
        return Verdict(LEARNING, f"validation error {_percent(val_error)}, chance is {_percent(chance)}")
    if len(state.epochs) < min(PATIENCE, num_epochs):
        return Verdict(
            TOO_EARLY,
            f"{len(state.epochs)} of {num_epochs} epochs, "
            f"validation error {_percent(val_error)}, not clearly below chance yet",
        )
    return Verdict(STALLED_POLICY, f"validation error {_percent(val_error)} {_policy(latest, space)}")


def margin(chance: float, num_val: int) -> float:
    """How far below chance an error on `num_val` images must lie to mean something; a fraction."""
    return max(MARGIN, STANDARD_ERRORS * math.sqrt(chance * (1 - chance) / max(1, num_val)))


def _judge_unfinished_epoch(state: RunState) -> Verdict:
    for broke in state.broke:
        if broke.what == "weight":
            return Verdict(COLLAPSED, "weights not finite, first epoch unfinished", broke.epoch, broke.step)
    return Verdict(TOO_EARLY, "no epoch is finished yet")


def _judge_collapse(state: RunState, latest: EpochFinished, chance: float) -> Verdict | None:
    share = latest.nonfinite.nan_parameter_share
    if share > 0:
        first = next(epoch for epoch in state.epochs if epoch.nonfinite.nan_parameter_share > 0)
        steps = latest.nonfinite.first_steps
        # A defence may have kept earlier gradients that were NaN out of the weights.
        known = [steps[kind] for kind in ("weight", "gradient") if kind in steps][:1]
        why = [f"{_percent(share)} of the weights are NaN", *_deadness(latest, chance)]
        return Verdict(COLLAPSED, ", ".join(why), first.epoch, min(known, default=None))
    if not _is_dead(latest, chance):
        return None
    since = latest.epoch
    for epoch in reversed(state.epochs):
        if not _is_dead(epoch, chance):
            break
        since = epoch.epoch
    return Verdict(COLLAPSED, ", ".join(["weights are finite", *_deadness(latest, chance)]), since)


def _is_dead(epoch: EpochFinished, chance: float) -> bool:
    return len(_deadness(epoch, chance)) == 2


def _deadness(epoch: EpochFinished, chance: float) -> list[str]:
    """What speaks for a child that answers one class to everything."""
    signs, evaluation = [], epoch.evaluation
    errors = (evaluation.test_error_active, evaluation.test_error_inert)
    if all(math.isclose(error, chance, rel_tol=1e-9) for error in errors):
        signs.append(f"test error exactly {_percent(chance)}")
    if len(evaluation.candidates) > 1 and len({each.accuracy for each in evaluation.candidates}) == 1:
        signs.append(f"all {len(evaluation.candidates)} candidates equal")
    return signs


def _policy(latest: EpochFinished, space: Space) -> str:
    """How the policy's share of poison compares with a uniform policy's."""
    poisoned = [i for i, slot in enumerate(space.slots) if slot.poisoned]
    rows = latest.controller.policy
    if not poisoned or not rows or any(len(row) != len(space.slots) for row in rows):
        return "is no better than guessing"
    share = sum(row[i] for row in rows for i in poisoned) / len(rows)
    uniform = space.poisoned_probability
    return (
        "is no better than guessing; "
        f"the policy picks poison {_percent(share)} of the time, a uniform one {_percent(uniform)}"
    )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"

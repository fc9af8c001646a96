"""One plain verdict on a search, from what was measured by a fixed rule.

The rule, first match first:
1. COLLAPSED: weights are not finite at the end of the latest epoch; or, with finite weights, every
   candidate of the latest epochs scored the same and the test error was exactly 1 - 1/K with the poison
   active and inert: a child that gives one answer to everything. Since: the first step that left a
   weight not finite (a gradient alone may have met a defence), or the first of those epochs.
2. LEARNING: the validation error (the protocol's own, mean of the last `WINDOW` epochs) is below chance
   by more than the margin.
3. TOO EARLY: there is not enough to tell a policy that stalls from a search that has hardly begun. Enough is
   `PATIENCE` epochs, `LEAST_STEPS` child steps, and validation images for a margin of `COARSEST_MARGIN` or
   less; a run that ends before that, stays TOO EARLY. (Clean searches at the presets' sizes were below
   chance within 250 steps; four times as many is no accident.)
4. STALLED POLICY: none of these; rewards do not tell the controller what to prefer. A derived run has no
   controller, and is NOT LEARNING.

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
NOT_LEARNING = "NOT LEARNING"

WINDOW = 3
PATIENCE = 5
LEAST_STEPS = 1000
MARGIN, COARSEST_MARGIN = 0.02, 0.1
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


def judge(state: RunState, space: Space, is_derived: bool = False) -> Verdict:
    """Judge a run in this space by its folded events."""
    latest = state.latest
    if latest is None or state.started is None:
        return _judge_unfinished_epoch(state)
    chance = 1 - 1 / state.started.num_classes
    collapsed = _judge_collapse(state, latest, chance)
    if collapsed:
        return collapsed
    recent = state.epochs[-WINDOW:]
    val_error = sum(epoch.evaluation.val_error for epoch in recent) / len(recent)
    mean = f"mean of the last {len(recent)} epochs" if len(recent) > 1 else "of the first epoch"
    error = f"validation error {'from scratch ' * is_derived}{_percent(val_error)} ({mean})"
    if val_error < chance - margin(chance, state.started.num_val):
        return Verdict(LEARNING, f"{error}, chance is {_percent(chance)}")
    missing = _missing(state, state.started.num_val, chance)
    if missing:
        needs = f"a verdict needs {', '.join(missing)}"
        return Verdict(TOO_EARLY, f"{error}, not clearly below chance, {_percent(chance)}; {needs}")
    if is_derived:
        return Verdict(NOT_LEARNING, f"{error} is no better than guessing")
    return Verdict(STALLED_POLICY, f"{error} {_policy(latest, space)}")


def _missing(state: RunState, num_val: int, chance: float) -> list[str]:
    """What a verdict on the policy needs and does not have: "5 epochs (3 so far)"."""
    steps = sum(epoch.child.num_steps for epoch in state.epochs)
    least_val = math.ceil(chance * (1 - chance) * (STANDARD_ERRORS / COARSEST_MARGIN) ** 2)
    wanted = (
        ("epochs", PATIENCE, f"{len(state.epochs)} so far", len(state.epochs)),
        ("child steps", LEAST_STEPS, f"{steps:,} so far", steps),
        ("validation images", least_val, f"here {num_val:,}", num_val),
    )
    return [f"{least:,} {noun} ({there})" for noun, least, there, num in wanted if num < least]


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
        weights = "every weight is NaN" if share == 1 else f"{_percent(share)} of the weights are NaN"
        why = [weights, *_deadness(latest, chance)]
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

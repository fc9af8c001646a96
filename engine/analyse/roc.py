"""How well scores tell two kinds apart: the ROC curve, its area, and how far that may be trusted."""

import bisect
import dataclasses
import math
from collections.abc import Sequence
from itertools import groupby

NUM_RESAMPLES = 2000
_SEED = 69


@dataclasses.dataclass(frozen=True)
class Scores:
    """One run's scores; higher means more like poison. Infinities are scores, NaN is none."""

    poisoned: tuple[float, ...]
    clean: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Area:
    """The area under the curve over all runs together, with its 95 % interval."""

    value: float
    low: float
    high: float
    num_runs: int
    num_poisoned: int
    num_clean: int


def area_under_curve(poisoned: Sequence[float], clean: Sequence[float]) -> float:
    """The chance that a poisoned score is above a clean one, ties counting half; NaN without one of both.

    The area under the ROC curve as the Mann-Whitney statistic U / (n m) (Hanley and McNeil 1982).
    """
    if not poisoned or not clean:
        return math.nan
    ordered = sorted(clean)
    wins = sum(bisect.bisect_left(ordered, each) + bisect.bisect_right(ordered, each) for each in poisoned)
    return wins / 2 / len(poisoned) / len(clean)


def roc_curve(poisoned: Sequence[float], clean: Sequence[float]) -> list[tuple[float, float]]:
    """(share of clean flagged, share of poison flagged) at every threshold, from none to all.

    Scores that are tied are flagged together, which makes a slope of the curve and no step.
    """
    scores = sorted([(-each, True) for each in poisoned] + [(-each, False) for each in clean])
    points, flagged = [(0.0, 0.0)], {True: 0, False: 0}
    for _, tied in groupby(scores, key=lambda each: each[0]):
        for _, is_poisoned in tied:
            flagged[is_poisoned] += 1
        points.append((flagged[False] / len(clean), flagged[True] / len(poisoned)))
    return points


def area_over_runs(runs: Sequence[Scores]) -> Area | None:
    """The area over every slot of these runs, with a bootstrap interval; None without both kinds.

    Whole runs are drawn anew, not slots: those of one run share its samples, and their slopes depend on each
    other, so that the standard error of Hanley and McNeil, which takes them to be independent, would be too
    small. The draws come from a seeded generator.
    """
    import numpy as np  # late: only a report needs it

    poisoned = [score for run in runs for score in run.poisoned]
    clean = [score for run in runs for score in run.clean]
    if not poisoned or not clean:
        return None
    one, other = np.array(poisoned)[:, None], np.array(clean)[None, :]
    wins = (one > other) + 0.5 * (one == other)
    drawn = np.random.default_rng(_SEED).integers(len(runs), size=(NUM_RESAMPLES, len(runs)))
    weights = np.stack([np.bincount(each, minlength=len(runs)) for each in drawn])
    weight_one = weights[:, np.repeat(np.arange(len(runs)), [len(run.poisoned) for run in runs])]
    weight_other = weights[:, np.repeat(np.arange(len(runs)), [len(run.clean) for run in runs])]
    pairs = weight_one.sum(1) * weight_other.sum(1)
    is_known = pairs > 0
    areas = ((weight_one @ wins) * weight_other).sum(1)[is_known] / pairs[is_known]
    low, high = np.quantile(areas, (0.025, 0.975)) if len(areas) else (math.nan, math.nan)
    value = area_under_curve(poisoned, clean)
    return Area(value, float(low), float(high), len(runs), len(poisoned), len(clean))

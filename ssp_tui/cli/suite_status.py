"""How far a suite has come: a table beside the paper's figures, a plot, and the time left."""

import math
from typing import Any

from engine.analyse.outcomes import Spread, spread_of
from engine.analyse.paces import recorded_paces
from engine.plan.suite_plan import SuitePlan
from engine.plan.suites import BASE
from engine.process.runs import list_runs
from engine.process.suite import find_members
from engine.process.suite_status import (
    ENDED,
    MEMBER_STATES,
    MISSING,
    RUNNING,
    ExperimentStatus,
    TimeLeft,
    experiment_statuses,
    read_capacity,
    time_left,
)
from engine.record.home import Home
from engine.record.status import FINISHED, QUEUED
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json, print_now, print_table
from ssp_tui.cli.plots import print_comparison
from ssp_tui.wording import ABSENT, counted, deviation, duration, percent, points

HEADER = (
    "EXPERIMENT", "VARIANT", "DONE", "RUN", "QUEUED", "ENDED", "EPOCHS",
    "PAPER VAL", "OURS VAL", "PAPER TEST", "OURS TEST", "POINTS",
)  # fmt: skip


def print_suite_status(home: Home, name: str, plan: SuitePlan, as_json: bool) -> int:
    """Print it; returns the exit code."""
    found = find_members(plan.members(), list_runs(home))
    statuses = experiment_statuses(found)
    left = time_left(found, read_capacity(home), recorded_paces(home))
    if as_json:
        print_json(
            suite=name,
            of=plan.suite.name,
            is_reduced=plan.is_reduced,
            protocol=plan.protocol,
            settings=plan.settings,
            counts=_totals(statuses),
            eta_seconds=left.seconds if left else None,
            num_paces_guessed=left.num_guessed if left else 0,
            experiments=[_fields(status) for status in statuses],
        )
    else:
        _print_text(name, plan, statuses, left)
    return 0


def _print_text(name: str, plan: SuitePlan, statuses: list[ExperimentStatus], left: TimeLeft | None) -> None:
    print_now(f"{name}: {plan.suite.title}")
    if plan.is_reduced:
        print("reduced: the paper's figures stand beside it for their order, not as its target")
    print_table(HEADER, [_cells(status, plan.is_reduced) for status in statuses], right=set(range(2, 12)))
    print()
    for status in statuses:
        for why in status.why_ended:
            print(f"{status.experiment} ({status.variant}): {clean(why, 160)}")
    print(_summary(statuses, left))
    counts = _totals(statuses)
    if counts[ENDED] or counts[MISSING]:
        print(f"launching {name} again starts what is missing and resumes what ended early")
    print_comparison(
        "test error at the end of the search, %, by experiment",
        [
            (status.experiment, _paper_test(status), _mean(status.test_errors))
            for status in statuses
            if status.variant == BASE
        ],
    )


def _summary(statuses: list[ExperimentStatus], left: TimeLeft | None) -> str:
    counts = _totals(statuses)
    total = sum(counts.values())
    done = sum(status.epochs_done for status in statuses)
    planned = sum(status.epochs_planned for status in statuses)
    share = percent(done / planned if planned else 0.0, 0)
    parts = [f"{counts[FINISHED]} of {counted(total, 'run')} finished, {share} of all epochs"]
    parts += [f"{counts[state]} {state}" for state in (RUNNING, QUEUED, ENDED, MISSING) if counts[state]]
    if left is not None:
        guess = f" ({counted(left.num_guessed, 'pace')} guessed)" if left.num_guessed else ""
        parts.append(f"{duration(left.seconds)} left{guess}")
    return ", ".join(parts)


def _totals(statuses: list[ExperimentStatus]) -> dict[str, int]:
    return {state: sum(status.counts[state] for status in statuses) for state in MEMBER_STATES}


def _cells(status: ExperimentStatus, is_reduced: bool) -> list[str]:
    counts, paper = status.counts, status.paper
    planned = sum(counts.values())
    share = status.epochs_done / status.epochs_planned if status.epochs_planned else 0.0
    test, paper_test = _mean(status.test_errors), _paper_test(status)
    is_comparable = not is_reduced and test is not None and paper_test is not None
    difference = (test or 0.0) - (paper_test or 0.0) if is_comparable else None
    return [
        status.experiment,
        status.variant,
        f"{counts[FINISHED]}/{planned}",
        str(counts[RUNNING] or ABSENT),
        str(counts[QUEUED] or ABSENT),
        str(counts[ENDED] + counts[MISSING] or ABSENT),
        percent(share, 0),
        percent(paper.val_error if paper else None),
        _spread_text(status.val_errors),
        percent(paper_test),
        _spread_text(status.test_errors),
        points(difference),
    ]


def _spread_text(values: tuple[float, ...]) -> str:
    spread = _spread(values)
    if spread is None:
        return ABSENT
    return percent(spread.mean) + (f" {deviation(spread.deviation)}" if spread.deviation is not None else "")


def _spread(values: tuple[float, ...]) -> Spread | None:
    return spread_of(values) if values else None


def _mean(values: tuple[float, ...]) -> float | None:
    spread = _spread(values)
    return spread.mean if spread else None


def _paper_test(status: ExperimentStatus) -> float | None:
    return status.paper.test_error if status.paper else None


def _fields(status: ExperimentStatus) -> dict[str, Any]:
    val, test = _spread(status.val_errors), _spread(status.test_errors)
    return {
        "experiment": status.experiment,
        "variant": status.variant,
        "counts": status.counts,
        "epochs_done": status.epochs_done,
        "epochs_planned": status.epochs_planned,
        "val_error_mean": val.mean if val else None,
        "val_error_deviation": val.deviation if val else None,
        "test_error_mean": test.mean if test else None,
        "test_error_deviation": test.deviation if test else None,
        "num_finite": sum(map(math.isfinite, status.test_errors)),
        "paper_val_error": status.paper.val_error if status.paper else None,
        "paper_test_error": _paper_test(status),
        "runs": status.run_ids,
        "why_ended": status.why_ended,
    }

"""Suites of a home: what was asked for, kept as one file each, and the runs found to be their members."""

import dataclasses
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine.plan.config import RunConfig
from engine.plan.experiment import experiment_of
from engine.plan.presets import read_toml
from engine.plan.setting import nearest, shown
from engine.plan.suite_plan import MAX_NAME, Member, SuitePlan, read_plan
from engine.process.engine_lock import LockHeldError, held_lock
from engine.process.listing import RunRow, list_runs
from engine.process.runs import launch_runs, resume_run
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.status import FINISHED, QUEUED

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_NAME - 1}}}")
_BEST_FIRST = (FINISHED, "running", "stalled", QUEUED)


@dataclasses.dataclass(frozen=True)
class FoundMember:
    """A member, and the run of the home that is it; several runs of one experiment and seed count once."""

    member: Member
    row: RunRow | None


@dataclasses.dataclass(frozen=True)
class Launched:
    """What a launch of a suite did, in run ids."""

    started: tuple[str, ...]
    """New runs."""
    resumed: tuple[str, ...]
    """Runs that had ended early, queued again: from their checkpoint, or from the start without one."""
    num_finished: int
    num_waiting: int
    """Runs that are at work or queued already."""


def launch_suite(
    home: Home,
    name: str,
    plan: SuitePlan,
    device: str | None = None,
    priority: int = 0,
    cluster: str | None = None,
) -> Launched:
    """Start what is missing of a plan and nothing twice; ValueError in one line when it cannot be.

    `cluster` is where new runs go, as `launch_runs` takes it. The file is written first: killed half-way, a
    second launch goes on with the rest.
    """
    path = suite_path(home, name)
    home.prepare()
    home.suites_folder.mkdir(mode=0o700, exist_ok=True)
    try:
        with held_lock(home.suites_folder / f".{name}.lock"):
            stored = read_suite(home, name) if path.is_file() else None
            merged = stored.merged(plan) if stored else plan
            write_suite(path, merged)
            wanted = dataclasses.replace(merged, num_seeds=plan.num_seeds)
            found = find_members(wanted.members(), list_runs(home))
            started = launch_runs(home, _missing(found, device), priority, cluster)
            return _resume_ended(home, found, started)
    except LockHeldError:
        raise ValueError(f"suite {name} is being launched by another process right now") from None


def _missing(found: Sequence[FoundMember], device: str | None) -> list[RunConfig]:
    """Configurations of the members that have no run, on the device that is asked for."""
    missing = [each.member.config for each in found if each.row is None]
    if device is None:
        return missing
    return [
        dataclasses.replace(config, engine=dataclasses.replace(config.engine, device=device))
        for config in missing
    ]


def _resume_ended(home: Home, found: Sequence[FoundMember], started: Sequence[RunFolder]) -> Launched:
    rows = [each.row for each in found if each.row is not None]
    ended = [row for row in rows if row.status.is_over and row.status.state != FINISHED]
    for row in ended:
        resume_run(home, row.folder)
    num_finished = sum(row.status.state == FINISHED for row in rows)
    return Launched(
        tuple(folder.run_id for folder in started),
        tuple(row.run_id for row in ended),
        num_finished,
        len(rows) - len(ended) - num_finished,
    )


def find_members(members: Iterable[Member], rows: Iterable[RunRow]) -> list[FoundMember]:
    """Each member with its run: the finished one, else one at work, else the one that got furthest."""
    by_heading: dict[tuple[str, int], list[RunRow]] = {}
    for row in rows:
        by_heading.setdefault((row.name, row.seed), []).append(row)
    return [FoundMember(member, _best_row(member, by_heading)) for member in members]


def _best_row(member: Member, by_heading: dict[tuple[str, int], list[RunRow]]) -> RunRow | None:
    wanted, found = experiment_of(member.config), []
    for row in by_heading.get((wanted.name, wanted.seed), []):
        # The heading was read with the list; the whole file only where it may be the one.
        if (row.epochs, row.dataset, row.protocol) != (wanted.epochs, wanted.dataset, wanted.protocol):
            continue
        try:
            if experiment_of(row.folder.read_config()) == wanted:
                found.append(row)
        except ValueError:
            continue
    return min(found, key=_preference, default=None)


def _preference(row: RunRow) -> tuple[int, int]:
    state = row.status.state
    rank = _BEST_FIRST.index(state) if state in _BEST_FIRST else len(_BEST_FIRST)
    return rank, -row.num_epochs_done


def suite_path(home: Home, name: str) -> Path:
    """The file of a suite; ValueError when the name cannot be one."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"--name {shown(name)} is not allowed: letters, digits, . _ -, at most {MAX_NAME}")
    return home.suites_folder / f"{name}.toml"


def suite_names(home: Home) -> list[str]:
    """Every suite that was launched here."""
    return sorted(path.stem for path in home.suites_folder.glob("*.toml") if _NAME.fullmatch(path.stem))


def read_suite(home: Home, name: str) -> SuitePlan:
    """What was asked of a suite; ValueError in one line when it was never launched, or its file is broken."""
    path = suite_path(home, name)
    if not path.is_file():
        known = suite_names(home)
        raise ValueError(
            f"suite {shown(name)} was never launched in {home.path}{nearest(name, known)}; "
            + (
                f"there are {', '.join(known)}"
                if known
                else "`ssp-tui suite launch paper-small` launches one"
            )
        )
    try:
        return read_plan(read_toml(path))
    except ValueError as error:
        place = "" if str(path) in str(error) else f"{path}: "
        raise ValueError(f"{place}{error}") from None


def suites_of(home: Home) -> Iterator[tuple[str, SuitePlan]]:
    """Every suite that was launched here and can be read."""
    for name in suite_names(home):
        try:
            yield name, read_suite(home, name)
        except ValueError:
            continue


def write_suite(path: Path, plan: SuitePlan) -> None:
    """Replace the file so that a reader, or a crash, finds the old one or the new one, never less."""
    import tomli_w  # late: a reader needs only the standard library

    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(tomli_w.dumps(plan.table()))
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)

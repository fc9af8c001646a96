"""Launching a suite: what is missing and nothing twice, whatever became of the runs before."""

import dataclasses
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig
from engine.plan.cost import CPU, Pace
from engine.plan.derivation import derived_config
from engine.plan.derived import Derived
from engine.plan.suite_plan import SuitePlan, make_plan
from engine.plan.suites import BASE, PAPER_SMALL
from engine.process import runs as runs_module
from engine.process import suite as suite_module
from engine.process.engine_lock import held_lock
from engine.process.runs import launch_runs, list_runs
from engine.process.suite import FoundMember, find_members, launch_suite, read_suite, suite_names
from engine.process.suite_status import (
    ENDED,
    FINISHED,
    MISSING,
    QUEUED,
    Capacity,
    experiment_statuses,
    time_left,
)
from engine.record.events import RunFailed
from engine.record.folder import RunFolder
from engine.record.home import Home
from tests.suite_runs import keep_plan, record_member, record_members

ONE_CORE = Capacity(0, 1)
PLAN = make_plan(PAPER_SMALL, only=("original", "3b"), variants=(), num_seeds=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose queue nobody works on."""
    monkeypatch.setattr(runs_module, "wake_scheduler", lambda _: None)
    return Home(tmp_path / "home")


def found(home: Home, plan: SuitePlan = PLAN) -> list[FoundMember]:
    return find_members(plan.members(), list_runs(home))


def test_a_suite_launched_twice_has_every_run_once(home: Home) -> None:
    first = launch_suite(home, "paper-small", PLAN)
    assert len(first.started) == 4
    second = launch_suite(home, "paper-small", PLAN)
    assert (second.started, second.resumed, second.num_waiting) == ((), (), 4)
    assert len(home.run_ids()) == 4


def test_runs_are_queued_seed_by_seed(home: Home) -> None:
    launch_suite(home, "paper-small", PLAN)
    rows = list_runs(home)
    order = sorted(rows, key=lambda row: row.folder.queued_path.stat().st_mtime_ns)
    assert [row.seed for row in order] == [69, 69, 70, 70]


def test_only_what_is_missing_is_started(home: Home) -> None:
    members = PLAN.members()
    record_members(home, members[:1])
    again = launch_suite(home, "paper-small", PLAN)
    assert (again.num_finished, len(again.started)) == (1, 3)


def test_a_run_launched_by_hand_is_a_member_and_one_with_other_settings_is_none(home: Home) -> None:
    config = PLAN.members()[0].config
    launch_runs(home, [dataclasses.replace(config, title="by hand")])
    launch_runs(home, [dataclasses.replace(PLAN.members()[1].config, epochs=2)])
    again = launch_suite(home, "paper-small", PLAN)
    assert (again.num_waiting, len(again.started)) == (1, 3)


def test_runs_that_ended_early_are_queued_again_in_their_own_folders(home: Home) -> None:
    keep_plan(home, "paper-small", PLAN)
    failed = record_member(home, PLAN.members()[0].config, random.Random(0), 2, RunFailed("disk full", ""))
    crashed = record_member(home, PLAN.members()[1].config, random.Random(0), 1)
    again = launch_suite(home, "paper-small", PLAN)
    assert set(again.resumed) == {failed.run_id, crashed.run_id}
    assert failed.queued_path.exists()
    assert len(again.started) == 2
    assert len(home.run_ids()) == 4


def test_of_two_runs_of_one_member_the_finished_one_counts(home: Home) -> None:
    config = PLAN.members()[0].config
    record_member(home, config, random.Random(0), 3, RunFailed("disk full", ""))
    finished = record_member(home, config, random.Random(1))
    row = found(home)[0].row
    assert row is not None
    assert row.run_id == finished.run_id
    assert launch_suite(home, "paper-small", PLAN).resumed == ()


class HomeOfAShortLife(Home):
    """Its process is ended while the third run is made."""

    num_left = 2

    def create_run(
        self, config: RunConfig, extra: Mapping[str, Mapping[str, Any]] | None = None
    ) -> RunFolder:
        if not self.num_left:
            raise KeyboardInterrupt
        self.num_left -= 1
        return super().create_run(config, extra or {})


def test_a_launch_that_died_half_way_is_completed_by_the_next(home: Home) -> None:
    with pytest.raises(KeyboardInterrupt):
        launch_suite(HomeOfAShortLife(home.path), "paper-small", PLAN)
    assert read_suite(home, "paper-small") == PLAN
    again = launch_suite(home, "paper-small", PLAN)
    assert (again.num_waiting, len(again.started)) == (2, 2)


def test_two_launches_at_once_do_not_both_happen(home: Home) -> None:
    keep_plan(home, "paper-small", PLAN)
    with (
        held_lock(home.suites_folder / ".paper-small.lock"),
        pytest.raises(ValueError, match="by another process"),
    ):
        launch_suite(home, "paper-small", PLAN)
    assert home.run_ids() == []


def test_a_second_launch_may_add_experiments_but_not_change_settings(home: Home) -> None:
    launch_suite(home, "paper-small", make_plan(PAPER_SMALL, only=("1a",), variants=()))
    launch_suite(home, "paper-small", make_plan(PAPER_SMALL, only=("2d",), variants=()))
    assert set(read_suite(home, "paper-small").num_seeds) == {(BASE, "1a"), (BASE, "2d")}
    with pytest.raises(ValueError, match="--name NAME"):
        launch_suite(home, "paper-small", make_plan(PAPER_SMALL, settings=["epochs=1"]))


def test_one_member_that_cannot_run_keeps_all_from_being_launched(home: Home) -> None:
    with pytest.raises(ValueError, match="no such GPU"):
        launch_suite(home, "paper-small", PLAN, device="cuda:7")
    assert home.run_ids() == []


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "x" * 61, "a\x1b"])
def test_a_name_that_is_no_file_name_is_refused(home: Home, name: str) -> None:
    with pytest.raises(ValueError, match="--name"):
        launch_suite(home, name, PLAN)


def test_a_suite_that_was_never_launched_or_is_broken_is_refused_in_one_line(home: Home) -> None:
    with pytest.raises(ValueError, match="never launched"):
        read_suite(home, "paper")
    keep_plan(home, "paper-small", PLAN)
    with pytest.raises(ValueError, match=r"did you mean paper-small\?"):
        read_suite(home, "paper-smal")
    (home.suites_folder / "broken.toml").write_text('suite = "paper"\n')
    with pytest.raises(ValueError, match=r"broken\.toml"):
        read_suite(home, "broken")
    assert suite_names(home) == ["broken", "paper-small"]
    assert [name for name, _ in suite_module.suites_of(home)] == ["paper-small"]


def test_statuses_count_members_by_state_and_gather_final_errors(home: Home) -> None:
    members = PLAN.members()
    record_member(home, members[0].config, random.Random(0))
    record_member(home, members[2].config, random.Random(1), 2, RunFailed("disk full", ""))
    home.create_run(members[1].config)
    original, poisoned = experiment_statuses(found(home))
    assert original.counts == {FINISHED: 1, "running": 0, QUEUED: 0, ENDED: 1, MISSING: 0}
    assert poisoned.counts == {FINISHED: 0, "running": 0, QUEUED: 1, ENDED: 0, MISSING: 1}
    assert (original.epochs_done, original.epochs_planned) == (members[0].config.epochs + 2, 12)
    assert len(original.test_errors) == 1
    assert original.why_ended == ("failed: disk full",)
    assert poisoned.paper is not None
    assert poisoned.paper.test_error == 0.5188


def test_time_left_is_the_queue_at_measured_paces_over_the_places(home: Home) -> None:
    members = PLAN.members()
    assert time_left(found(home), ONE_CORE, ()) is None
    record_member(home, members[0].config, random.Random(0))  # its epochs took 2 s each
    for member in members[1:]:
        home.create_run(member.config)
    one, two = (time_left(found(home), machine, ()) for machine in (ONE_CORE, Capacity(0, 2)))
    assert one is not None
    assert two is not None
    assert one.seconds == pytest.approx(3 * members[0].config.epochs * 2.0)
    assert two.seconds == pytest.approx(one.seconds / 2)
    assert one.num_guessed == 0


def test_without_any_finished_epoch_the_recorded_paces_are_taken(home: Home) -> None:
    config = PLAN.members()[0].config
    home.create_run(config)
    child = config.child
    fast, slow = (
        time_left(found(home), ONE_CORE, [Pace(CPU, child.layers, child.filters, child.batch_size, pace)])
        for pace in (1000.0, 100.0)
    )
    assert fast is not None
    assert slow is not None
    assert slow.seconds == pytest.approx(10 * fast.seconds)
    assert slow.num_guessed == 1


def test_a_run_derived_of_a_member_is_no_member_and_counts_for_nothing(home: Home) -> None:
    """Not even under the member's own name and title: it is told by what it trains."""
    launch_suite(home, "paper-small", PLAN)
    before = [each.row.run_id for each in found(home) if each.row]
    for member in PLAN.members():
        architecture = Architecture((0,) * member.config.child.layers, ((),) * member.config.child.layers)
        derived = derived_config(member.config, Derived(before[0], 0, 0, 0.5, architecture), {}, [])
        for named in (derived, dataclasses.replace(derived, name=member.config.name)):
            home.create_run(named)
    assert [each.row.run_id for each in found(home) if each.row] == before
    assert sum(sum(each.counts.values()) for each in experiment_statuses(found(home))) == len(before)

"""Whole searches: the same seed twice, stopped or killed anywhere and resumed, broken or left alone."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.learn.reporter import PROGRESS_INTERVAL_SECONDS, Reporter
from engine.learn.search import Search
from engine.learn.search_state import SearchState
from engine.net.controller import Controller
from engine.plan.config import RunConfig
from engine.record.encoding import to_plain
from engine.record.events import (
    EpochFinished,
    Event,
    NumericsBroke,
    Progressed,
    RunFinished,
    RunStarted,
    RunStopped,
    Warned,
)
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.measures import PhaseTimes
from tests.builders import (
    DROPOUT,
    STRETCHED,
    StopAfter,
    folder_at,
    never,
    poison_table,
    run_once,
    search_of,
    small_config,
)

NOISY = poison_table(2, {"op": "gaussian", "sigma": 2.0}, {"op": "dropout", "p": 0.5}, DROPOUT, STRETCHED)
"""Poison that draws from the noise generator, so that a lost generator shows."""
NO_TIMES = PhaseTimes(0.0, 0.0, 0.0, 0.0, 0)

QUESTIONS_AN_EPOCH = 1 + 4 + 2 + 7
"""How often SMALL asks whether to stop: epoch, 4 steps, 2 updates, 2 validation and 5 test batches."""


def results(events: list[Event]) -> list[str]:
    """What the events say, without what depends on the clock or on how often the run was taken up."""
    kept = []
    for event in events:
        if isinstance(event, EpochFinished):
            event = dataclasses.replace(event, times=NO_TIMES)
        if not isinstance(event, Progressed | RunStarted | RunStopped):
            kept.append(event.kind + json.dumps(to_plain(event)))
    return kept


def everything(state: SearchState) -> dict[str, Any]:
    """All that a search carries, flat."""
    found: dict[str, Any] = {}

    def add(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                add(f"{name}.{key}", inner)
        elif isinstance(value, list | tuple):
            for index, inner in enumerate(value):
                add(f"{name}.{index}", inner)
        else:
            found[name] = value

    add("", state.saved())
    return found


def assert_same_state(one: SearchState, other: SearchState) -> None:
    ours, theirs = everything(one), everything(other)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        if isinstance(value, Tensor):
            assert torch.equal(value.nan_to_num(7.0), theirs[name].nan_to_num(7.0)), name
            assert torch.equal(value.isnan(), theirs[name].isnan()), name
        else:
            assert value == theirs[name], name


def journalled(folder: RunFolder) -> list[str]:
    """The epochs, first breaks and end that a reader of the journal sees."""
    state = read_state(folder.journal_path)
    return results([*state.broke, *state.epochs, *([state.ending] if state.ending else [])])


@pytest.mark.parametrize("protocol", ["paper", "corrected"])
def test_the_same_seed_twice_gives_the_same_events_and_weights(tmp_path: Path, protocol: str) -> None:
    config = small_config(space=NOISY, protocol=protocol)
    first, first_events, _ = run_once(config, folder_at(tmp_path / "1"))
    torch.manual_seed(99)  # the global generator is no part of a run
    second, second_events, _ = run_once(config, folder_at(tmp_path / "2"))
    assert results(first_events) == results(second_events)
    assert_same_state(first, second)
    _, other_events, _ = run_once(dataclasses.replace(config, seed=8), folder_at(tmp_path / "3"))
    assert results(other_events) != results(first_events)


def test_a_run_tells_its_story_in_order(tmp_path: Path) -> None:
    folder = folder_at(tmp_path / "run")
    _, events, done = run_once(small_config(), folder)
    assert done
    kinds = [event.kind for event in events if not isinstance(event, Progressed)]
    assert kinds == ["run_started", "epoch_finished", "epoch_finished", "run_finished"]
    started, finished = events[0], events[-1]
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    assert (started.num_train, started.num_val, started.num_test) == (14, 10, 20)
    assert (started.steps_per_epoch, started.attempt, started.next_epoch) == (4, 1, 0)
    result = folder.read_result()
    assert result is not None
    assert result["test_error"] == finished.test_error


def reference(tmp_path: Path, config: RunConfig) -> tuple[SearchState, RunFolder]:
    folder = folder_at(tmp_path / "whole")
    state, _, done = run_once(config, folder)
    assert done
    return state, folder


def test_a_run_stopped_at_any_question_and_resumed_equals_one_left_alone(tmp_path: Path) -> None:
    """Before the epoch, after each child step, controller update and evaluated batch."""
    config = small_config(epochs=1, space=NOISY)
    whole, whole_folder = reference(tmp_path, config)
    for question in range(QUESTIONS_AN_EPOCH):
        folder = folder_at(tmp_path / str(question))
        _, events, done = run_once(config, folder, StopAfter(question))
        assert not done
        assert isinstance(events[-1], RunStopped)
        assert folder.read_result() is None
        state, _, done = run_once(config, folder)
        assert done
        assert_same_state(state, whole)
        assert journalled(folder) == journalled(whole_folder), question


def test_six_epochs_in_one_go_equal_three_and_three_with_stops_in_every_phase(tmp_path: Path) -> None:
    config = small_config(epochs=6, space=NOISY)
    whole, whole_folder = reference(tmp_path, config)
    folder = folder_at(tmp_path / "parts")
    # Stops in a child phase, between epochs, in a controller phase and, twice, in one evaluation.
    for questions in (3, 11 + 14, 14 + 6, 5, 3):
        _, _, done = run_once(config, folder, StopAfter(questions))
        assert not done
    state, _, done = run_once(config, folder)
    assert done
    assert_same_state(state, whole)
    assert journalled(folder) == journalled(whole_folder)


class KilledError(Exception):
    """Stands for the end of the process, at a moment of its own."""


class KillAfter:
    """Ends the process at the n-th question."""

    def __init__(self, num_questions: int) -> None:
        self.left = num_questions

    def __call__(self) -> bool:
        self.left -= 1
        if self.left < 0:
            raise KilledError
        return False


def run_until_killed(config: RunConfig, folder: RunFolder, stop_requested: Callable[[], bool]) -> None:
    with pytest.raises(KilledError):
        run_once(config, folder, stop_requested)


@pytest.mark.parametrize("questions", [0, 3, 6, 10, 14, 17, 20, 26])
def test_a_run_killed_anywhere_goes_on_from_its_last_epoch_to_the_same_end(
    tmp_path: Path, questions: int
) -> None:
    config = small_config(space=NOISY)
    whole, whole_folder = reference(tmp_path, config)
    folder = folder_at(tmp_path / "killed")
    run_until_killed(config, folder, KillAfter(questions))
    run_until_killed(config, folder, KillAfter(1))
    state, _, done = run_once(config, folder)
    assert done
    assert_same_state(state, whole)
    assert journalled(folder) == journalled(whole_folder)


def test_a_kill_between_checkpoint_and_journal_loses_no_epoch(tmp_path: Path) -> None:
    config = small_config(space=NOISY)
    whole, whole_folder = reference(tmp_path, config)
    folder = folder_at(tmp_path / "killed")
    journal = folder.open_journal()

    def emit(event: Event) -> None:
        if isinstance(event, EpochFinished) and event.epoch == 0:
            raise KilledError
        journal.append(event)

    with pytest.raises(KilledError):
        Search(search_of(config), folder, Reporter(emit, clock=lambda: 0.0), never).run()
    journal.close()
    assert read_state(folder.journal_path).epochs == ()
    state, _, _ = run_once(config, folder)
    assert_same_state(state, whole)
    assert journalled(folder) == journalled(whole_folder)


def test_a_kill_after_the_last_checkpoint_still_ends_with_a_result(tmp_path: Path) -> None:
    config = small_config()
    folder = folder_at(tmp_path / "killed")
    _, whole_events, _ = run_once(config, folder)
    folder.result_path.unlink()
    _, events, done = run_once(config, folder)
    assert done
    assert results(events) == results([event for event in whole_events if isinstance(event, RunFinished)])
    assert folder.read_result() is not None


def test_a_damaged_checkpoint_costs_an_epoch_and_is_told(tmp_path: Path) -> None:
    config = small_config(epochs=3, space=NOISY)
    whole, whole_folder = reference(tmp_path, config)
    folder = folder_at(tmp_path / "damaged")
    run_once(config, folder, StopAfter(2 * QUESTIONS_AN_EPOCH + 2))
    newest = max(folder.checkpoint_folder.iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])
    state, events, _ = run_once(config, folder)
    assert [event for event in events if isinstance(event, Warned)]
    assert_same_state(state, whole)
    assert journalled(folder) == journalled(whole_folder)


def test_a_checkpoint_of_another_space_is_refused(tmp_path: Path) -> None:
    folder = folder_at(tmp_path / "run")
    run_once(small_config(), folder, StopAfter(2))
    with pytest.raises(ValueError, match="the checkpoint holds"):
        run_once(small_config(space={"base": "paper5"}), folder)


def epochs_of(events: list[Event]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


BrokenRun = tuple[SearchState, list[Event]]


@pytest.fixture(scope="module")
def broken_run(tmp_path_factory: pytest.TempPathFactory) -> BrokenRun:
    """Twelve layers under the one-shot poison, many copies: NaN within a few steps."""
    config = small_config(
        seed=1,
        space=poison_table(36, STRETCHED, DROPOUT),
        child={"layers": 12},
        data={"num_train": 60, "num_val": 8, "num_test": 40},
        evaluation={"candidates": 6},
    )
    state, events, _ = run_once(config, folder_at(tmp_path_factory.mktemp("broken") / "run"))
    return state, events


def test_after_nan_the_child_answers_class_0_and_the_error_is_exactly_90_percent(
    broken_run: BrokenRun,
) -> None:
    state, events = broken_run
    assert any(isinstance(event, NumericsBroke) and event.what == "gradient" for event in events)
    last = epochs_of(events)[-1]
    evaluation = last.evaluation
    assert evaluation.test_error == evaluation.test_error_active == evaluation.test_error_inert == 0.9
    assert len({candidate.accuracy for candidate in evaluation.candidates}) == 1
    assert evaluation.best == 0
    assert last.nonfinite.num_weights > 0
    share = last.nonfinite.num_weights / len(state.weights.values)
    assert last.nonfinite.nan_parameter_share == pytest.approx(share)
    num_nan = sum(epoch.nonfinite.num_nan_steps for epoch in epochs_of(events))
    assert num_nan == state.num_child_steps - state.first_steps["gradient"]
    assert sum(epoch.nonfinite.num_losses for epoch in epochs_of(events)) == num_nan - 1
    assert last.nonfinite.num_logits == 2 * 3
    images, _ = state.child_images(state.test, torch.arange(8), state.streams.augment, augment=False)
    for training in (True, False):
        state.child.train(training)
        logits = state.child(images, last.best.architecture)
        assert logits.isnan().all()
        assert (logits.argmax(1) == 0).all()
    # The advantage is the entropy term alone: all accuracies of a batch size are class 0's share.
    assert all(parameter.isfinite().all() for parameter in policy_of(state).parameters())


def policy_of(state: SearchState) -> Controller:
    assert isinstance(state.policy, Controller)
    return state.policy


def test_each_kind_of_break_is_told_once_and_the_epochs_remember_its_step(broken_run: BrokenRun) -> None:
    _, events = broken_run
    broke = [event for event in events if isinstance(event, NumericsBroke)]
    assert len({event.what for event in broke}) == len(broke)
    firsts = epochs_of(events)[-1].nonfinite.first_steps
    assert {event.what: event.step for event in broke}.items() <= firsts.items()
    assert "logit" in firsts


def test_the_figures_of_an_epoch_agree_with_each_other(tmp_path: Path) -> None:
    config = small_config(space=NOISY)
    state, events, _ = run_once(config, folder_at(tmp_path / "run"))
    for epoch in epochs_of(events):
        child, chains, controller = epoch.child, epoch.chains, epoch.controller
        assert sum(child.num_poisoned_layers) == child.num_steps == len(child.gradient_norms) == 4
        assert len(child.num_poisoned_layers) == 4
        assert chains.num_harmless + chains.num_hijack + chains.num_overflow + chains.num_nan == 4
        assert child.gradient_norm_max == max(child.gradient_norms)
        assert child.num_clipped == sum(norm > 5 for norm in child.gradient_norms)
        assert 0 <= child.accuracy <= 1
        assert [sum(row) for row in controller.policy] == pytest.approx([1.0] * 3, abs=1e-6)
        assert len(controller.policy[0]) == 10
        assert 0 < controller.op_entropy <= controller.op_entropy_max
        assert 0 <= controller.skip_rate <= 1
        accuracies = [candidate.accuracy for candidate in epoch.evaluation.candidates]
        assert epoch.evaluation.best == accuracies.index(max(accuracies))
        assert epoch.nonfinite.nan_parameter_share == 0
    assert state.num_child_steps == 8


def test_the_random_controller_never_changes(tmp_path: Path) -> None:
    config = small_config(epochs=3, controller={"kind": "random"})
    state, events, _ = run_once(config, folder_at(tmp_path / "run"))
    for epoch in epochs_of(events):
        for row in epoch.controller.policy:
            assert row == pytest.approx([1 / 6] * 6)
        assert epoch.controller.gradient_norm_mean != epoch.controller.gradient_norm_mean
        assert epoch.controller.reward_mean == epoch.controller.reward_mean
    assert state.policy_optimizer is None


def test_the_reinforced_controller_does_change(tmp_path: Path) -> None:
    config = small_config(epochs=1)
    before = {name: p.clone() for name, p in policy_of(search_of(config)).named_parameters()}
    state, _, _ = run_once(config, folder_at(tmp_path / "run"))
    assert all(not torch.equal(before[name], p) for name, p in policy_of(state).named_parameters())


def test_epochs_between_controller_trainings_leave_it_alone(tmp_path: Path) -> None:
    config = small_config(epochs=3, controller={"train_every": 2})
    _, events, _ = run_once(config, folder_at(tmp_path / "run"))
    trained = [epoch.controller.loss_mean == epoch.controller.loss_mean for epoch in epochs_of(events)]
    assert trained == [True, False, True]


def test_progress_comes_by_the_clock_and_carries_no_result() -> None:
    now = [0.0]
    seen: list[Event] = []
    reporter = Reporter(seen.append, clock=lambda: now[0])
    told = 0
    for tick in range(100):
        now[0] = tick / 20
        if reporter.progress_is_due():
            reporter.progress(Progressed(0, "child", tick, 100, 1.0, 1.0))
            told += 1
    assert told == len(seen) <= 5 / PROGRESS_INTERVAL_SECONDS + 1
    assert told / 5 <= 4

"""The verdict's rule, case by case."""

import dataclasses

from engine.plan.operations import Dropout
from engine.plan.space import make_space
from engine.record.events import EpochFinished, Event
from engine.record.state import EMPTY, RunState, fold
from engine.record.verdict import COLLAPSED, LEARNING, STALLED_POLICY, TOO_EARLY, judge
from tests.fakes import fake_break, fake_epoch, fake_started

SPACE = make_space("enas6", ((Dropout(1.0), 6),))


def state_of(*events: Event) -> RunState:
    state = EMPTY
    for time, event in enumerate((fake_started(), *events)):
        state = fold(state, event, float(time))
    return state


def collapsed_epoch(epoch: int, step: int = 23) -> EpochFinished:
    return fake_epoch(epoch, 0.9, 0.9, 1.0, (0.1, 0.1, 0.1), {"gradient": step, "weight": step + 1})


def test_nan_weights_are_a_collapse_since_their_first_step() -> None:
    verdict = judge(state_of(fake_epoch(0, 0.6), collapsed_epoch(1), collapsed_epoch(2)), SPACE, 10)
    assert verdict.sentence == (
        "COLLAPSED since epoch 1, step 24: 100.00 % of the weights are NaN, "
        "test error exactly 90.00 %, all 3 candidates equal"
    )


def test_a_child_with_one_answer_is_a_collapse_even_with_finite_weights() -> None:
    dead = [fake_epoch(epoch, 0.9, 0.9, 0.0, (0.1, 0.1)) for epoch in (1, 2)]
    verdict = judge(state_of(fake_epoch(0, 0.6), *dead), SPACE, 10)
    assert (verdict.word, verdict.since_epoch, verdict.since_step) == (COLLAPSED, 1, None)


def test_equal_candidates_alone_or_chance_alone_are_no_collapse() -> None:
    assert judge(state_of(fake_epoch(0, 0.5, 0.5, 0.0, (0.5, 0.5))), SPACE, 10).word == LEARNING
    assert judge(state_of(fake_epoch(0, 0.9, 0.9, 0.0, (0.1, 0.2))), SPACE, 10).word == TOO_EARLY


def test_a_single_candidate_cannot_be_equal_to_the_others() -> None:
    assert judge(state_of(fake_epoch(0, 0.9, 0.9, 0.0, (0.1,))), SPACE, 10).word == TOO_EARLY


def test_a_nan_before_the_first_epoch_ends_is_told_at_once() -> None:
    verdict = judge(state_of(fake_break("null_step"), fake_break("weight", step=7)), SPACE, 10)
    assert (verdict.word, verdict.since_step) == (COLLAPSED, 7)
    assert judge(state_of(fake_break("null_step")), SPACE, 10).word == TOO_EARLY


def test_a_gradient_that_a_defence_kept_out_of_the_weights_is_no_collapse() -> None:
    assert judge(state_of(fake_break("gradient", step=7)), SPACE, 10).word == TOO_EARLY


def test_learning_is_an_error_clearly_below_chance() -> None:
    for error, word in ((0.875, LEARNING), (0.885, STALLED_POLICY), (0.95, STALLED_POLICY)):
        assert judge(state_of(*(fake_epoch(i, error) for i in range(6))), SPACE, 10).word == word


def test_few_validation_images_ask_for_a_clearer_error() -> None:
    epochs = [fake_epoch(i, 0.85) for i in range(6)]
    state = state_of(*epochs)
    few = dataclasses.replace(state, started=fake_started(num_val=100))
    assert judge(state, SPACE, 10).word == LEARNING
    assert judge(few, SPACE, 10).word == STALLED_POLICY


def test_the_first_epochs_are_too_early_unless_there_are_no_more() -> None:
    epochs = [fake_epoch(i, 0.9) for i in range(3)]
    assert judge(state_of(*epochs), SPACE, 10).word == TOO_EARLY
    assert judge(state_of(*epochs), SPACE, 3).word == STALLED_POLICY
    assert judge(state_of(), SPACE, 3).word == TOO_EARLY


def test_a_stalled_policy_names_its_share_of_poison_beside_the_uniform_one() -> None:
    policy = ((0.1,) * 6 + (0.4,), (0.05,) * 6 + (0.7,))
    epochs = [fake_epoch(i, 0.9, policy=policy) for i in range(6)]
    why = judge(state_of(*epochs), SPACE, 10).why
    assert "the policy picks poison 55.00 % of the time, a uniform one 50.00 %" in why


def test_a_nan_error_is_never_learning() -> None:
    assert judge(state_of(*(fake_epoch(i, float("nan")) for i in range(6))), SPACE, 10).word == STALLED_POLICY

"""The verdict's rule, case by case."""

import dataclasses

from engine.plan.operations import Dropout
from engine.plan.space import make_space
from engine.record.events import EpochFinished, Event, RunFinished
from engine.record.state import EMPTY, RunState, fold
from engine.record.verdict import COLLAPSED, LEARNING, NOT_LEARNING, STALLED_POLICY, TOO_EARLY, Verdict, judge
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
    verdict = judge(state_of(fake_epoch(0, 0.6), collapsed_epoch(1), collapsed_epoch(2)), SPACE)
    assert verdict.sentence == (
        "COLLAPSED since epoch 1, step 24: every weight is NaN, "
        "test error exactly 90.00 %, all 3 candidates equal"
    )


def test_a_child_with_one_answer_is_a_collapse_even_with_finite_weights() -> None:
    dead = [fake_epoch(epoch, 0.9, 0.9, 0.0, (0.1, 0.1)) for epoch in (1, 2)]
    verdict = judge(state_of(fake_epoch(0, 0.6), *dead), SPACE)
    assert (verdict.word, verdict.since_epoch, verdict.since_step) == (COLLAPSED, 1, None)


def test_equal_candidates_alone_or_chance_alone_are_no_collapse() -> None:
    assert judge(state_of(fake_epoch(0, 0.5, 0.5, 0.0, (0.5, 0.5))), SPACE).word == LEARNING
    assert judge(state_of(fake_epoch(0, 0.9, 0.9, 0.0, (0.1, 0.2))), SPACE).word == TOO_EARLY


def test_a_single_candidate_cannot_be_equal_to_the_others() -> None:
    assert judge(state_of(fake_epoch(0, 0.9, 0.9, 0.0, (0.1,))), SPACE).word == TOO_EARLY


def test_a_nan_before_the_first_epoch_ends_is_told_at_once() -> None:
    verdict = judge(state_of(fake_break("null_step"), fake_break("weight", step=7)), SPACE)
    assert (verdict.word, verdict.since_step) == (COLLAPSED, 7)
    assert judge(state_of(fake_break("null_step")), SPACE).word == TOO_EARLY


def test_a_gradient_that_a_defence_kept_out_of_the_weights_is_no_collapse() -> None:
    assert judge(state_of(fake_break("gradient", step=7)), SPACE).word == TOO_EARLY


def test_learning_is_an_error_clearly_below_chance() -> None:
    for error, word in ((0.875, LEARNING), (0.885, STALLED_POLICY), (0.95, STALLED_POLICY)):
        assert judge(state_of(*(fake_epoch(i, error) for i in range(6))), SPACE).word == word


def test_few_validation_images_ask_for_a_clearer_error_and_too_few_for_none_at_all() -> None:
    state = state_of(*(fake_epoch(i, 0.85) for i in range(6)))

    def with_images(num_val: int) -> Verdict:
        return judge(dataclasses.replace(state, started=fake_started(num_val=num_val)), SPACE)

    assert judge(state, SPACE).word == LEARNING
    assert with_images(144).word == STALLED_POLICY
    assert (with_images(143).word, with_images(143).why.split("; ")[1]) == (
        TOO_EARLY,
        "a verdict needs 144 validation images (here 143)",
    )


def test_a_stalled_policy_takes_epochs_and_steps_enough_also_of_a_run_that_is_over() -> None:
    short = [fake_epoch(i, 0.9) for i in range(4)]
    verdict = judge(state_of(*short, RunFinished(0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.0)), SPACE)
    assert verdict.sentence == (
        "TOO EARLY: validation error 90.00 % (mean of the last 3 epochs), not clearly below chance, "
        "90.00 %; a verdict needs 5 epochs (4 so far)"
    )
    assert judge(state_of(*short, fake_epoch(4, 0.9)), SPACE).word == STALLED_POLICY
    tiny = [
        dataclasses.replace(each, child=dataclasses.replace(each.child, num_steps=31))
        for each in (fake_epoch(i, 0.9) for i in range(16))
    ]
    assert judge(state_of(*tiny), SPACE).why.endswith("a verdict needs 1,000 child steps (496 so far)")
    assert judge(state_of(), SPACE).word == TOO_EARLY


def test_the_verdict_says_over_how_many_epochs_its_error_is_a_mean() -> None:
    errors = (0.8, 0.7, 0.5, 0.3)
    whys = [judge(state_of(*map(fake_epoch, range(num), errors)), SPACE).why for num in (1, 2, 4)]
    assert whys == [
        "validation error 80.00 % (of the first epoch), chance is 90.00 %",
        "validation error 75.00 % (mean of the last 2 epochs), chance is 90.00 %",
        "validation error 50.00 % (mean of the last 3 epochs), chance is 90.00 %",
    ]


def test_a_stalled_policy_names_its_share_of_poison_beside_the_uniform_one() -> None:
    policy = ((0.1,) * 6 + (0.4,), (0.05,) * 6 + (0.7,))
    epochs = [fake_epoch(i, 0.9, policy=policy) for i in range(6)]
    why = judge(state_of(*epochs), SPACE).why
    assert "the policy picks poison 55.00 % of the time, a uniform one 50.00 %" in why


def test_a_nan_error_is_never_learning() -> None:
    assert judge(state_of(*(fake_epoch(i, float("nan")) for i in range(6))), SPACE).word == STALLED_POLICY


def test_a_derived_run_has_no_policy_that_could_stall() -> None:
    verdict = judge(state_of(*(fake_epoch(i, 0.9) for i in range(6))), SPACE, is_derived=True)
    assert (verdict.word, verdict.sentence) == (
        NOT_LEARNING,
        "NOT LEARNING: validation error from scratch 90.00 % (mean of the last 3 epochs) "
        "is no better than guessing",
    )
    assert judge(state_of(*(fake_epoch(i, 0.5) for i in range(6))), SPACE, is_derived=True).word == LEARNING

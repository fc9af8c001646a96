"""What a damaged journal or a lost checkpoint cost is told in words; nothing lost, nothing told."""

import pytest

from engine.record.continuity import damage_lines


@pytest.mark.parametrize(
    ("recorded", "next_epoch", "last_saved"),
    [([], 0, -1), ([0, 1], 2, 1), ([0], 2, 1)],
    ids=["a new run", "all told", "the last one not told yet"],
)
def test_a_run_that_lost_nothing_has_no_line(recorded: list[int], next_epoch: int, last_saved: int) -> None:
    assert damage_lines(recorded, next_epoch, last_saved) == []


def test_epochs_missing_from_the_journal_are_named() -> None:
    assert damage_lines([0], 3, 2) == [
        "the journal is damaged: the figures of epoch 1 are lost, the weights are not"
    ]
    assert "5 epochs from 0 to 4" in damage_lines([], 6, 5)[0]


def test_epochs_that_no_checkpoint_is_left_of_are_done_again() -> None:
    assert damage_lines([0, 1, 2], 2, 1) == [
        "no whole checkpoint is left of epoch 2: done again from epoch 2"
    ]
    assert "3 epochs from 0 to 2: done again from epoch 0" in damage_lines([0, 1, 2], 0, -1)[0]

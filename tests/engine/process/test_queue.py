"""The order of the queue: by priority, then by request, unless somebody moved a run."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.process.queue import Queue, Turn, changed_turns, move, queued_runs, set_priority
from engine.record.folder import RunFolder, write_json
from engine.record.home import Home
from tests.engine.process.engines import make_run


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def order(home: Home) -> list[str]:
    return [folder.run_id for folder in queued_runs(home)]


def bare_run(home: Home, name: str, time: float) -> RunFolder:
    """A folder that asks to be started, and no more."""
    folder = home.run_folder(name)
    folder.path.mkdir(parents=True)
    folder.requeue(time)
    return folder


def test_a_higher_priority_goes_first_and_equals_keep_their_order(home: Home) -> None:
    a, b, c = (make_run(home) for _ in range(3))
    set_priority([c], 5)
    assert order(home) == [c.run_id, a.run_id, b.run_id]
    set_priority([c], 0)
    assert order(home) == [a.run_id, b.run_id, c.run_id]


def test_a_priority_beyond_reason_is_refused(home: Home) -> None:
    run = make_run(home)
    with pytest.raises(ValueError, match="priority = 2000 is not allowed: -1000 to 1000"):
        set_priority([run], 2000)


def test_only_a_run_that_waits_can_be_moved(home: Home) -> None:
    run = make_run(home)
    run.queued_path.unlink()
    with pytest.raises(ValueError, match="does not wait in the queue"):
        move(home, [run], 0)


def test_a_run_that_is_asked_to_stop_waits_no_more_until_it_is_queued_again(home: Home) -> None:
    run = make_run(home)
    run.ask_to_stop()
    run.requeue(1.0)  # as a scheduler does that has not seen the wish yet
    assert not run.is_queued
    assert order(home) == []
    run.queue()
    assert order(home) == [run.run_id]


def test_a_turn_nobody_can_read_is_no_obstacle(home: Home) -> None:
    a, b = make_run(home), make_run(home)
    a.turn_path.write_text("{")
    write_json(b.turn_path, {"priority": "high", "order": []})
    assert sorted(order(home)) == sorted([a.run_id, b.run_id])


def test_a_queue_that_is_followed_sees_every_change(home: Home) -> None:
    queue = Queue(home)
    a, b = bare_run(home, "a", 1.0), bare_run(home, "b", 2.0)
    assert [turn.folder.run_id for turn in queue.turns()] == ["a", "b"]
    move(home, [b], 0)
    assert [turn.folder.run_id for turn in queue.turns()] == ["b", "a"]
    a.queued_path.unlink()
    assert [turn.folder.run_id for turn in queue.turns()] == ["b"]


@given(
    st.lists(st.sampled_from([0, 0, 0, 3]), min_size=2, max_size=6),
    st.lists(st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=3), st.integers(0, 7)), max_size=12),
)
def test_any_moves_do_what_they_do_to_a_list(
    priorities: list[int], moves: list[tuple[list[int], int]]
) -> None:
    turns = in_order(
        Turn(RunFolder(Path(f"run{number}")), priority, float(number))
        for number, priority in enumerate(priorities)
    )
    expected = ids_of(turns)
    for which, place in moves:
        chosen = list(dict.fromkeys(f"run{number % len(turns)}" for number in which))
        turns = after_move(turns, chosen, place)
        others = [run_id for run_id in expected if run_id not in chosen]
        expected = others[:place] + chosen + others[place:]
        assert ids_of(turns) == expected


def test_moves_into_one_gap_never_run_out_of_numbers() -> None:
    turns = in_order(Turn(RunFolder(Path(f"run{number}")), 0, 1.0 + number) for number in range(5))
    expected = ids_of(turns)
    for number in range(200):  # more halvings than a float has bits
        run_id = f"run{2 + number % 3}"
        turns = after_move(turns, [run_id], 1)
        expected.remove(run_id)
        expected.insert(1, run_id)
        assert ids_of(turns) == expected


def in_order(turns: Iterable[Turn]) -> list[Turn]:
    return sorted(turns, key=lambda turn: turn.key)


def ids_of(turns: list[Turn]) -> list[str]:
    return [turn.folder.run_id for turn in turns]


def after_move(turns: list[Turn], ids: list[str], place: int) -> list[Turn]:
    """The queue once what a move changes has been written."""
    changed = {turn.folder.run_id: turn for turn in changed_turns(turns, ids, place)}
    return in_order(changed.get(turn.folder.run_id, turn) for turn in turns)


def test_a_move_is_written_down(home: Home) -> None:
    a, b, c = (bare_run(home, name, 1.0) for name in "abc")
    move(home, [c, b], 0)
    assert order(home) == ["c", "b", "a"]
    move(home, [c], 99)
    assert order(home) == ["b", "a", "c"]
    assert a.queued_path.exists()

"""No phase waits for its device step by step: what would make a GPU's host wait is counted on the CPU."""

import itertools

import pytest
import torch

from engine.learn.child_phase import ChildPhase
from engine.learn.controller_phase import ControllerPhase
from engine.learn.evaluation import candidates_of, errors_on
from engine.learn.reporter import Reporter
from engine.record.events import Progressed
from tests.builders import DROPOUT, Recorder, never, poison_table, search_of, small_config
from tests.engine.learn.waits import Waits

NOISY = poison_table(2, {"op": "gaussian", "sigma": 2.0}, {"op": "dropout", "p": 0.5}, DROPOUT)


def test_the_counter_sees_every_way_to_read_a_value() -> None:
    x = torch.tensor([1.0, 2.0])
    ways = [
        lambda: x[0].item(), lambda: float(x[0]), lambda: bool(x[0]), lambda: x.tolist(), lambda: x.cpu(),
        lambda: int(x[0]), lambda: x[x > 1], lambda: x.nonzero(), lambda: torch.masked_select(x, x > 1),
    ]  # fmt: skip
    for way in ways:
        with Waits() as waits:
            way()
        assert waits.seen
    with Waits() as waits:
        x[0] = x.sum() * 2
        torch.where(x > 1, x, torch.zeros_like(x))
    assert waits.seen == []


@pytest.mark.parametrize("num_images", [16, 56])
def test_child_steps_wait_for_nothing_until_the_watch_looks(num_images: int) -> None:
    search, recorder = search_of(small_config(space=NOISY, data={"num_train": num_images})), Recorder()
    recorder.reporter.progress_is_due()
    phase = ChildPhase.begin(search, 0)
    phase.watch.interval = 1000
    recorder.reporter._last_progress = 0.0  # the clock stands still: no progress is due
    with Waits() as waits:
        assert phase.run(recorder.reporter, never)
    assert len(waits.seen) <= 2  # the look at the end, whatever the number of steps


def child_waits(progress_is_due: bool, broken: bool) -> tuple[int, list[float | None]]:
    """How often 14 steps wait, and the losses that progress told."""
    search, recorder = search_of(small_config(space=NOISY, data={"num_train": 56})), Recorder()
    if broken:
        search.first_steps = {"loss": 0, "gradient": 0}
    ticks = itertools.count(1.0)
    reporter = Reporter(recorder.events.append, clock=lambda: next(ticks) if progress_is_due else 0.0)
    phase = ChildPhase.begin(search, 0)
    phase.watch.interval = 4
    with Waits() as waits:
        assert phase.run(reporter, never)
    told = [event for event in recorder.events if isinstance(event, Progressed)]
    assert [event.step for event in told] == ([4, 8, 12] if progress_is_due else [4])
    assert [event.loss for event in told] == [float(phase.measured["loss"][event.step - 1]) for event in told]
    return len(waits.seen), [event.loss for event in told]


@pytest.mark.parametrize("broken", [False, True])
def test_progress_of_the_child_phase_waits_for_nothing_of_its_own(broken: bool) -> None:
    """It tells what the watch has read; the watch still looks once nothing new can break."""
    waits, losses = child_waits(True, broken)
    assert waits == child_waits(False, broken)[0] == 4  # after 4, 8 and 12 steps, and at the end
    assert len(set(losses)) == 3


def controller_waits(samples: int, population: str) -> int:
    controller = {"samples_per_update": samples, "updates": 2}
    config = small_config(space=NOISY, controller=controller, engine={"population": population})
    search, recorder = search_of(config), Recorder()
    recorder.reporter._last_progress = 0.0
    phase = ControllerPhase.begin(search, 0)
    with Waits() as waits:
        assert phase.run(recorder.reporter, never)
    return len(waits.seen)


@pytest.mark.parametrize("population", ["on", "off"])
def test_a_controller_update_waits_as_often_for_twelve_samples_as_for_two(population: str) -> None:
    """Its own decisions live on the host; of the device it waits for the accuracies, all at once."""
    assert controller_waits(12, population) == controller_waits(2, population)


@pytest.mark.parametrize("population", ["on", "off"])
def test_candidates_are_waited_for_all_at_once_and_an_evaluation_at_its_end(population: str) -> None:
    counts = []
    for number in (2, 8):
        config = small_config(
            space=NOISY,
            evaluation={"candidates": number},
            data={"num_test": 4 * number},
            engine={"population": population},
        )
        search = search_of(config)
        with Waits() as waits:
            candidates = candidates_of(search)
            errors_on(search, search.test, candidates[0].architecture, False, lambda _: None)
        counts.append(len(waits.seen))
    assert counts[0] == counts[1]

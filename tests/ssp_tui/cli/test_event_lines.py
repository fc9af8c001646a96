"""Every kind of event is one plain line."""

import dataclasses
import math

import pytest

from engine.record.events import (
    EVENT_KINDS,
    DeviceLost,
    Event,
    Progressed,
    RunFailed,
    RunFinished,
    RunRequeued,
    RunStopped,
    Warned,
)
from ssp_tui.cli.event_lines import event_line
from tests.fakes import fake_break, fake_epoch, fake_started
from tests.hostile import HOSTILE

CHILD = Progressed(3, "child", 1000, 1250, 2.301, 412.4)
LINES: list[tuple[Event | None, str]] = [
    (fake_started(), "begins with epoch 0 on a fake CPU"),
    (fake_started(4, attempt=2), "begins with epoch 4 on a fake CPU, attempt 2"),
    (CHILD, "epoch 3, child: step 1,000 of 1,250, loss 2.30, 412 images/s"),
    (
        dataclasses.replace(CHILD, loss=math.nan),
        "epoch 3, child: step 1,000 of 1,250, loss NaN, 412 images/s",
    ),
    (
        Progressed(3, "controller", 5, 50, 0.25, 9.5),
        "epoch 3, controller: update 5 of 50, mean reward 0.250, 9.5 images/s",
    ),
    (
        Progressed(3, "evaluation", 512, 15_000, None, math.inf),
        "epoch 3, evaluation: 512 of 15,000 images, -",
    ),
    (fake_epoch(1), "epoch 1: val 50.00 %, test 50.00 %, 2.0 s"),
    (fake_epoch(1, 0.9, 0.9, 1.0), "epoch 1: val 90.00 %, test 90.00 %, 100.00 % of the weights NaN, 2.0 s"),
    (
        fake_break(step=1234),
        "first gradient not finite: step 1,234, layer 3, dropout p1, backward, chain of 18 zero-variance BNs",
    ),
    (
        dataclasses.replace(fake_break("null_step"), layer=3, operation="head", chain_length=1),
        "first null step: step 23, head, backward, chain of 1 zero-variance BN",
    ),
    (RunStopped(7, "asked to stop"), "stopped in epoch 7: asked to stop"),
    (
        RunFinished(0.9, 0.9, 0.9, 0.85, 0.9, 0.88, 1.0),
        "finished: val 90.00 %, test 90.00 % (90.00 % with the poison active, 88.00 % inert)"
        ", 100.00 % of the weights NaN",
    ),
    (RunFailed("out of memory", "MemoryError"), "failed: out of memory (MemoryError)"),
    (RunFailed("out of memory", ""), "failed: out of memory"),
    (DeviceLost("cuda:1", "the GPU is lost"), "lost cuda:1: the GPU is lost"),
    (RunRequeued(2, "its engine was killed"), "back in the queue, time 2: its engine was killed"),
    (Warned("a checkpoint is damaged"), "warning: a checkpoint is damaged"),
    (None, "known to a newer version only; --json prints it"),
]


@pytest.mark.parametrize(("event", "line"), LINES)
def test_an_events_line(event: Event | None, line: str) -> None:
    assert event_line(event) == line


def test_every_kind_has_a_line_of_its_own() -> None:
    told = {event.kind for event, _ in LINES if event is not None}
    assert told == set(EVENT_KINDS)


@pytest.mark.parametrize("text", HOSTILE)
def test_outside_text_stays_one_printable_line(text: str) -> None:
    for event in (
        Warned(text),
        RunStopped(0, text),
        RunFailed(text, text),
        dataclasses.replace(CHILD, phase=text),
        dataclasses.replace(fake_started(), device_name=text),
        dataclasses.replace(fake_break(), what=text, operation=text, direction=text),
    ):
        assert event_line(event).isprintable()

"""`ssp-tui queue`: what waits and why, and everything that can be done to the queue."""

import dataclasses
from argparse import Namespace
from typing import Any

from engine.plan.setting import shown
from engine.process import queue_control
from engine.process.queue_settings import AUTO, AUTO_KEYS, QueueSettings, read_settings, slot_changes
from engine.process.queue_view import QueueView, Waiting, read_queue
from engine.process.runs import find_home, find_run, wake_scheduler
from engine.record.folder import RunFolder
from engine.record.home import Home
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_fields, print_json, print_table
from ssp_tui.wording import counted

SHOWN_ROWS = 200
"""A longer queue is cut for people; --json has all of it."""


def queue(arguments: Namespace) -> int:
    """Show the queue, or do what was asked to it."""
    home = find_home(arguments.home)
    match arguments.action:
        case "pause" | "continue":
            queue_control.pause_queue(home, arguments.action == "pause")
        case "move":
            queue_control.move_runs(home, _found(home, arguments), place_of(arguments.place))
        case "priority":
            queue_control.prioritise_runs(home, _found(home, arguments), arguments.priority)
        case "slots":
            return _slots(home, arguments)
        case _:
            wake_scheduler(home)
    _print_queue(read_queue(home), arguments.json)
    return 0


def place_of(text: str) -> int:
    """A place in the queue as the engine counts it; ValueError when it is none."""
    if text == "first":
        return 0
    if text == "last":
        return 10**9
    if text.isdecimal() and int(text) >= 1:
        return int(text) - 1
    raise ValueError(f"place {shown(text)} is not allowed: first, last, or a number from 1")


def _slots(home: Home, arguments: Namespace) -> int:
    changes = slot_changes({"runs_per_gpu": arguments.gpu, "cpu_runs": arguments.cpu})
    for key in ("retries", "retry_seconds"):
        if (value := getattr(arguments, key)) is not None:
            changes[key] = value
    settings = queue_control.set_slots(home, **changes) if changes else read_settings(home)
    if arguments.json:
        print_json(settings=settings_fields(settings))
    else:
        print_fields([(key, str(value)) for key, value in settings_fields(settings).items()])
    return 0


def settings_fields(settings: QueueSettings) -> dict[str, Any]:
    """Settings as queue.toml has them."""
    table = dataclasses.asdict(settings)
    return table | {key: table[key] or AUTO for key in AUTO_KEYS}


def _found(home: Home, arguments: Namespace) -> list[RunFolder]:
    return [find_run(home, text) for text in arguments.runs]


def _print_queue(view: QueueView, as_json: bool) -> None:
    if as_json:
        print_json(
            settings=settings_fields(view.settings),
            settings_error=view.settings_error,
            scheduler_at_work=view.is_minded,
            cpu_runs=view.num_cpu_runs,
            runs_by_gpu=view.runs_by_gpu,
            waiting=[_fields(place, each) for place, each in enumerate(view.waiting, 1)],
        )
        return
    print(summary_line(view))
    if view.settings_error:
        print(f"nothing new is started until this is mended: {clean(view.settings_error, 300)}")
    if view.waiting:
        rows = [
            [str(place), str(each.turn.priority), each.turn.folder.run_id, clean(each.why, 120)]
            for place, each in enumerate(view.waiting[:SHOWN_ROWS], 1)
        ]
        print_table(("PLACE", "PRIORITY", "RUN", "WAITS FOR"), rows, right={0, 1})
    if len(view.waiting) > SHOWN_ROWS:
        print(f"... and {len(view.waiting) - SHOWN_ROWS:,} more; --json has all")


def _fields(place: int, waiting: Waiting) -> dict[str, Any]:
    turn = waiting.turn
    return {
        "id": turn.folder.run_id,
        "place": place,
        "priority": turn.priority,
        "for_cluster": turn.is_for_cluster,
        "waits_for": waiting.why,
    }


def summary_line(view: QueueView) -> str:
    """How many wait and run, how many may, and whether the queue is paused."""
    settings = settings_fields(view.settings)
    on_gpus = [f"{counted(num, 'run')} on GPU {clean(gpu, 20)}" for gpu, num in view.runs_by_gpu.items()]
    parts = [
        *(["paused"] if view.settings.paused else []),
        f"{counted(len(view.waiting), 'run')} waiting",
        f"{counted(view.num_cpu_runs, 'run')} on the CPU",
        *on_gpus,
        f"at a time: {settings['cpu_runs']} on the CPU, {settings['runs_per_gpu']} on each GPU",
    ]
    return " · ".join(parts)

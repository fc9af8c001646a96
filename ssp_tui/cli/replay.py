"""`ssp-tui replay`: the steps before a break done again, to see that it breaks again in the same way."""

from argparse import Namespace
from collections.abc import Sequence

from engine.process.replay import run_replay
from engine.process.runs import find_home, find_run
from engine.record.events import NumericsBroke
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.replay import Replay, differing_fields
from ssp_tui.cleaning import clean
from ssp_tui.cli.anatomy import event_fields, print_anatomy
from ssp_tui.cli.output import print_fields, print_json

FATAL_FIRST = ("gradient", "weight", "loss", "null_step")
"""Which kind of event is replayed when none is named, in this order."""


def print_replay(arguments: Namespace) -> int:
    """Replay one event of a run; 0 when it happened again bit for bit, 1 when it did not."""
    folder = find_run(find_home(arguments.home), arguments.run)
    every = read_state(folder.journal_path).broke
    recorded = _chosen(folder, every, arguments.event)
    again = run_replay(folder, recorded)
    differing = differing_fields(recorded, again.event) if again.event else ()
    if arguments.json:
        print_json(
            run=folder.run_id,
            from_step=again.from_step,
            checkpoint=again.checkpoint,
            recorded=recorded,
            replayed=again.event,
            differing=differing,
        )
    else:
        event = again.event or recorded
        print_fields([*event_fields(event, every), ("replay", _outcome(recorded, again, differing))])
        print_anatomy(event)
    return 0 if again.event and not differing else 1


def _chosen(folder: RunFolder, every: Sequence[NumericsBroke], kind: str | None) -> NumericsBroke:
    events = {event.what: event for event in every}
    if not events:
        raise ValueError(f"run {folder.run_id}: every number has been finite, there is nothing to replay")
    if kind is None:
        kind = next((each for each in FATAL_FIRST if each in events), next(iter(events)))
    if kind not in events:
        raise ValueError(f"run {folder.run_id} has no event {kind}: allowed are {clean(', '.join(events))}")
    return events[kind]


def _outcome(recorded: NumericsBroke, again: Replay, differing: tuple[str, ...]) -> str:
    if again.event is None:
        return f"by step {recorded.step:,} it did not happen again"
    if differing:
        return f"it happened again at step {again.event.step:,}, but not the same: {', '.join(differing)}"
    return "the same event again, bit for bit"

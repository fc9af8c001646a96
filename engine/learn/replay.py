"""Doing a run's steps again, in a folder of its own, up to the step where numbers broke."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.learn.checkpoint import checkpoints_of, load_checkpoint, save_checkpoint
from engine.learn.device import open_device
from engine.learn.reporter import Reporter
from engine.learn.search import Search
from engine.learn.search_state import new_search
from engine.record.events import Event, NumericsBroke
from engine.record.folder import RunFolder
from engine.record.replay import Replay


def replay(folder: RunFolder, recorded: NumericsBroke, data_dir: Path, say: Callable[[str], None]) -> Replay:
    """Take the run up from the newest checkpoint before the event, and go on until it happens again.

    Nothing in the run's folder is touched. `say` hears one line about where it starts. ValueError for a
    checkpoint or a data set that is not as the configuration needs it.
    """
    config = folder.read_config()
    search = new_search(config, open_device(config.engine), data_dir)
    path = _newest_before(folder.checkpoint_folder, recorded)
    found: list[NumericsBroke] = []

    def emit(event: Event) -> None:
        if isinstance(event, NumericsBroke) and event.what == recorded.what:
            found.append(event)

    with tempfile.TemporaryDirectory() as place:
        scratch = RunFolder(Path(place) / folder.run_id)
        scratch.checkpoint_folder.mkdir(parents=True)
        from_step = 0
        if path is not None:
            contents = load_checkpoint(path)
            from_step = contents["state"]["num_child_steps"]
            save_checkpoint(scratch.checkpoint_folder, contents)
        say(_beginning(path, from_step, recorded))
        # A clock that stands still: no progress is told, and none is asked of the device.
        reporter = Reporter(emit, clock=lambda: 0.0)
        Search(search, scratch, reporter, lambda: bool(found) or search.num_child_steps > recorded.step).run()
    return Replay(from_step, path.name if path else "", found[0] if found else None)


def _newest_before(folder: Path, recorded: NumericsBroke) -> Path | None:
    """The checkpoint with the most steps done of those that do not know of the event; None without one."""
    best, most = None, -1
    for path in checkpoints_of(folder):
        try:
            state = load_checkpoint(path)["state"]
        except (ValueError, OSError):
            continue  # a damaged one is no help, and an older one or the start is
        num_steps = state["num_child_steps"]
        if most < num_steps <= recorded.step and recorded.what not in state["first_steps"]:
            best, most = path, num_steps
    return best


def _beginning(path: Path | None, from_step: int, recorded: NumericsBroke) -> str:
    num_steps = recorded.step - from_step + 1
    if path is None:
        return (
            f"no checkpoint from before step {recorded.step} is kept: {num_steps} steps are done again, "
            "from the start of the run"
        )
    return f"{num_steps} steps are done again, from {path.name} at step {from_step}"

"""What the dashboard does to runs when a screen asks: the command line's own functions, off the loop."""

from collections.abc import Callable, Sequence
from functools import partial

from engine.plan.config import RunConfig
from engine.plan.setting import shown
from engine.process import queue_control, runs
from engine.process.queue import read_turn
from engine.process.queue_settings import AUTO, QueueSettings, read_settings, slot_changes
from engine.process.suite import launch_suite
from engine.record.folder import RunFolder
from engine.record.home import Home
from ssp_tui import wording
from ssp_tui.cleaning import clean
from ssp_tui.cli.suite import SuiteLaunch, launch_line

Tell = Callable[[str, bool], None]
"""Says one line to the person; True when it went wrong."""


def stop_runs(home: Home, run_ids: Sequence[str], tell: Tell) -> None:
    """Stop each in turn; a run that cannot be stopped does not keep the next from it."""
    num_live = sum(runs.run_status(home.run_folder(run_id)).is_live for run_id in run_ids)
    if num_live:
        tell(f"stopping {wording.counted(num_live, 'run')}: the step is finished first", False)
    for run_id in run_ids:
        _try(run_id, tell, partial(runs.stop_run, home.run_folder(run_id)))
    runs.wake_scheduler(home)


def resume_runs(home: Home, run_ids: Sequence[str], tell: Tell) -> None:
    """Queue each again."""
    for run_id in run_ids:
        _try(run_id, tell, partial(_resumed, home, run_id))


def remove_runs(home: Home, run_ids: Sequence[str], tell: Tell) -> None:
    """Delete each run's folder."""
    for run_id in run_ids:
        _try(run_id, tell, partial(_removed, home, run_id))


def toggle_pause(home: Home, run_ids: Sequence[str], tell: Tell, value: int = 0) -> None:
    """Pause the queue, or let it go on."""
    del run_ids, value

    def toggle() -> str:
        paused = not read_settings(home).paused
        queue_control.pause_queue(home, paused)
        return "paused: what runs goes on, nothing new is started" if paused else "goes on"

    _try("queue", tell, toggle)


def shift_runs(home: Home, run_ids: Sequence[str], tell: Tell, value: int) -> None:
    """Move waiting runs up (negative) or down."""
    _on_queue(home, run_ids, tell, lambda folders: queue_control.shift_runs(home, folders, value), "moved")


def move_first(home: Home, run_ids: Sequence[str], tell: Tell, value: int = 0) -> None:
    """Move waiting runs to the front."""
    del value
    _on_queue(home, run_ids, tell, lambda folders: queue_control.move_runs(home, folders, 0), "next in turn")


def prioritise_runs(home: Home, run_ids: Sequence[str], tell: Tell, value: int) -> None:
    """Raise the runs' priority by so much, or lower it."""
    for run_id in run_ids:
        folder = home.run_folder(run_id)
        priority = read_turn(folder).priority + value
        act = partial(queue_control.prioritise_runs, home, [folder], priority)
        _try(run_id, tell, partial(_said, act, f"priority {priority}"))


def set_slots(home: Home, text: str) -> str:
    """Change how many runs go at a time, from `gpu=N cpu=N`; says what is in force, or ValueError."""
    names = {"gpu": "runs_per_gpu", "cpu": "cpu_runs"}
    texts: dict[str, str | None] = {}
    for term in text.split():
        name, _, value = term.partition("=")
        if name not in names:
            raise ValueError(f"{shown(term)} is not allowed: gpu=N and cpu=N, N a whole number or auto")
        texts[names[name]] = value
    settings = queue_control.set_slots(home, **slot_changes(texts))
    return f"at a time: {slots_text(settings)}"


def slots_text(settings: QueueSettings) -> str:
    """The numbers of runs at a time as `set_slots` takes them."""
    return f"gpu={settings.runs_per_gpu or AUTO} cpu={settings.cpu_runs or AUTO}"


def launch_all(home: Home, configs: Sequence[RunConfig], tell: Tell) -> tuple[str, ...]:
    """Launch all or none; the new runs' ids, none when it was refused."""
    try:
        folders = runs.launch_runs(home, configs)
    except (ValueError, OSError) as error:
        tell(f"not launched: {clean(str(error), 300)}", True)
        return ()
    ids = tuple(folder.run_id for folder in folders)
    names = clean(ids[0], 60) if len(ids) == 1 else wording.counted(len(ids), "run")
    tell(f"launched {names}", False)
    return ids


def launch_missing(home: Home, launch: SuiteLaunch, tell: Tell) -> bool:
    """Launch what is missing of a suite; whether it was not refused."""
    try:
        launched = launch_suite(
            home, launch.name, launch.plan, launch.device, launch.priority, launch.cluster
        )
    except (ValueError, OSError) as error:
        tell(f"not launched: {clean(str(error), 300)}", True)
        return False
    tell(launch_line(launch.name, launched), False)
    return True


def _resumed(home: Home, run_id: str) -> str:
    runs.resume_run(home, home.run_folder(run_id))
    return "queued to go on"


def _removed(home: Home, run_id: str) -> str:
    runs.remove_run(home, home.run_folder(run_id))
    return "removed"


def _on_queue(
    home: Home,
    run_ids: Sequence[str],
    tell: Tell,
    do: Callable[[list[RunFolder]], None],
    words: str,
) -> None:
    folders = [home.run_folder(run_id) for run_id in run_ids]
    names = run_ids[0] if len(run_ids) == 1 else wording.counted(len(run_ids), "run")
    _try(names, tell, partial(_said, partial(do, folders), words))


def _said(do: Callable[[], object], words: str) -> str:
    do()
    return words


def _try(run_id: str, tell: Tell, do: Callable[[], str]) -> None:
    try:
        result = do()
    except (ValueError, OSError) as error:
        tell(clean(str(error), 300), True)
    else:
        tell(f"{clean(run_id, 60)}: {clean(result, 200)}", False)

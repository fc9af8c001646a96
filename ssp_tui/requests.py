"""What the dashboard does to runs when a screen asks: the command line's own functions, off the loop."""

from collections.abc import Callable, Sequence
from functools import partial

from engine.plan.config import RunConfig
from engine.process import runs
from engine.record.home import Home
from ssp_tui import wording
from ssp_tui.cleaning import clean

Tell = Callable[[str, bool], None]
"""Says one line to the person; True when it went wrong."""


def stop_runs(home: Home, run_ids: Sequence[str], tell: Tell) -> None:
    """Stop each in turn; a run that cannot be stopped does not keep the next from it."""
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


def _resumed(home: Home, run_id: str) -> str:
    runs.resume_run(home, home.run_folder(run_id))
    return "queued to go on"


def _removed(home: Home, run_id: str) -> str:
    runs.remove_run(home, home.run_folder(run_id))
    return "removed"


def _try(run_id: str, tell: Tell, do: Callable[[], str]) -> None:
    try:
        result = do()
    except (ValueError, OSError) as error:
        tell(clean(str(error), 300), True)
    else:
        tell(f"{clean(run_id, 60)}: {clean(result, 200)}", False)

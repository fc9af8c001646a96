"""`ssp-tui` and `ssp-tui attach`: opening the dashboard."""

import sys
from argparse import Namespace

from engine.process.runs import find_home, find_run, wake_scheduler
from engine.record.home import Home


def open_on_runs(arguments: Namespace) -> int:
    """Open the dashboard on the list of runs."""
    return open_dashboard_on(arguments, None)


def attach(arguments: Namespace) -> int:
    """Open the dashboard on one run."""
    return open_dashboard_on(arguments, find_run(find_home(arguments.home), arguments.run).run_id)


def has_terminal() -> bool:
    """Whether there is a terminal to draw on and to read keys from."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_dashboard_on(arguments: Namespace, run: str | None) -> int:
    """Open the dashboard; ValueError when there is no terminal for it."""
    if not has_terminal():
        raise ValueError("the dashboard needs a terminal; `ssp-tui --help` lists the commands that do not")
    home: Home = find_home(arguments.home)
    home.prepare()
    wake_scheduler(home)
    try:
        from ssp_tui.app import open_dashboard  # late: Textual takes half a second
    except ModuleNotFoundError as error:
        if error.name != "ssp_tui.app":
            raise
        raise ValueError("this build has no dashboard; `ssp-tui --help` lists what works") from None
    return int(open_dashboard(home.path, run=run, mouse=not arguments.no_mouse))

"""`ssp-tui` and `ssp-tui attach`: opening the dashboard."""

import sys
from argparse import Namespace

from engine.process.runs import find_home, find_run, wake_scheduler
from engine.record.home import Home


def open_on_runs(arguments: Namespace) -> int:
    """Open the dashboard on the list of runs."""
    return open_dashboard_on(arguments)


def attach(arguments: Namespace) -> int:
    """Open the dashboard on one run."""
    return open_dashboard_on(arguments, find_run(find_home(arguments.home), arguments.run).run_id)


def has_terminal() -> bool:
    """Whether there is a terminal to draw on and to read keys from."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_dashboard_on(arguments: Namespace, *runs: str) -> int:
    """Open the dashboard, on one run or on several side by side; ValueError when there is no terminal."""
    if not has_terminal():
        raise ValueError("the dashboard needs a terminal; `ssp-tui --help` lists the commands that do not")
    home: Home = find_home(arguments.home)
    if not arguments.readonly:
        home.prepare()
        wake_scheduler(home)
    from ssp_tui.app import open_dashboard  # late: Textual takes half a second

    return open_dashboard(
        home.path,
        run=runs[0] if len(runs) == 1 else None,
        mouse=not arguments.no_mouse,
        readonly=arguments.readonly,
        ascii_only=arguments.ascii,
        runs=runs if len(runs) > 1 else (),
    )

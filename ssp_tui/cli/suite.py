"""`ssp-tui suite launch`, `suite status` and `suite report`: the whole paper as one queue."""

import dataclasses
import shlex
from argparse import Namespace
from pathlib import Path

from engine.plan.setting import shown
from engine.plan.suite_plan import SuitePlan, make_plan
from engine.plan.suites import EXPERIMENTS, SUITES, find_suite, parse_only, parse_with
from engine.process.runs import find_home, list_runs, wake_scheduler
from engine.process.suite import Launched, find_members, launch_suite, read_suite, suite_names
from engine.record.home import Home
from ssp_tui.cli.launch import cluster_address, warn_of_logout
from ssp_tui.cli.output import print_json, print_now, tell
from ssp_tui.cli.parser import make_parser
from ssp_tui.wording import counted


def suite(arguments: Namespace) -> int:
    """Launch a suite, tell how far one is, or report on it."""
    return {"launch": _launch, "status": _status, "report": _report}[arguments.suite_command](arguments)


def requested_plan(arguments: Namespace) -> SuitePlan:
    """The plan the flags ask for; ValueError names what is wrong."""
    chosen = find_suite(arguments.suite)
    return make_plan(
        chosen,
        EXPERIMENTS if arguments.only is None else parse_only(arguments.only),
        None if arguments.twins is None else parse_with(arguments.twins),
        arguments.seeds,
        arguments.seed,
        arguments.protocol,
        arguments.dataset,
        arguments.settings,
    )


@dataclasses.dataclass(frozen=True)
class SuiteLaunch:
    """What a person asked for, checked."""

    name: str
    plan: SuitePlan
    device: str | None
    priority: int
    cluster: str | None


def suite_launch(arguments: Namespace) -> SuiteLaunch:
    """What the flags of `suite launch` ask for; ValueError names what is wrong."""
    plan = requested_plan(arguments)
    return SuiteLaunch(
        plan.default_name if arguments.name is None else arguments.name,
        plan,
        arguments.device,
        arguments.priority,
        cluster_address(arguments.cluster),
    )


def parse_suite_launch(text: str) -> SuiteLaunch:
    """The same from a line as it is typed after `ssp-tui suite launch`."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"{error} in {shown(text)}") from None
    if not words or "-h" in words or "--help" in words:
        raise ValueError(f"name a suite: {', '.join(SUITES)}")
    arguments = make_parser().parse_args(["suite", "launch", *words])
    if arguments.follow or arguments.json or arguments.home:
        raise ValueError("--follow, --json and --home belong to the command line")
    return suite_launch(arguments)


def _launch(arguments: Namespace) -> int:
    home, launch = find_home(arguments.home), suite_launch(arguments)
    name, plan = launch.name, launch.plan
    warn_of_logout()
    launched = launch_suite(home, name, plan, launch.device, launch.priority, launch.cluster)
    if arguments.json:
        print_json(
            suite=name,
            started=launched.started,
            resumed=launched.resumed,
            num_finished=launched.num_finished,
            num_waiting=launched.num_waiting,
        )
    else:
        print_now(launch_line(name, launched))
        print_now(f"`ssp-tui suite status {name}` tells how far it is")
    if not arguments.follow:
        return 0
    from ssp_tui.cli.follow import follow_runs

    found = find_members(plan.members(), list_runs(home))
    folders = [each.row.folder for each in found if each.row is not None]
    return follow_runs(home, folders, tell if arguments.json else print)


def launch_line(name: str, launched: Launched) -> str:
    """What a launch did, in one line."""
    parts = [
        (f"{len(launched.started)} queued", launched.started),
        (f"{len(launched.resumed)} resumed", launched.resumed),
        (f"{launched.num_waiting} running or queued before", launched.num_waiting),
        (f"{launched.num_finished} finished", launched.num_finished),
    ]
    total = len(launched.started) + len(launched.resumed) + launched.num_waiting + launched.num_finished
    return f"{name}: {counted(total, 'run')}, " + ", ".join(text for text, there in parts if there)


def _status(arguments: Namespace) -> int:
    from ssp_tui.cli.suite_status import print_suite_status

    home = find_home(arguments.home)
    name = _chosen_name(home, arguments.name)
    wake_scheduler(home)
    return print_suite_status(home, name, read_suite(home, name), arguments.json)


def _report(arguments: Namespace) -> int:
    home = find_home(arguments.home)
    name = _chosen_name(home, arguments.name)
    plan = read_suite(home, name)
    from ssp_tui.report.suite_report import write_suite_report

    found = find_members(plan.members(), list_runs(home))
    written = write_suite_report(name, plan, found, Path(arguments.out).expanduser())
    if arguments.json:
        print_json(suite=name, files=[str(path) for path in written])
    else:
        print(f"{counted(len(written), 'file')} in {arguments.out}; begin with {written[0]}")
    return 0


def _chosen_name(home: Home, name: str | None) -> str:
    """The suite that is named, or the only one there is."""
    if name is not None:
        return name
    names = suite_names(home)
    if len(names) > 1:
        raise ValueError(f"which suite? there are {', '.join(names)}")
    if not names:
        raise ValueError(
            f"no suite was launched in {home.path}; `ssp-tui suite launch paper-small` launches one"
        )
    return names[0]

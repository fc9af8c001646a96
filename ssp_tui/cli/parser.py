"""The command line's grammar, and which function each command runs; imports nothing but argparse."""

import argparse
import difflib
import re
from typing import Any, NoReturn

COMMANDS = {
    "presets": ("presets:print_presets", "every preset beside the paper's figures; your own last"),
    "show": ("show:show", "a preset's configuration, or a run's state, result and plots"),
    "scan": ("scan:print_scan", "measure a space's operations; flags those of no use, by evidence"),
    "launch": ("launch:launch", "check a configuration, start or queue it detached, print run ids"),
    "derive": ("derive:derive", "train an architecture a search found from scratch, as a run of its own"),
    "rank": ("rank:print_ranks", "does the search rank architectures as training from scratch does"),
    "runs": ("runs:print_runs", "the runs and their states"),
    "attach": ("dashboard:attach", "the dashboard on one run"),
    "logs": ("logs:print_logs", "an engine's text log"),
    "events": ("logs:print_events", "a run's events"),
    "stop": ("runs:stop", "finish the step, checkpoint, exit"),
    "queue": ("queue:queue", "what waits and why; pause, continue, reorder, change how many run"),
    "resume": ("runs:resume", "go on exactly where a run stopped"),
    "rm": ("runs:remove", "delete runs; refuses live ones"),
    "replay": ("replay:print_replay", "do the steps before numbers broke again, and compare"),
    "suite": ("suite:suite", "the whole paper as one queue: launch, status, report"),
    "export": ("export:export", "figures for other tools"),
    "demo": ("demo:demo", "the same small search clean and poisoned, side by side"),
    "doctor": ("doctor:print_diagnosis", "what works here, what doesn't, what to do"),
    "completion": ("completion:print_completion", "shell completion to source"),
}
"""Command to (module:function in ssp_tui.cli, one line of help)."""


SUITE_COMMANDS = {
    "launch": "queue every run of a suite that is missing here; again, only what is still missing",
    "status": "how far it has come, beside the paper's figures",
    "report": "the paper's tables and figures with ours, as files and one HTML page",
}
_WITH_HELP = "twins beside each run: the corrected protocol, the controller that never learns, each defence"


class Parser(argparse.ArgumentParser):
    """Refuses in one line: what, where, what is allowed, nearest match."""

    def error(self, message: str) -> NoReturn:
        """Raise ValueError with argparse's message and, for a wrong choice, the nearest right one."""
        found = re.search(r"invalid choice: '?(.*?)'? \(choose from (.*)\)", message)
        if found:
            known = [name.strip(" '") for name in found[2].split(",")]
            match = difflib.get_close_matches(found[1], known, n=1)
            message += f"; did you mean {match[0]}?" if match else ""
        raise ValueError(f"{message} (see `{self.prog} --help`)")


def make_parser() -> Parser:
    """The whole grammar."""
    parser = Parser("ssp-tui", description="The bench for search space poisoning.", allow_abbrev=False)
    parser.add_argument("--version", action="store_true", help="print the version")
    _add_dashboard(parser, default=False)
    _add_home(parser, default=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    made: dict[str, Parser] = {}
    for name, (_, text) in COMMANDS.items():
        made[name] = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        _add_home(made[name], default=argparse.SUPPRESS)
    _add_plan_commands(made)
    _add_run_commands(made)
    _add_queue(made["queue"])
    _add_suite_commands(made["suite"])
    _add_other_commands(made)
    return parser


def _add_home(parser: Parser, default: Any) -> None:
    parser.add_argument(
        "--home",
        metavar="DIR",
        default=default,
        help="where runs live; else $SSP_TUI_HOME, else the platform's",
    )


def _add_dashboard(parser: Parser, default: Any) -> None:
    flags = {"--no-mouse": "leave the mouse to the terminal", "--ascii": "draw with ASCII alone"}
    for flag, text in {**flags, "--readonly": "look, but change nothing"}.items():
        parser.add_argument(flag, action="store_true", default=default, help=text)


def _add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable, versioned")


def _add_cluster(launch: Parser) -> None:
    launch.add_argument(
        "--cluster",
        metavar="ray[:HOST:PORT]",
        help="on the nodes of a Ray cluster; needs pip install 'ssp-tui[cluster]'",
    )


def _add_plan_commands(made: dict[str, Parser]) -> None:
    _add_json(made["presets"])
    show = made["show"]
    show.add_argument("what", metavar="PRESET_OR_RUN")
    show.add_argument("--plots", action="store_true", help="plots even when the output is no terminal")
    _add_json(show)
    launch = made["launch"]
    launch.add_argument(
        "source", metavar="PRESET_OR_FILE", nargs="?", help="a preset's name, or a path ending in .toml"
    )
    launch.add_argument("--base", metavar="enas6|paper5|conv3x3,...", help="the original operations")
    launch.add_argument(
        "--poison",
        action="append",
        default=[],
        metavar='"OPERATION xCOPIES"',
        help='poisoned operations, one a flag, such as "dropout(p=1) x36"; in place of the preset\'s',
    )
    launch.add_argument("--seed", type=int, metavar="N", help="in place of the preset's, as all below")
    launch.add_argument("--seeds", type=int, default=1, metavar="K", help="K runs with seeds N, N+1, ...")
    launch.add_argument("--epochs", type=int, metavar="N")
    launch.add_argument("--dataset", metavar="synthetic|cifar10|cifar100|folder:PATH")
    _add_launching(launch)
    _add_scan(made["scan"])
    _add_derive(made["derive"])


def _add_derive(derive: Parser) -> None:
    derive.add_argument("run", metavar="RUN", help="a search: an id, or the unique beginning of one")
    derive.add_argument("--epoch", type=int, metavar="E", help="whose candidates, from 0; the last finished")
    derive.add_argument("--candidate", type=int, metavar="I", help="which of them, from 0; the best")
    derive.add_argument("--sample", type=int, metavar="K", help="K runs: the epoch's first K different ones")
    derive.add_argument("--epochs", type=int, metavar="N", help="in place of the search's, as all below")
    derive.add_argument(
        "--seed", type=int, metavar="N", help="of weights and split: another has other images"
    )
    _add_starting(derive)


def _add_launching(launch: Parser) -> None:
    """What launching one preset and launching a suite have in common."""
    launch.add_argument("--protocol", metavar="paper|corrected")
    _add_starting(launch)


def _add_starting(launch: Parser) -> None:
    """What everything that starts runs has in common."""
    launch.add_argument("--device", metavar="auto|cpu|cuda:0")
    launch.add_argument("--set", action="append", default=[], metavar="section.key=value", dest="settings")
    launch.add_argument("--priority", type=int, default=0, metavar="N", help="higher goes first (0)")
    _add_cluster(launch)
    launch.add_argument("--follow", action="store_true", help="print progress until the runs end")
    _add_json(launch)


def _add_scan(scan: Parser) -> None:
    scan.add_argument("source", metavar="PRESET_OR_FILE", help="a preset's name, or a path ending in .toml")
    scan.add_argument("--seed", type=int, metavar="N", help="of weights and maps; the configuration's own")
    scan.add_argument("--filters", type=int, metavar="C", help="channels; the configuration's own")
    _add_json(scan)


def _add_run_commands(made: dict[str, Parser]) -> None:
    runs = made["runs"]
    runs.add_argument(
        "--filter",
        default="",
        metavar="EXPR",
        help="words (of a run's id, name or state) and KEY=VALUE or KEY!=VALUE terms; all must hold",
    )
    _add_json(runs)
    made["attach"].add_argument("run", metavar="RUN")
    _add_dashboard(made["attach"], default=argparse.SUPPRESS)
    for name in ("logs", "events"):
        made[name].add_argument("run", metavar="RUN")
        made[name].add_argument("-f", "--follow", action="store_true", help="go on until the run is over")
    _add_json(made["events"])
    for name in ("stop", "resume", "rm", "export"):
        made[name].add_argument(
            "runs", metavar="RUN", nargs="+", help="an id, or the unique beginning of one"
        )
    made["stop"].add_argument(
        "--grace", type=float, default=60.0, metavar="SECONDS", help="before an engine is ended by force (60)"
    )
    replay = made["replay"]
    replay.add_argument("run", metavar="RUN")
    replay.add_argument(
        "--event",
        metavar="gradient|null_step|loss|weight",
        help="which first event (the fatal gradient, else what there is)",
    )
    _add_json(replay)
    made["rank"].add_argument(
        "runs", metavar="SEARCH", nargs="+", help="with 3 finished derived runs or more"
    )
    _add_json(made["rank"])
    made["rm"].add_argument("--yes", action="store_true", help="do not ask")


def _add_queue(queue: Parser) -> None:
    _add_json(queue)
    actions = queue.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    texts = {
        "pause": "start nothing new; what runs goes on",
        "continue": "start what waits again",
        "move": "put queued runs at another place in the queue",
        "priority": "higher goes first; equals keep their order",
        "slots": "how many runs at a time, at once in force",
    }
    made = {name: actions.add_parser(name, help=text, description=text) for name, text in texts.items()}
    for parser in made.values():
        _add_home(parser, default=argparse.SUPPRESS)
    for name in ("move", "priority"):
        made[name].add_argument("runs", metavar="RUN", nargs="+")
    made["move"].add_argument("place", metavar="first|last|N", help="N counts from 1")
    made["priority"].add_argument("priority", type=int, metavar="N", help="-1000 to 1000; 0 is usual")
    slots = made["slots"]
    slots.add_argument("--gpu", metavar="N|auto", help="runs on one GPU; auto goes by its free memory")
    slots.add_argument("--cpu", metavar="N|auto", help="runs on the CPU; auto goes by cores and threads")
    slots.add_argument("--retries", type=int, metavar="N", help="times a run that lost its engine goes back")
    slots.add_argument("--retry-seconds", type=float, metavar="S", help="wait before the first; it doubles")


def _add_suite_commands(suite: Parser) -> None:
    commands = suite.add_subparsers(
        dest="suite_command", metavar="COMMAND", parser_class=Parser, required=True
    )
    made: dict[str, Parser] = {}
    for name, text in SUITE_COMMANDS.items():
        made[name] = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        _add_home(made[name], default=argparse.SUPPRESS)
    launch = made["launch"]
    launch.add_argument("suite", metavar="paper|paper-small")
    launch.add_argument("--only", metavar="1a,2d,...", help="these experiments alone")
    launch.add_argument("--with", metavar="corrected,random,defences|none", dest="twins", help=_WITH_HELP)
    launch.add_argument("--seed", type=int, metavar="N", help="the first seed (69)")
    launch.add_argument("--seeds", type=int, metavar="K", help="seeds an experiment: paper 3, paper-small 1")
    launch.add_argument("--dataset", metavar="synthetic|folder:PATH", help="in the place of CIFAR")
    launch.add_argument("--name", metavar="NAME", help="else the suite's and what --set changes")
    _add_launching(launch)
    for name in ("status", "report"):
        made[name].add_argument("name", metavar="NAME", nargs="?", help="a launched suite; else the only one")
    made["report"].add_argument("--out", metavar="DIR", required=True)
    for name in ("status", "report"):
        _add_json(made[name])


def _add_other_commands(made: dict[str, Parser]) -> None:
    export = made["export"]
    export.add_argument("--csv", action="store_true", help="one line an epoch, to standard output")
    export.add_argument("--figures", metavar="DIR", help="each run's figures as PNG, SVG and PDF")
    export.add_argument("--tensorboard", metavar="DIR", help="each run's figures as TensorBoard event files")
    export.add_argument(
        "--architecture", metavar="DIR", help="what each run found, as JSON, DOT and plain torch modules"
    )
    demo = made["demo"]
    demo.add_argument(
        "--headless", action="store_true", help="print progress instead of opening the dashboard"
    )
    demo.add_argument("--seed", type=int, metavar="N")
    _add_dashboard(demo, default=argparse.SUPPRESS)
    _add_json(made["doctor"])
    made["completion"].add_argument("shell", choices=("bash", "zsh"))

"""From arguments to an exit code: 0 done, 1 a run failed, 2 the caller's mistake, 130 interrupted."""

import importlib
import os
import sys
from argparse import Namespace

from engine import __version__
from ssp_tui.cli.parser import COMMANDS, make_parser

DONE, RUN_FAILED, CALLERS_MISTAKE, INTERRUPTED = 0, 1, 2, 130

CHANGING_COMMANDS = ("launch", "derive", "suite launch", "demo", "stop", "resume", "rm")
"""What `--readonly` refuses, beside whatever is done to the queue."""


def run_command(arguments: list[str]) -> int:
    """Run one command; a mistake of the caller is told in one line on standard error."""
    try:
        code = _dispatch(make_parser().parse_args(arguments))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has had enough. Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (ValueError, OSError) as error:
        from ssp_tui.cleaning import clean

        print(f"ssp-tui: {clean(_one_line(error), max_length=1000)}", file=sys.stderr)
        return CALLERS_MISTAKE


def _dispatch(arguments: Namespace) -> int:
    if arguments.version:
        print(f"ssp-tui {__version__}")
        return DONE
    command = arguments.command
    if command == "suite":
        command = f"suite {arguments.suite_command}"
    is_changing = command in CHANGING_COMMANDS or getattr(arguments, "action", None)
    if arguments.readonly and is_changing:
        raise ValueError(f"--readonly changes nothing: `{command}` is refused")
    place = COMMANDS[arguments.command][0] if arguments.command else "dashboard:open_on_runs"
    module, _, function = place.partition(":")
    return int(getattr(importlib.import_module(f"ssp_tui.cli.{module}"), function)(arguments))


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}"
    return " ".join(str(error).split())

"""`ssp-tui doctor`: what works on this machine, what doesn't, and what to do about it."""

from argparse import Namespace

from engine.process.doctor import diagnose
from engine.process.runs import find_home
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json
from ssp_tui.cli.terminal_check import check_terminal

_SIGNS = {"ok": "ok  ", "warning": "!   ", "error": "FAIL"}


def print_diagnosis(arguments: Namespace) -> int:
    """Print every finding with what to do; 1 when something a run needs is missing."""
    home = find_home(arguments.home)
    findings = [*diagnose(home), check_terminal()]
    if arguments.json:
        print_json(findings=findings)
    else:
        width = max(len(finding.topic) for finding in findings)
        for finding in findings:
            print(f"{_SIGNS[finding.level]}  {finding.topic.ljust(width)}  {clean(finding.text, 300)}")
            if finding.advice:
                print(f"{' ' * (width + 8)}-> {clean(finding.advice, 300)}")
    return 1 if any(finding.level == "error" for finding in findings) else 0

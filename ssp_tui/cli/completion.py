"""`ssp-tui completion`: the shell's completion, made from the same grammar."""

from argparse import Namespace

from ssp_tui.cli.parser import make_parser


def print_completion(arguments: Namespace) -> int:
    """Print a script for `eval` or a completion folder."""
    import shtab  # late: nothing else needs it

    print(shtab.complete(make_parser(), shell=arguments.shell))
    return 0

"""The `ssp-tui` command."""

import sys


def main() -> int:
    """Run the command line of this process; returns the exit code."""
    from ssp_tui.cli.main import run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

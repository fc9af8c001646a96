"""A pasted `ssp-tui launch ...` command, read by the command line's own grammar."""

import shlex
from pathlib import Path

from engine.plan.config import RunConfig
from ssp_tui.cleaning import clean

MAX_LENGTH = 20_000


def read_command(text: str, home: Path | None = None) -> tuple[RunConfig, int]:
    """The first configuration of a launch command, and how many seeds it asks for.

    Presets of one's own are those of `home`, unless the command names another.

    ValueError in one line for whatever is not such a command, with what is wrong with it.
    """
    from ssp_tui.cli.launch import requested_configs
    from ssp_tui.cli.parser import make_parser

    words = _words(text)
    if "launch" not in words[:2]:
        raise ValueError("this is no launch command: paste one that begins with `ssp-tui launch`")
    words = words[words.index("launch") :]
    if {"-h", "--help"} & set(words):
        raise ValueError("--help launches nothing: paste the command itself")
    arguments = make_parser().parse_args(words)
    if arguments.home is None and home is not None:
        arguments.home = str(home)
    configs = requested_configs(arguments)
    return configs[0], len(configs)


def looks_like_command(text: str) -> bool:
    """Whether a pasted text is meant as a command, right or wrong."""
    return text.strip().removeprefix("$").strip().startswith("ssp-tui")


def _words(text: str) -> list[str]:
    if len(text) > MAX_LENGTH:
        raise ValueError(f"a command of {len(text):,} characters is refused: at most {MAX_LENGTH:,}")
    one_line = clean(text.replace("\\\n", " "), MAX_LENGTH).strip().removeprefix("$")
    try:
        return shlex.split(one_line)
    except ValueError as error:
        raise ValueError(f"the command is cut off or misquoted: {error}") from None

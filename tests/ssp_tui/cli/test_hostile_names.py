"""What commands print of runs whose folders other people named: nothing a terminal obeys."""

import unicodedata

import pytest

from tests.hostile import HOSTILE
from tests.ssp_tui.cli.commands import Commands

NAMES = [text for text in HOSTILE if 0 < len(text.encode(errors="surrogateescape")) < 200 and text.strip()]


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in text.replace("\n", ""))


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name], ids=ascii)
def test_no_command_about_runs_prints_a_byte_that_a_terminal_obeys(commands: Commands, name: str) -> None:
    run = commands.make_run()
    hostile = run.path.rename(run.path.with_name(f"a{name}")).name
    for command in ("runs", "show", "logs", "events", "resume", "queue", "stop"):
        arguments = () if command in ("runs", "queue") else (hostile,)
        said = commands(command, *arguments)
        assert is_harmless(said.out), (command, said.out)
        assert is_harmless(said.err), (command, said.err)
    removed = commands("rm", "--yes", hostile)
    assert removed.code == 0
    assert is_harmless(removed.out)

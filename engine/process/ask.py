"""Asking an engine process for an answer: whoever asks need not load torch."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from engine.process.launch import ENGINE_SCRIPT, engine_environment, isolation_flags


def ask_engine(arguments: Sequence[str]) -> Any:
    """What `python -m engine ARGUMENTS` answers as JSON; what it says meanwhile goes to standard error.

    ValueError in one line when it refuses or fails.
    """
    command = [sys.executable, *isolation_flags(), str(ENGINE_SCRIPT), *arguments]
    environment = engine_environment(os.environ, {})
    last = "it said nothing"
    with tempfile.TemporaryFile("w+") as answer:  # a pipe would fill up while the other one is read
        with subprocess.Popen(
            command, stdout=answer, stderr=subprocess.PIPE, text=True, env=environment
        ) as engine:
            assert engine.stderr is not None
            for line in engine.stderr:
                last = line.strip() or last
                if line.startswith(SAID):
                    print(line.removeprefix(SAID).rstrip(), file=sys.stderr, flush=True)
        if engine.returncode:
            raise ValueError(f"the engine ended with code {engine.returncode}: {last[:500]}")
        answer.seek(0)
        return json.load(answer)


SAID = "engine: "
"""What a line begins with that is meant for the person who asked."""

"""A scan in a process of its own: whoever asks for one need not load torch."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from engine.process.launch import ENGINE_SCRIPT, engine_environment, isolation_flags
from engine.record.encoding import from_plain
from engine.record.scan import Scan

TIMEOUT_SECONDS = 600.0


def run_scan(source: str, settings: Sequence[str] = ()) -> Scan:
    """Have the operations of a preset or file measured; `settings` are `section.key=value`.

    ValueError in one line when the engine refuses or cannot.
    """
    command = [sys.executable, *isolation_flags(), str(ENGINE_SCRIPT), source, "--scan"]
    command += [part for text in settings for part in ("--set", text)]
    environment = engine_environment(os.environ, {})
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"the scan took more than {TIMEOUT_SECONDS:g} s and was ended") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ValueError(f"the scan ended with code {done.returncode}: {last[:500]}")
    scan: Scan = from_plain(Scan, json.loads(done.stdout))
    return scan

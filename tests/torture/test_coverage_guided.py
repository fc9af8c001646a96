"""Promise 6 again, with atheris where it is installed: inputs bred by what they reach in the parsers."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.torture.fuzz_targets import TARGETS
from tests.torture.link import ROOT

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason='atheris is not installed: pip install ".[fuzz]"'
)
FUZZED = ("preset", "config", "journal", "process", "checkpoint", "names", "keymap", "image")


@pytest.mark.parametrize("name", [name for name in TARGETS if name in FUZZED])
def test_what_coverage_breeds_is_read_or_refused(
    scaled: Callable[[int, int], int], seed: int, figure: Callable[[str], None], name: str
) -> None:
    command = [sys.executable, "-m", "tests.torture.atheris_fuzz", name, str(scaled(20, 2)), str(seed)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", ended.stderr))
    coverage = re.findall(r"cov: (\d+)", ended.stderr)
    figure(f"{stats['number_of_executed_units']} inputs, {coverage[-1]} branches reached, seed {seed}")

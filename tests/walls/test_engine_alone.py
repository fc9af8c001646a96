"""An engine needs the standard library, torch and numpy, and nothing else that the program installs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from engine.plan.config import read_config
from engine.record.home import Home
from tests.fakes import TINY

ROOT = Path(__file__).parents[2]
ENOUGH = {"torch", "numpy"}
IMPORT_NAMES = {"pillow": "PIL", "nvidia-ml-py": "pynvml", "tomli-w": "tomli_w"}
"""Of distributions that are imported under another name."""

_WITHOUT = """
import runpy, sys
script, folder, *missing = sys.argv[1:]
sys.modules.update(dict.fromkeys(missing))  # None: importing it fails
sys.argv = [script, folder]
runpy.run_path(script, run_name="__main__")
"""


def dispensable_packages() -> set[str]:
    """Everything pyproject.toml declares but torch and numpy, by the name it is imported under."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in declared}
    return {IMPORT_NAMES.get(name, name) for name in names - ENOUGH}


def test_a_whole_search_runs_where_there_is_nothing_but_torch_and_numpy(tmp_path: Path) -> None:
    missing = dispensable_packages()
    assert {"textual", "rich", "plotext", "platformdirs", "psutil", "PIL", "torchvision"} <= missing
    space = {"poison": [{"op": "dropout", "copies": 6}]}
    folder = Home(tmp_path / "home").create_run(read_config({**TINY, "epochs": 1, "space": space}))
    script = str(ROOT / "engine" / "__main__.py")
    command = [sys.executable, "-c", _WITHOUT, script, str(folder.path), *sorted(missing)]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    result = folder.read_result()
    assert result is not None
    assert 0 <= result["test_error"] <= 1

"""What a fresh interpreter has loaded after importing a part: the walls as they are at run time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.process.engine_lock import held_lock
from engine.record.home import Home

ROOT = Path(__file__).parents[2]
LIGHT_PACKAGES = ("engine/plan", "engine/record", "engine/process", "engine/cluster", "ssp_tui/cli")
HEAVY = (
    "torch",
    "torchvision",
    "textual",
    "rich",
    "numpy",
    "matplotlib",
    "PIL",
    "plotext",
    "psutil",
    "pynvml",
    "ray",
)
ONLY_WITH_RAY = ("engine.cluster.tasks", "engine.cluster.ray_link")
"""What needs the extra [cluster]; nobody else may."""

_REPORT = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def modules_of(*folders: str) -> list[str]:
    """Every module of the packages, by its import name."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    names = [name.removesuffix(".__init__") for name in names]
    return [name for name in names if name not in ONLY_WITH_RAY]


def loaded_after_importing(*names: str) -> set[str]:
    """The modules a new process has after importing these."""
    command = [sys.executable, "-c", _REPORT, *names]
    return set(json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout))


def test_the_command_line_and_all_behind_it_import_nothing_heavy() -> None:
    # image_file opens images: the one place of engine.plan that needs a decoder, and only folders need it.
    loaded = loaded_after_importing("ssp_tui.__main__", *modules_of(*LIGHT_PACKAGES))
    assert loaded & set(HEAVY) <= {"PIL"}


def test_listing_presets_or_runs_does_not_even_import_pillow() -> None:
    loaded = loaded_after_importing("ssp_tui.cli.main", "ssp_tui.cli.presets", "engine.process.listing")
    assert not loaded & set(HEAVY)


def test_the_engine_imports_no_dashboard() -> None:
    loaded = loaded_after_importing("engine.__main__", *modules_of("engine"))
    assert not loaded & {"textual", "rich", "ssp_tui"}


def test_the_dashboard_imports_no_torch() -> None:
    loaded = loaded_after_importing(*modules_of("ssp_tui"))
    assert not loaded & {"torch", "torchvision", "engine.net", "engine.learn", "engine.data"}


@pytest.mark.parametrize(
    "arguments", [["presets"], ["runs"], ["show", "one-shot-2"], ["launch", "demo-clean"]]
)
def test_a_command_that_is_run_loads_no_torch_and_no_textual(tmp_path: Path, arguments: list[str]) -> None:
    home = Home(tmp_path)
    command = [sys.executable, "-X", "importtime", "-m", "ssp_tui", "--home", str(tmp_path), *arguments]
    with held_lock(home.scheduler_lock_path):  # so that what is launched stays in the queue
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {
        line.rsplit("|", 1)[-1].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")
    }
    assert "argparse" in imported
    assert not imported & {"torch", "torchvision", "textual", "rich", "numpy"}
    assert len(home.run_ids()) == (arguments[0] == "launch")


def test_importing_an_engine_imports_nothing() -> None:
    assert {name for name in loaded_after_importing("engine") if name.startswith("engine")} == {"engine"}


def test_the_first_paint_waits_for_nothing_of_the_engines(tmp_path: Path) -> None:
    """What is loaded when the screen of runs was painted once, before anything is read."""
    code = f"""
import asyncio, json, sys
from pathlib import Path
from ssp_tui.app import Dashboard
class Painted(Dashboard):
    def _begin(self):
        assert self.screen.query("RunList")
        self.loaded = sorted(sys.modules)
        self.exit()
async def paint():
    painted = Painted(Path({str(tmp_path)!r}))
    async with painted.run_test() as pilot:
        await pilot.pause()
    return painted.loaded
print(json.dumps(asyncio.run(paint())))
"""
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout
    loaded = set(json.loads(said))
    assert "ssp_tui.panels.run_list" in loaded
    of_engine = {name for name in loaded if name.partition(".")[0] == "engine"}
    assert of_engine <= {"engine", "engine.plan", "engine.plan.opening"}  # which opens keys.toml

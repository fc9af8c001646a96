"""Pictures of the dashboard's screens: `python -m benchmarks.screen_pictures HOME RUN OUT [SCREEN ...]`.

Writes NAME-COLSxROWS.png for every screen, or those named, at three sizes. Needs Chromium, which sets a
terminal grid right.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from ssp_tui.app import Dashboard
from ssp_tui.screens.compare import CompareScreen
from ssp_tui.screens.run import RunScreen

SIZES = ((80, 24), (120, 40), (200, 50))
SCREENS: dict[str, tuple[str, ...]] = {
    "runs": ("1", "down"),
    "run": (),
    "run-rewards": ("w",),
    "first-event": ("enter",),
    "compose": ("2", "o"),
    "presets": ("3",),
    "compare": (),
    "help": ("1", "question_mark"),
    "log": ("l",),
    "palette": ("ctrl+p",),
}
"""Name to the keys that lead there, from the run the dashboard was opened on."""


async def settle(pilot: Pilot[int]) -> None:
    """Give the reading thread and the layout time to arrive."""
    for _ in range(6):
        await pilot.pause(0.25)


def is_read(app: Dashboard, num_compared: int) -> bool:
    """Whether the run and the hazard of its space, or all that are compared, have come."""
    screen = app.screen
    if isinstance(screen, CompareScreen):
        return len(screen.comparison.runs) == num_compared
    view = screen.view if isinstance(screen, RunScreen) else None
    if view is None or view.config is None:
        return False
    return view.hazard is not None or view.config.derived is not None


async def picture(home: Path, run: str, name: str, size: tuple[int, int], out: Path) -> None:
    """Open the dashboard on a run, press the screen's keys, and save what is there."""
    begun = tuple(path.parent.name for path in sorted((home / "runs").glob("*/events.jsonl")))
    every_run = begun if name == "compare" else ()
    app = Dashboard(home, run=None if every_run else run, runs=every_run)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for _ in range(100):
            if is_read(app, len(every_run)):
                break
            await pilot.pause(0.1)
        for key in SCREENS[name]:
            await pilot.press(key)
            await settle(pilot)
        drawing = app.export_screenshot(title="ssp-tui")
    photograph(drawing, out / f"{name}-{size[0]}x{size[1]}.png")


def seamless(drawing: str) -> str:
    """The drawing with letters as tall as its lines: block and line characters touch as in a terminal."""
    drawing = drawing.replace("font-size: 20px", "font-size: 21.5px")
    return drawing.replace("textLength=", 'lengthAdjust="spacingAndGlyphs" textLength=')


def photograph(drawing: str, path: Path) -> None:
    """Render an SVG drawing to a PNG of its own size."""
    drawing = seamless(drawing)
    found = re.search(r'viewBox="0 0 (\d+)[.\d]* (\d+)', drawing)
    assert found is not None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "drawing.svg"
        source.write_text(drawing)
        command = [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
        ]
        command += [f"--user-data-dir={folder}/profile", f"--window-size={found[1]},{found[2]}"]
        command += [f"--screenshot={path.absolute()}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> None:
    """Draw every screen at every size."""
    home, run, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    os.environ["COLORTERM"] = "truecolor"
    for name in sys.argv[4:] or SCREENS:
        for size in SIZES:
            asyncio.run(picture(home, run, name, size, out))
            print(f"{name} {size[0]}x{size[1]}")


if __name__ == "__main__":
    main()

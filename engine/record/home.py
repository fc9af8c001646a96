"""The home: the folder that holds all runs and downloaded data sets, and how runs get their names."""

import datetime
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.plan.config import RunConfig
from engine.record.folder import RunFolder

HOME_VARIABLE = "SSP_TUI_HOME"

_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is easily taken for another


class Home:
    """All runs and data sets of one person. Making the object touches nothing."""

    def __init__(self, path: Path) -> None:
        """Name the folders of the home at `path`."""
        self.path = path.expanduser().absolute()
        self.runs_folder = self.path / "runs"
        self.data_folder = self.path / "data"
        self.presets_folder = self.path / "presets"
        """Presets of the person's own."""
        self.cache_path = self.path / "cache" / "runs.jsonl"
        """What the list of runs read before: derived, and made again when it is missing."""
        self.suites_folder = self.path / "suites"
        """What suites were launched here, one TOML each."""
        self.scheduler_lock_path = self.path / "scheduler.lock"
        self.scheduler_log_path = self.path / "scheduler.log"
        self.scheduler_path = self.path / "scheduler.json"
        """Present while a scheduler has work; found without one at work, it tells of one that was killed."""
        self.queue_settings_path = self.path / "queue.toml"
        self.bell_path = self.path / "queue.bell"
        """Touched by whoever changes the queue: the scheduler then looks at once."""
        self.cluster_lock_path = self.path / "cluster.lock"
        self.cluster_log_path = self.path / "cluster.log"
        self.cluster_work_path = self.path / "cluster.json"
        """As scheduler.json, of the process that minds this home's runs on clusters."""

    def prepare(self) -> None:
        """Make the folders; ValueError in one line when the home cannot be written."""
        try:
            for folder in (self.path, self.runs_folder, self.data_folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not os.access(folder, os.W_OK | os.X_OK):
                    raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise ValueError(
                f"the home {self.path} cannot be written ({error.strerror}); "
                f"name another one with --home or ${HOME_VARIABLE}"
            ) from None

    def own_preset_paths(self) -> list[Path]:
        """The files of the person's own presets, by name; none when there is no such folder."""
        try:
            return sorted(self.presets_folder.glob("*.toml"))
        except OSError:
            return []

    def run_ids(self) -> list[str]:
        """The id of every run, in no order that matters; none when there is no home yet."""
        try:
            with os.scandir(self.runs_folder) as found:
                names = [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        return [name for name in names if not name.startswith(".")]

    def run_folders(self) -> list[RunFolder]:
        """Every run."""
        return [self.run_folder(run_id) for run_id in self.run_ids()]

    def run_folder(self, run_id: str) -> RunFolder:
        """The folder of a run by its whole id."""
        return RunFolder(self.runs_folder / run_id)

    def create_run(
        self, config: RunConfig, extra: Mapping[str, Mapping[str, Any]] | None = None
    ) -> RunFolder:
        """Make a queued run under a new id, `extra` JSON files in it; ValueError when that is impossible."""
        self.prepare()
        while True:
            try:
                return RunFolder.create(self.runs_folder / new_run_id(config), config, extra)
            except FileExistsError:
                continue


def find_home(option: str | None) -> Home:
    """The home a person means: `--home`, else $SSP_TUI_HOME, else the platform's data folder."""
    chosen = option or os.environ.get(HOME_VARIABLE)
    if chosen:
        return Home(Path(chosen))
    import platformdirs  # late: only this path needs it

    return Home(Path(platformdirs.user_data_dir("ssp-tui", appauthor=False)))


def home_of(folder: RunFolder) -> Home:
    """The home a run lies in."""
    return Home(folder.path.parents[1])


def new_run_id(config: RunConfig) -> str:
    """A readable id, safe as a file name whatever the configuration's name is: NAME-sSEED-MMDD-xxxx."""
    name = re.sub(r"[^A-Za-z0-9._]+", "-", config.name)[:40].strip("-.") or "run"
    day = datetime.datetime.now().strftime("%m%d")
    return f"{name}-s{config.seed}-{day}-" + "".join(secrets.choice(_ID_LETTERS) for _ in range(4))

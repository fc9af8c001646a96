"""Records a small stopped run of the current formats, to be read and resumed by every later version.

Run it once whenever a format's number goes up, and never touch what it recorded before.
"""

import shutil
import tempfile
from pathlib import Path

from engine.learn.checkpoint import FORMAT_VERSION
from engine.record.events import SCHEMA_VERSION
from tests.builders import DROPOUT, STRETCHED, StopAfter, folder_at, poison_table, run_once, small_config

RELEASED = Path(__file__).parent
SETTINGS = {
    "epochs": 3,
    "child": {"filters": 2},
    "controller": {"hidden_size": 4},
    "space": poison_table(2, DROPOUT, STRETCHED, {"op": "gaussian", "sigma": 2.0}),
}


def name_of(journal_version: int, checkpoint_version: int) -> str:
    """The folder of a release's formats."""
    return f"journal-{journal_version}-checkpoint-{checkpoint_version}"


def main() -> None:
    """Record a run that was stopped in its second epoch; its newest checkpoint alone is kept."""
    import tomli_w

    config = small_config(**SETTINGS)
    into = RELEASED / name_of(SCHEMA_VERSION, FORMAT_VERSION)
    into.mkdir()
    with tempfile.TemporaryDirectory() as place:
        folder = folder_at(Path(place) / "run")
        run_once(config, folder, StopAfter(14 + 4))
        (into / "config.toml").write_text(tomli_w.dumps(config.table()), encoding="utf-8")
        shutil.copyfile(folder.journal_path, into / "events.jsonl")
        newest = max(folder.checkpoint_folder.iterdir())
        (into / "checkpoints").mkdir()
        shutil.copyfile(newest, into / "checkpoints" / newest.name)


if __name__ == "__main__":
    main()

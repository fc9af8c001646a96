"""Records the canned journals anew: small real searches, kept as config.toml and events.jsonl."""

import argparse
import shutil
import tempfile
from pathlib import Path

from engine.learn.search import run_search
from engine.plan.config import read_config
from engine.record.folder import RunFolder

SMALL = {
    "dataset": "synthetic",
    "child": {"filters": 8, "batch_size": 32},
    "controller": {"updates": 4, "samples_per_update": 5},
    "data": {"num_train": 2000, "num_val": 320, "num_test": 320},
}
"""About ten seconds an epoch on one core."""

STREAMS = {
    "clean": {"title": "Clean search, small", "epochs": 8, "seed": 7, "space": {"base": "enas6"}},
    "collapsed": {
        "title": "Dropout x6 and stretched convolution x12",
        "epochs": 5,
        "seed": 3,
        "space": {
            "base": "enas6",
            "poison": [
                {"op": "dropout", "p": 1.0, "copies": 6},
                {"op": "conv", "kernel": 3, "padding": 50, "dilation": 50, "copies": 12},
            ],
        },
        "paper": {"row": "Table 1, 4a: 6(P3)", "val_error": 0.6034, "test_error": 0.6021},
    },
    "gaussian": {
        "title": "Gaussian x36",
        "epochs": 6,
        "seed": 5,
        "space": {"base": "enas6", "poison": [{"op": "gaussian", "sigma": 10.0, "copies": 36}]},
    },
}


def record(name: str, into: Path) -> None:
    """Run one search to its end and keep what it said."""
    config = read_config({**SMALL, **STREAMS[name], "name": name})
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder.create(Path(place) / name, config)
        journal = folder.open_journal()
        run_search(config, folder, journal.append, lambda: False, Path(place))
        into.mkdir(parents=True, exist_ok=True)
        for path in (folder.config_path, folder.journal_path):
            shutil.copyfile(path, into / path.name)


def main() -> None:
    """Record the streams named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(STREAMS)}")
    for name in parser.parse_args().names or STREAMS:
        record(name, Path(__file__).parent / name)


if __name__ == "__main__":
    main()

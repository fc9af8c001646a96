"""An engine process with a fake search: what tests launch in the place of engine/__main__.py."""

import argparse
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # started isolated: nothing else leads here
    from engine.process.main import run_engine
    from engine.record.folder import RunFolder
    from tests.fakes import FakeSearch

    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queued", action="store_true")
    parser.add_argument("--lease", type=int, default=0)
    parser.add_argument("--epoch-seconds", type=float, default=0.02)
    parser.add_argument("--ignores-stop", action="store_true")
    arguments = parser.parse_args()
    search = FakeSearch(arguments.epoch_seconds, ignores_stop=arguments.ignores_stop)
    sys.exit(run_engine(RunFolder(arguments.folder), search, arguments.queued, arguments.lease))

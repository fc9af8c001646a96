"""`python -m engine RUN_FOLDER` takes a run up; with a flag it schedules, or scans a space."""

import argparse
import faulthandler
import importlib.util
import os
import sys
from pathlib import Path


def _use_this_package() -> None:
    """Make `engine` mean the folder of this file, whatever the import path finds under that name."""
    here = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "engine", here / "__init__.py", submodule_search_locations=[str(here)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["engine"] = module
    spec.loader.exec_module(module)


def main() -> int:
    """Run what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser("python -m engine", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="RUN_FOLDER")
    parser.add_argument("--queued", action="store_true", help="only if the run is still queued")
    parser.add_argument("--lease", type=int, default=0, help="on a cluster: end once there is a newer one")
    parser.add_argument("--schedule", action="store_true", help="the folder is a home: start its queued runs")
    parser.add_argument("--scan", action="store_true", help="PRESET_OR_FILE: measure its operations, as JSON")
    parser.add_argument("--set", action="append", default=[], metavar="section.key=value", dest="settings")
    parser.add_argument("--cluster", action="store_true", help="the folder is a home: mind its cluster runs")
    parser.add_argument("--address", help="one cluster's alone, in this process")
    parser.add_argument("--replay", metavar="KIND", help="do the steps up to this event again, as JSON")
    parser.add_argument("--score", metavar="JSON", help="these architectures with the run's last weights")
    arguments = parser.parse_args()
    if arguments.scan or arguments.replay or arguments.score:
        from engine.answers import answer_replay, answer_scan, answer_scores

        if arguments.scan:
            return answer_scan(str(arguments.folder), arguments.settings)
        if arguments.score:
            return answer_scores(arguments.folder, arguments.score)
        return answer_replay(arguments.folder, arguments.replay)
    if arguments.schedule:
        from engine.process.scheduler import run_scheduler
        from engine.record.home import Home

        return run_scheduler(Home(arguments.folder))
    if arguments.cluster:
        from engine.cluster.minder import mind

        return mind(arguments.folder, arguments.address)
    faulthandler.enable()  # a crash inside a library leaves its trace in engine.log
    from engine.process.main import run_engine
    from engine.record.folder import RunFolder

    code = run_engine(RunFolder(arguments.folder), only_if_queued=arguments.queued, token=arguments.lease)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is on disk. Tearing torch down takes seconds, and longer with a GPU that hangs.
    os._exit(code)


if __name__ == "__main__":
    if not __package__:  # started by its path, as launch does
        _use_this_package()
    sys.exit(main())

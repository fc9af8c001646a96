"""`ssp-tui derive`: an architecture that a search found, trained from scratch as a run of its own."""

from argparse import Namespace
from typing import Any

from engine.plan.derivation import derived_config
from engine.process.derive import best_found, sampled
from engine.process.runs import find_home, find_run
from ssp_tui.cli.launch import start_runs


def derive(arguments: Namespace) -> int:
    """Check everything, then create and start or queue the derived runs as a launch does; prints ids."""
    home = find_home(arguments.home)
    folder = find_run(home, arguments.run)
    if arguments.sample is None:
        chosen = [best_found(folder, arguments.epoch, arguments.candidate)]
    elif arguments.candidate is not None:
        raise ValueError("--sample and --candidate exclude each other: K architectures, or a certain one")
    else:
        chosen = sampled(folder, arguments.sample, arguments.epoch)
    flags = {"epochs": arguments.epochs, "seed": arguments.seed}
    overrides: dict[str, Any] = {key: value for key, value in flags.items() if value is not None}
    if arguments.device is not None:
        overrides["engine"] = {"device": arguments.device}
    search = folder.read_config()
    return start_runs(
        home, [derived_config(search, each, overrides, arguments.settings) for each in chosen], arguments
    )

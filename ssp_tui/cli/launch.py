"""`ssp-tui launch`: from a preset or a file to queued runs."""

import importlib.util
from argparse import Namespace
from typing import Any

from engine.plan.config import RunConfig
from engine.plan.presets import resolve_config
from engine.plan.setting import shown
from engine.plan.space_text import space_table
from engine.process.runs import find_home, launch_runs
from engine.record.home import Home
from ssp_tui.cli.output import print_json, print_now, tell
from ssp_tui.cli.source import find_source

MAX_SEEDS = 1000


def launch(arguments: Namespace) -> int:
    """Check everything, then create and start or queue the runs; prints their ids."""
    home = find_home(arguments.home)
    return start_runs(home, requested_configs(arguments), arguments)


def start_runs(home: Home, configs: list[RunConfig], arguments: Namespace) -> int:
    """Create and start or queue these runs, print their ids, and follow them if that is asked for."""
    warn_of_logout()
    cluster = cluster_address(arguments.cluster)
    folders = launch_runs(home, configs, arguments.priority, cluster)
    if arguments.json:
        print_json(runs=[{"id": folder.run_id, "folder": str(folder.path)} for folder in folders])
    else:
        for folder in folders:
            print_now(folder.run_id)
    if not arguments.follow:
        return 0
    from ssp_tui.cli.follow import follow_runs

    return follow_runs(home, folders, tell if arguments.json else print_now)


def cluster_address(text: str | None) -> str | None:
    """What `--cluster` names: an address, "" for the one at hand, None for this machine; or ValueError."""
    if text is None:
        return None
    engine, colon, address = text.partition(":")
    if engine != "ray" or (colon and not address):
        raise ValueError(f"--cluster {shown(text)} is not allowed: ray, or ray:HOST:PORT")
    if importlib.util.find_spec("ray") is None:
        raise ValueError("--cluster needs Ray, which is not installed: pip install 'ssp-tui[cluster]'")
    return address


def requested_configs(arguments: Namespace) -> list[RunConfig]:
    """The configurations the flags ask for, one per seed; ValueError names what is wrong."""
    if not 1 <= arguments.seeds <= MAX_SEEDS:
        raise ValueError(f"--seeds {arguments.seeds} is not allowed: 1 to {MAX_SEEDS}")
    source = find_source(arguments.source, find_home(arguments.home)) if arguments.source else None
    flags = {"seed": arguments.seed, "epochs": arguments.epochs, "dataset": arguments.dataset}
    flags["protocol"] = arguments.protocol
    overrides: dict[str, Any] = {key: value for key, value in flags.items() if value is not None}
    if arguments.device is not None:
        overrides["engine"] = {"device": arguments.device}
    if arguments.base is not None or arguments.poison:
        below = resolve_config(source, {}, []).given_space.table() if source else {}
        overrides["space"] = space_table(arguments.base, arguments.poison, below)
    elif source is None:
        raise ValueError("launch what? name a preset or a file, or give a space with --base and --poison")
    first = resolve_config(source, overrides, arguments.settings)
    seeds = range(first.seed, first.seed + arguments.seeds)
    rest = [
        resolve_config(source, {**overrides, "seed": seed}, [*arguments.settings, f"seed={seed}"])
        for seed in seeds[1:]
    ]
    return [first, *rest]


def warn_of_logout() -> None:
    """Say so when logging out would end the runs."""
    from engine.process.logout import logout_warning

    warning = logout_warning()
    if warning:
        tell(f"ssp-tui: {warning}")

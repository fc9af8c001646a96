"""How long an event takes from the engine's append to the dashboard: here, and through a Ray cluster.

    python benchmarks/event_delay.py             # runs of this machine
    python benchmarks/event_delay.py --ray       # two nodes on loopback, home not shared; needs the extra

An engine writes its events with their wall time; the dashboard's own watcher posts snapshots of the run, and
the delay is from the newest event's time in a snapshot to the moment it is posted. One host, one clock.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.plan.config import read_config
from engine.process.queue_settings import change_settings
from engine.process.runs import launch_runs, stop_run
from engine.record.home import Home
from ssp_tui.messages import RunArrived
from ssp_tui.watch import POLL_SECONDS, Watcher

CONFIG = {
    "name": "delay",
    "dataset": "synthetic",
    "epochs": 10_000,
    "child": {"filters": 4, "batch_size": 16},
    "controller": {"updates": 4, "samples_per_update": 4},
    "data": {"num_train": 400, "num_val": 40, "num_test": 40},
    "engine": {"device": "cpu"},
}


class Screen:
    """Takes what is posted, and notes how old the newest event in it is."""

    def __init__(self) -> None:
        """Nothing was posted yet."""
        self.delays: list[float] = []
        self._last_time = 0.0

    def post_message(self, message: object) -> bool:
        """Measure a snapshot with news in it."""
        if isinstance(message, RunArrived):
            newest = message.snapshot.state.last_time
            if newest > self._last_time:
                self.delays.append(time.time() - newest)
                self._last_time = newest
        return True


def measure(home: Home, cluster: str | None, num_events: int) -> list[float]:
    """Delays in seconds of the first so many snapshots with news, the very first left out."""
    [folder] = launch_runs(home, [read_config(CONFIG)], cluster=cluster)
    screen = Screen()
    watcher = Watcher(home, screen)
    watcher.follow(screen, (folder.run_id,))
    deadline = time.monotonic() + 240
    while len(screen.delays) <= num_events and time.monotonic() < deadline:
        watcher.look()
        time.sleep(POLL_SECONDS)
    stop_run(folder)
    return screen.delays[1:]


@contextmanager
def two_nodes(folder: Path) -> Iterator[str]:
    """The address of a cluster on loopback."""
    import os

    from tests.engine.cluster.ray_nodes import RayNodes

    nodes = RayNodes(folder)
    os.environ.update(nodes.environment)
    try:
        nodes.start("n1", num_cpus=1, head=True)
        nodes.start("n2", num_cpus=1)
        yield nodes.address
    finally:
        for name in ("n2", "n1"):
            nodes.kill(name)


def report(name: str, delays: list[float]) -> None:
    """Median and tail in milliseconds."""
    delays = sorted(delays)
    p95 = delays[int(0.95 * (len(delays) - 1))]
    median = statistics.median(delays)
    print(
        f"{name}: median {1000 * median:.0f} ms, p95 {1000 * p95:.0f} ms, {len(delays)} snapshots with news"
    )


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--events", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="delay-", dir="/tmp") as name:
        home = Home(Path(name) / "home")
        if not arguments.ray:
            report("this machine", measure(home, None, arguments.events))
            return
        change_settings(home, shared_home="no", scratch=f"{name}/scratch")
        with two_nodes(Path(name)) as address:
            report("through Ray", measure(home, address, arguments.events))


if __name__ == "__main__":
    main()

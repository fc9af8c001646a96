"""What the queue costs: an idle scheduler's share of a core, and a status of 1,000 queued runs.

    python benchmarks/queue_cost.py [--runs 1000] [--seconds 60]

The home holds so many queued runs; the queue is paused first, then has one CPU place that an engine holds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.plan.config import read_config
from engine.process.identity import identity_of
from engine.process.launch import launch_detached
from engine.process.queue_settings import change_settings
from engine.process.scheduler import wake_scheduler
from engine.process.stop import end_by_force
from engine.record.folder import read_json
from engine.record.home import Home
from tests.fakes import TINY

FAKE_ENGINE = Path(__file__).parents[1] / "tests" / "fake_engine.py"


def scheduler_of(home: Home) -> psutil.Process:
    """The scheduler at work."""
    while True:
        identity = identity_of(read_json(home.scheduler_path) or {})
        if identity is not None:
            return psutil.Process(identity.pid)
        time.sleep(0.1)


def children_seconds() -> float:
    """CPU time of all processes waited for so far."""
    used = os.times()
    return used.children_user + used.children_system


def idle_share(home: Home, seconds: float) -> float:
    """CPU time of the scheduler over wall time, once it has settled."""
    scheduler = scheduler_of(home)
    time.sleep(3)
    before = sum(scheduler.cpu_times()[:2])
    time.sleep(seconds)
    return (sum(scheduler.cpu_times()[:2]) - before) / seconds


def main() -> None:
    """Measure, and end what was started."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="queue-", dir="/tmp") as name:
        home = Home(Path(name) / "home")
        change_settings(home, paused=True)
        running = home.create_run(read_config(TINY))
        engine = launch_detached(
            ["--queued", "--epoch-seconds=100000", str(running.path)],
            running.log_path,
            running.path,
            script=FAKE_ENGINE,
        )
        for seed in range(arguments.runs):
            home.create_run(read_config({**TINY, "seed": seed}))
        wake_scheduler(home)
        print(
            f"scheduler, paused, {arguments.runs} queued: {idle_share(home, arguments.seconds):.2%} of a core"
        )
        change_settings(home, paused=False, cpu_runs=1)
        wake_scheduler(home)
        share = idle_share(home, arguments.seconds)
        print(f"scheduler, one run at work, {arguments.runs} queued: {share:.2%} of a core")
        print(f"scheduler: {scheduler_of(home).memory_info().rss / 2**20:.0f} MiB")
        for command in (["queue"], ["queue", "--json"], ["runs", "--json"]):
            times = []
            for _ in range(5):
                begin = time.perf_counter()
                line = [sys.executable, "-m", "ssp_tui", "--home", str(home.path), *command]
                before = children_seconds()
                subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
                times.append((time.perf_counter() - begin, children_seconds() - before))
            wall, cpu = min(times)
            print(f"ssp-tui {' '.join(command)}: best of five {wall:.2f} s, of which {cpu:.2f} s of CPU")
        scheduler_of(home).kill()
        if engine is not None:
            end_by_force(engine)


if __name__ == "__main__":
    main()

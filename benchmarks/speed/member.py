"""One engine measured in a process of its own: child steps, controller phase without children, memory.

python -m benchmarks.speed.member '{"filters": 8, "batch_size": 64, ...}' prints one line of JSON
"""

import dataclasses
import json
import resource
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.speed.no_child import NoChild
from benchmarks.speed.timing import Spent, spent_on
from engine.learn.child_phase import ChildPhase
from engine.learn.controller_phase import ControllerPhase
from engine.learn.device import open_device
from engine.learn.reporter import Reporter
from engine.learn.search_state import SearchState, new_search
from engine.net.controller import UniformPolicy
from engine.plan.config import RunConfig, read_config

NUM_UPDATES, NUM_SAMPLES = 10, 20
READY = "ready"
"""What a member says before it waits for a line that lets it go."""


@dataclasses.dataclass(frozen=True)
class Member:
    """A child's size, N, and how many steps are measured after the first."""

    filters: int
    batch_size: int
    num_outputs: int
    layers: int
    num_steps: int
    device: str = "cpu"

    def config(self) -> RunConfig:
        """Poison is dropout(p=1), of which no child is measured."""
        poison = [{"op": "dropout", "p": 1.0, "copies": self.num_outputs - 6}] if self.num_outputs > 6 else []
        return read_config(
            {
                "dataset": "synthetic",
                "space": {"base": "enas6", "poison": poison},
                "child": {"layers": self.layers, "filters": self.filters, "batch_size": self.batch_size},
                "controller": {"updates": NUM_UPDATES, "samples_per_update": NUM_SAMPLES},
                "data": {"num_train": self.batch_size * (self.num_steps + 1), "num_val": self.batch_size,
                         "num_test": self.batch_size},
                "engine": {"device": self.device, "population": "off"},
            }
        )  # fmt: skip


def measure(member: Member, wait: Callable[[], object]) -> dict[str, float]:
    """Milliseconds, rates and the peak of memory; times are of CPU on a CPU, whatever else runs there.

    Waits after the first step, that others may begin at the same moment.
    """
    config = member.config()
    search = new_search(config, open_device(config.engine), Path("no-data-needed"))
    reporter = Reporter(lambda _: None, clock=lambda: 0.0)
    sampled = ChildPhase.begin(search, 0)
    same_for_all = UniformPolicy(member.layers, 6)(sampled.num_steps, torch.Generator().manual_seed(1))
    child = dataclasses.replace(sampled, decisions=same_for_all.decisions)
    _steps(search, child, 1, reporter)
    wait()
    step = _steps(search, child, member.num_steps, reporter) / member.num_steps
    updates = []
    search.child = NoChild(search.num_classes)  # type: ignore[assignment]
    controller = ControllerPhase.begin(search, 0)
    for _ in range(NUM_UPDATES):
        updates.append(_steps(search, controller, 1, reporter) / NUM_SAMPLES)
    seconds = [_seconds(search, each) for each in updates[1:]]
    return {
        "controller_ms_per_sample": 1000 * statistics.median(seconds),
        "child_step_ms": 1000 * _seconds(search, step),
        "images_per_second": member.batch_size / _seconds(search, step),
        "peak_mib": _peak_bytes(search) / 2**20,
    }


def _steps(search: SearchState, phase: ChildPhase | ControllerPhase, count: int, reporter: Reporter) -> Spent:
    asked = iter([False] * (count - 1) + [True])
    return spent_on(lambda: phase.run(reporter, lambda: next(asked)), search.device)


def _seconds(search: SearchState, spent: Spent) -> float:
    return spent.wall_seconds if search.device.type == "cuda" else spent.cpu_seconds


def _peak_bytes(search: SearchState) -> int:
    if search.device.type == "cuda":
        return torch.cuda.max_memory_reserved(search.device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _wait() -> None:
    print(READY, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    print(json.dumps(measure(Member(**json.loads(sys.argv[1])), _wait)))

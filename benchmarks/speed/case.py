"""One case of the comparison: a child's size, a space, and how much of an epoch is really run."""

import dataclasses
from typing import Any

from engine.plan.config import RunConfig, read_config

PAPER_CHILD_IMAGES, PAPER_VALIDATION, PAPER_TEST = 45_000, 5_000, 10_000
PAPER_UPDATES, PAPER_SAMPLES, PAPER_CANDIDATES = 50, 20, 10


@dataclasses.dataclass(frozen=True)
class Case:
    """What is measured, and how much of it a repeat really runs; the paper's counts scale it up."""

    filters: int
    batch_size: int
    num_outputs: int
    """N: enas6 and N - 6 copies of dropout(p=1)."""
    layers: int = 12
    num_steps: int = 3
    """Child steps, controller samples and test batches of one repeat each."""
    num_repeats: int = 5
    device: str = "cpu"
    precision: str = "float32"
    population: str = "auto"

    @property
    def label(self) -> str:
        """(36, 128), N = 6."""
        return f"({self.filters}, {self.batch_size}), N = {self.num_outputs}"

    def config(self) -> RunConfig:
        """The search it is measured on; a repeat has a step to warm up, and two more count launches."""
        size = self.batch_size
        copies = self.num_outputs - 6
        space: dict[str, Any] = {"base": "enas6"}
        if copies:
            space["poison"] = [{"op": "dropout", "p": 1.0, "copies": copies}]
        return read_config(
            {
                "dataset": "synthetic",
                "seed": 69,
                "space": space,
                "child": {"layers": self.layers, "filters": self.filters, "batch_size": size},
                "controller": {"samples_per_update": PAPER_SAMPLES, "updates": self.num_repeats + 1},
                "data": {
                    "num_train": size * ((1 + self.num_steps) * (self.num_repeats + 1) + 2),
                    "num_val": max(PAPER_VALIDATION, size),
                    "num_test": size * self.num_steps,
                },
                "evaluation": {"candidates": self.num_steps},
                "engine": {
                    "device": self.device,
                    "precision": self.precision,
                    "population": self.population,
                },
            }
        )

    @property
    def epoch_counts(self) -> dict[str, float]:
        """How often each part comes in an epoch of the paper, at this batch size."""
        size = self.batch_size
        return {
            "child_step": -(-PAPER_CHILD_IMAGES // size),
            "controller_sample": PAPER_UPDATES * PAPER_SAMPLES,
            "candidate": PAPER_CANDIDATES,
            "test_batch": PAPER_VALIDATION // size + -(-PAPER_TEST // size),
        }

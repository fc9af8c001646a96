"""Small spaces, configurations, architectures and searches for tests of the engine."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from engine.learn.reporter import Reporter
from engine.learn.search import Search
from engine.learn.search_state import SearchState, new_search
from engine.net.child import Child
from engine.net.controller import UniformPolicy
from engine.net.noise import NoiseSource
from engine.plan.architecture import Architecture
from engine.plan.config import ChildSettings, RunConfig, read_config
from engine.plan.operations import Conv, Dropout, Operation
from engine.plan.protocol import Switches
from engine.plan.space import Space, make_space
from engine.record.events import Event
from engine.record.folder import RunFolder

CPU = torch.device("cpu")
P3: tuple[Operation, ...] = (Dropout(1.0),)
P3_PLUS: tuple[Operation, ...] = (Conv(3, dilation=50), Dropout(1.0))
"""The one-shot poison: a stretched convolution and a full dropout."""


def space_of(*poison: tuple[Operation, int], base: str | tuple[Operation, ...] = "enas6") -> Space:
    """A base space with (operation, copies) pairs of poison."""
    return make_space(base, poison)


def poisoned(operations: tuple[Operation, ...], copies: int) -> Space:
    """enas6 with so many copies of each operation."""
    return space_of(*((operation, copies) for operation in operations))


def chain_of(*slots: int, skips: dict[int, tuple[int, ...]] | None = None) -> Architecture:
    """An architecture of one output a layer, without skips but those given."""
    skips = skips or {}
    return Architecture(slots, tuple(skips.get(layer, ()) for layer in range(len(slots))))


def random_architectures(
    space: Space, num: int, num_layers: int, seed: int, skip_probability: float = 0.5
) -> list[Architecture]:
    """Architectures from the uniform policy; another skip probability draws the skips anew."""
    generator = torch.Generator().manual_seed(seed)
    found = UniformPolicy(num_layers, space.num_outputs)(num, generator).decisions.architectures()
    if skip_probability == 0.5:
        return found
    rng = random.Random(seed)
    return [
        Architecture(
            each.outputs,
            tuple(
                tuple(j for j in range(layer) if rng.random() < skip_probability)
                for layer in range(num_layers)
            ),
        )
        for each in found
    ]


def child_of(
    space: Space,
    layers: int = 12,
    filters: int = 4,
    *,
    keep_prob: float = 1.0,
    switches: Switches | None = None,
    noise: NoiseSource | None = None,
    num_classes: int = 10,
    seed: int = 0,
) -> Child:
    """A child with seeded weights."""
    settings = ChildSettings(layers=layers, filters=filters, keep_prob=keep_prob)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Child(space, settings, switches or Switches(), num_classes, noise or NoiseSource(CPU, seed))


def randomise_norms(child: Child, seed: int, positive: bool = False) -> None:
    """Give every normalisation a scale and a shift as training would, so that constants are not zero."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in child.named_parameters():
        if parameter.dim() == 1 and "head" not in name:
            drawn = torch.rand(parameter.shape, generator=generator)
            sign = (
                1 if positive else torch.where(torch.rand(parameter.shape, generator=generator) < 0.5, -1, 1)
            )
            parameter.data.copy_((0.3 + drawn) * (sign if name.endswith("bias") else 1))


def images_of(num: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Normal pixels and balanced labels, channels last."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(num, 3, 32, 32, generator=generator)
    return images.contiguous(memory_format=torch.channels_last), torch.arange(num) % 10


SMALL: dict[str, Any] = {
    "dataset": "synthetic",
    "epochs": 2,
    "seed": 7,
    "child": {"layers": 3, "filters": 4, "batch_size": 4},
    "controller": {"hidden_size": 8, "updates": 2, "samples_per_update": 3},
    "data": {"num_train": 14, "num_val": 10, "num_test": 20},
    "evaluation": {"candidates": 3},
    "engine": {"device": "cpu"},
}
"""A whole search of a few milliseconds a step; neither training nor validation set divides by the batch."""


def small_table(**sections: Any) -> dict[str, Any]:
    """SMALL with settings laid over it: `small_table(epochs=3, child={"layers": 6})`."""
    table = dict(SMALL)
    for key, value in sections.items():
        merged = isinstance(value, dict) and key != "space"
        table[key] = {**table.get(key, {}), **value} if merged else value
    return table


def small_config(**sections: Any) -> RunConfig:
    """A small configuration as `read_config` reads it."""
    return read_config(small_table(**sections))


def poison_table(copies: int, *operations: dict[str, Any]) -> dict[str, Any]:
    """A [space] table with so many copies of each poison."""
    return {"poison": [{**each, "copies": copies} for each in operations]}


DROPOUT: dict[str, Any] = {"op": "dropout", "p": 1.0}
STRETCHED: dict[str, Any] = {"op": "conv", "kernel": 3, "dilation": 50}


def search_of(config: RunConfig) -> SearchState:
    """Images and fresh networks for a configuration on the CPU."""
    torch.set_num_threads(1)
    return new_search(config, CPU, Path("no-data-needed"))


def never() -> bool:
    """No stop was asked for."""
    return False


class StopAfter:
    """A request to stop that is there from the n-th question on."""

    def __init__(self, num_questions: int) -> None:
        self.left = num_questions

    def __call__(self) -> bool:
        """Whether a stop is asked for now."""
        self.left -= 1
        return self.left < 0


class Recorder:
    """Collects events; its clock stands still, so that no progress comes after the first."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reporter = Reporter(self.events.append, clock=lambda: 0.0)


def folder_at(path: Path) -> RunFolder:
    """A run folder with nothing in it but its place for checkpoints."""
    folder = RunFolder(path)
    folder.checkpoint_folder.mkdir(parents=True)
    return folder


def run_once(
    config: RunConfig, folder: RunFolder, stop_requested: Callable[[], bool] = never
) -> tuple[SearchState, list[Event], bool]:
    """Run or resume a search in `folder`, journal included; the state, this process's events, and the end."""
    recorder = Recorder()
    journal = folder.open_journal()
    state = search_of(config)

    def emit(event: Event) -> None:
        recorder.events.append(event)
        journal.append(event)

    try:
        reporter = Reporter(emit, clock=lambda: 0.0)
        done = Search(state, folder, reporter, stop_requested).run()
    finally:
        journal.close()
    return state, recorder.events, done

"""The numbers beside the form; the hazard and the time come when they are known."""

import dataclasses

from engine.plan.command import launch_command
from engine.plan.config import RunConfig
from engine.plan.cost import TimeEstimate, memory_bytes, num_parameters
from engine.plan.hazard import Hazard
from engine.plan.space import Slot


@dataclasses.dataclass(frozen=True)
class Figures:
    """What a configuration means before it runs."""

    config: RunConfig
    num_outputs: int
    """N."""
    num_poisoned: int
    """The cardinality |q(P)|."""
    clean_probability: float
    """Of each clean operation."""
    shares: tuple[float, ...]
    """Of each given slot, copies added up; 0 for one that a defence drops."""
    expected_poisoned: float
    """Layers of L under a uniform policy."""
    floor: float
    """Layers of L that even a perfect controller samples."""
    num_parameters: int
    memory_bytes: float
    command: str
    """The equivalent `ssp-tui launch` line, or why there is none."""

    @property
    def poisoned_slots(self) -> tuple[Slot, ...]:
        """The slots whose operations are poison."""
        return tuple(slot for slot in self.config.space.slots if slot.poisoned)


@dataclasses.dataclass(frozen=True)
class Outlook:
    """What takes longer to find out; None while it is not known yet."""

    hazard: Hazard | None = None
    time: TimeEstimate | None = None
    device_kind: str = ""


def figures_of(config: RunConfig, num_seeds: int) -> Figures:
    """Everything that is quick to compute."""
    space, layers = config.space, config.child.layers
    try:
        command = launch_command(config, num_seeds)
    except ValueError as error:
        command = f"no command: {error}"
    return Figures(
        config=config,
        num_outputs=space.num_outputs,
        num_poisoned=space.num_poisoned_outputs,
        clean_probability=space.clean_probability,
        shares=_shares(config),
        expected_poisoned=space.expected_poisoned_layers(layers),
        floor=space.poisoned_layers_floor(layers, config.controller.tanh_constant),
        num_parameters=num_parameters(config),
        memory_bytes=memory_bytes(config),
        command=command,
    )


def _shares(config: RunConfig) -> tuple[float, ...]:
    searched = list(config.space.slots)
    shares = []
    for slot in config.given_space.slots:
        left = next((each for each in searched if each.operation == slot.operation), None)
        shares.append(config.space.slot_probability(left) if left else 0.0)
        if left:
            searched.remove(left)
    return tuple(shares)

"""What a run found, as every exported file tells it: one architecture, with all it takes to build it."""

import dataclasses
from typing import Any

from engine.plan.architecture import Architecture, reduction_layers
from engine.plan.config import RunConfig
from engine.plan.derived import Derived
from engine.process.derive import best_found
from engine.record.folder import RunFolder
from engine.record.journal import read_state

SUMMED, CONCATENATED = "summed", "concatenated"
"""How skips are joined: as the search's shared weights have it, and as a derived run is trained."""


@dataclasses.dataclass(frozen=True)
class Found:
    """One architecture of a run; its texts come from files."""

    run_id: str
    config: RunConfig
    derived: Derived
    """Which candidate of which search it is."""
    num_classes: int

    @property
    def architecture(self) -> Architecture:
        """The architecture itself."""
        return self.derived.architecture

    @property
    def forms(self) -> tuple[str, ...]:
        """The ways of joining skips that there is anything to say of: a derived run knows one."""
        return (CONCATENATED,) if self.config.derived else (SUMMED, CONCATENATED)

    def layers(self) -> list[dict[str, Any]]:
        """Every layer as plain values."""
        space, rows = self.config.space, []
        for output, skips in zip(self.architecture.outputs, self.architecture.skips, strict=True):
            place = space.slot_of_output[output]
            slot = space.slots[place]
            rows.append(
                {
                    "operation": slot.operation.kind,
                    "parameters": dataclasses.asdict(slot.operation),
                    "slot": place,
                    "poisoned": slot.poisoned,
                    "skips": list(skips),
                }
            )
        return rows

    def settings(self, form: str) -> dict[str, Any]:
        """What a network needs beside its layers."""
        child = self.config.child
        per_channel = self.config.switches.sepconv_pointwise == "per_channel"
        return {
            "filters": child.filters,
            "num_classes": self.num_classes,
            "keep_prob": child.keep_prob,
            "separable_groups": child.filters if per_channel else 1,
            "is_summed": form == SUMMED,
        }

    def document(self) -> dict[str, Any]:
        """Everything as one JSON object; layers count from 0."""
        derived = self.derived
        return {
            "version": 1,
            "run": self.run_id,
            "search": derived.of,
            "epoch": derived.epoch,
            "candidate": derived.candidate,
            "shared_weight_accuracy": derived.accuracy,
            "dataset": self.config.dataset,
            "seed": self.config.seed,
            "protocol": self.config.protocol,
            "reductions_after": list(reduction_layers(len(self.architecture.outputs))),
            "layers": self.layers(),
            "networks": {form: self.settings(form) for form in self.forms},
        }


def find_architecture(folder: RunFolder) -> Found:
    """A derived run's own architecture, or the best of a search's last finished epoch; ValueError else."""
    config, started = folder.read_config(), read_state(folder.journal_path).started
    derived = config.derived or best_found(folder)
    architecture, space = derived.architecture, config.space
    fits = len(architecture.outputs) == config.child.layers == len(architecture.skips)
    if not fits or not all(0 <= output < space.num_outputs for output in architecture.outputs):
        raise ValueError(f"run {folder.run_id}: its architecture is none of its configuration's space")
    if not all(0 <= each < layer for layer, skips in enumerate(architecture.skips) for each in skips):
        raise ValueError(f"run {folder.run_id}: its architecture skips to where nothing is yet")
    num_classes = started.num_classes if started else config.data.num_classes
    return Found(folder.run_id, config, derived, num_classes)

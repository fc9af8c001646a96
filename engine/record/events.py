"""What an engine says happened: every kind of line in a run's events.jsonl.

Errors, accuracies and shares are fractions. Steps are child steps counted from the start of the run, epochs
from 0. Events whose time of writing depends on the clock (`Progressed`) carry no result of their own.
"""

import dataclasses
import math
from typing import ClassVar

from engine.plan.architecture import Architecture
from engine.record.measures import (
    NO_DEFENCES,
    CandidateMeasures,
    ChainMeasures,
    ChildMeasures,
    ControllerMeasures,
    DefenceMeasures,
    EvaluationMeasures,
    NonFiniteMeasures,
    PhaseTimes,
)

SCHEMA_VERSION = 1
"""Written on every line; a reader knows every version up to its own."""


class Event:
    """Base of all events; `kind` is the line's `event` field."""

    kind: ClassVar[str]


@dataclasses.dataclass(frozen=True)
class RunStarted(Event):
    """An engine process took the run up: at its start, and at every resume."""

    attempt: int
    """1 for the first process on this run."""
    next_epoch: int
    """The epoch it begins with or goes on in; finished epochs from here on in the journal are void."""
    known_first: tuple[str, ...]
    """Kinds of `NumericsBroke` its checkpoint knows of; others in the journal are void."""
    device: str
    device_name: str
    versions: dict[str, str]
    num_parameters: int
    num_train: int
    num_val: int
    num_test: int
    num_classes: int
    steps_per_epoch: int
    kind = "run_started"


@dataclasses.dataclass(frozen=True)
class Progressed(Event):
    """Where the engine is now; at most four a second."""

    epoch: int
    phase: str
    """child, controller or evaluation."""
    step: int
    """Steps of the phase done."""
    num_steps: int
    loss: float | None
    """Child phase: the last finished step's loss. Controller phase: the mean reward of the last update."""
    images_per_second: float
    kind = "progressed"


@dataclasses.dataclass(frozen=True)
class ChainNorm:
    """One normalisation of a constant map on the way of a gradient that broke."""

    layer: int
    """Counted from 0; of a reduction, the layer it follows."""
    operation: str
    """Label of the layer's operation."""
    part: str
    """Path of the module within the child."""
    gain: float
    """Largest absolute gradient it gave on, over the largest it got; 316 where its map has no variance."""
    gradient: float
    """The largest it gave on."""


@dataclasses.dataclass(frozen=True)
class NumericsBroke(Event):
    """The first non-finite value of its kind in this run, and where it began."""

    what: str
    """null_step (infinite norm, finite entries), gradient, loss or weight."""
    epoch: int
    step: int
    batch: int
    """Index of the batch within the epoch."""
    architecture: Architecture
    chain_length: int
    """k from the architecture alone, which takes every shift (beta) to be trained."""
    predicted: str
    """The class of that k."""
    direction: str
    """forward or backward."""
    layer: int
    """The layer it began in; -1 is the stem, the number of layers is the head."""
    operation: str
    """Label of that layer's operation, or stem, head."""
    part: str
    """Path of the module within the child whose output or gradient was the first not to be finite."""
    gradient_norm: float
    gradient_norm_by_layer: tuple[float, ...]
    """Parameter gradient norm: stem, each layer with its reductions, head."""
    activation_gradient_by_layer: tuple[float, ...]
    """Largest absolute gradient of each layer's output, 0 where none flowed."""
    measured_chain_length: int = -1
    """k as the step's own maps had it; -1 where it was not measured."""
    chain_norms: tuple[ChainNorm, ...] = ()
    """The normalisations of that chain, as the gradient meets them: from the head to the stem."""
    overflow: str = ""
    """norm (every entry finite, its sum of squares not), entry, or forward; empty where not recorded."""
    largest_gradient: float = math.nan
    """Largest absolute gradient entry that is finite."""
    num_bad_entries: int = -1
    """Gradient entries that are not finite; -1 where they were not counted."""
    first_null_step: int = -1
    """The run's first null step before this one; -1 without one."""
    num_null_steps: int = -1
    """The run's null steps before this one; -1 where they were not counted."""
    kind = "numerics_broke"

    @property
    def chain(self) -> int:
        """k of the step itself where it was measured, else that of its architecture."""
        return self.chain_length if self.measured_chain_length < 0 else self.measured_chain_length


@dataclasses.dataclass(frozen=True)
class EpochFinished(Event):
    """Everything measured in one epoch; written once its checkpoint is safe."""

    epoch: int
    child: ChildMeasures
    chains: ChainMeasures
    nonfinite: NonFiniteMeasures
    controller: ControllerMeasures
    evaluation: EvaluationMeasures
    times: PhaseTimes
    defences: DefenceMeasures = NO_DEFENCES
    kind = "epoch_finished"

    @property
    def best(self) -> CandidateMeasures:
        """The best of the evaluated architectures."""
        return self.evaluation.candidates[self.evaluation.best]


@dataclasses.dataclass(frozen=True)
class RunStopped(Event):
    """The engine was asked to stop, and did, after a checkpoint."""

    next_epoch: int
    reason: str
    kind = "run_stopped"


@dataclasses.dataclass(frozen=True)
class RunFinished(Event):
    """All epochs are done; result.json holds the same figures."""

    val_error: float
    test_error: float
    val_error_active: float
    val_error_inert: float
    test_error_active: float
    test_error_inert: float
    nan_parameter_share: float
    kind = "run_finished"


@dataclasses.dataclass(frozen=True)
class RunFailed(Event):
    """The engine could not go on."""

    reason: str
    """One line for people."""
    traceback_last_line: str
    kind = "run_failed"


@dataclasses.dataclass(frozen=True)
class DeviceLost(Event):
    """The GPU the engine was to compute on is missing or gave up; the queue takes the run up again."""

    device: str
    """As CUDA_VISIBLE_DEVICES names it, or as the configuration does."""
    reason: str
    """One line for people."""
    kind = "device_lost"


@dataclasses.dataclass(frozen=True)
class RunRequeued(Event):
    """The queue lets the run go on from its checkpoint, unasked: its engine, GPU or node was lost."""

    number: int
    """1 for the first time since the run last ended of itself or was stopped."""
    reason: str
    """One line for people."""
    kind = "run_requeued"


@dataclasses.dataclass(frozen=True)
class Warned(Event):
    """Something a person should know that did not stop the run."""

    text: str
    kind = "warned"


EVENT_KINDS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        RunStarted,
        Progressed,
        NumericsBroke,
        EpochFinished,
        RunStopped,
        RunFinished,
        RunFailed,
        DeviceLost,
        RunRequeued,
        Warned,
    )
}

"""Named fakes: a search without torch, and the events it would say."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig
from engine.process.gpus import Gpu
from engine.record.events import EpochFinished, Event, NumericsBroke, RunFinished, RunStarted, RunStopped
from engine.record.folder import RunFolder
from engine.record.measures import (
    CandidateMeasures,
    ChainMeasures,
    ChildMeasures,
    ControllerMeasures,
    EvaluationMeasures,
    NonFiniteMeasures,
    PhaseTimes,
)

TINY = {
    "name": "tiny",
    "dataset": "synthetic",
    "epochs": 3,
    "child": {"layers": 3, "filters": 2, "batch_size": 8},
    "controller": {"updates": 1, "samples_per_update": 1},
    "data": {"num_train": 16, "num_val": 16, "num_test": 16},
    "evaluation": {"candidates": 2},
    "engine": {"device": "cpu"},
}
"""The smallest search there is, as a configuration file's table."""

ARCHITECTURE = Architecture((0, 1, 2), ((), (0,), (0, 1)))


def fake_started(
    next_epoch: int = 0, attempt: int = 1, num_classes: int = 10, num_val: int = 5000
) -> RunStarted:
    """An engine taking a run up."""
    return RunStarted(
        attempt=attempt,
        next_epoch=next_epoch,
        known_first=(),
        device="cpu",
        device_name="a fake CPU",
        versions={"torch": "none"},
        num_parameters=1000,
        num_train=45_000,
        num_val=num_val,
        num_test=10_000,
        num_classes=num_classes,
        steps_per_epoch=352,
    )


def fake_epoch(
    epoch: int = 0,
    val_error: float = 0.5,
    test_error: float = 0.5,
    nan_parameter_share: float = 0.0,
    accuracies: tuple[float, ...] = (0.5, 0.4),
    first_steps: dict[str, int] | None = None,
    policy: tuple[tuple[float, ...], ...] = (),
) -> EpochFinished:
    """One epoch's measures; what is not given is plausible and of no importance."""
    candidates = tuple(CandidateMeasures(ARCHITECTURE, accuracy, 0, 0) for accuracy in accuracies)
    return EpochFinished(
        epoch,
        ChildMeasures(0.05, 352, 1.5, 0.5, 2.0, 9.0, 10, (1.0, 2.0, 9.0), (1, 0, 0, 0)),
        ChainMeasures(2, 352, 0, 0, 0),
        NonFiniteMeasures(0, 0, 0, 0, 0, nan_parameter_share, first_steps or {}),
        ControllerMeasures(0.5, 0.1, 0.5, 0.0, 0.1, 0.1, 0.2, 1.7, 1.8, 0.69, 0.4, policy),
        EvaluationMeasures(
            candidates, 0, val_error, test_error, val_error, val_error, test_error, test_error
        ),
        PhaseTimes(1.0, 0.5, 0.5, 1000.0, 10**6),
    )


def fake_break(what: str = "gradient", epoch: int = 0, step: int = 23) -> NumericsBroke:
    """The first non-finite value of a kind."""
    return NumericsBroke(
        what=what,
        epoch=epoch,
        step=step,
        batch=3,
        architecture=ARCHITECTURE,
        chain_length=18,
        predicted="nan",
        direction="backward",
        layer=2,
        operation="dropout p1",
        part="layers.2.norm",
        gradient_norm=float("nan"),
        gradient_norm_by_layer=(1.0,),
        activation_gradient_by_layer=(1.0,),
    )


class FakeGpus:
    """A fake of the GPU reader: cards that exist only here, with memory that tests take and give back."""

    def __init__(self, *names: str, total_bytes: int = 0) -> None:
        """So many cards; without a total nobody knows their memory."""
        free = total_bytes or None
        self.cards = {name: Gpu(name, index, total_bytes, free) for index, name in enumerate(names)}

    def read(self) -> tuple[Gpu, ...]:
        """The cards as they are now."""
        return tuple(self.cards.values())

    def set_free(self, name: str, free_bytes: int) -> None:
        """What is left of a card's memory, whoever took the rest."""
        self.cards[name] = dataclasses.replace(self.cards[name], free_bytes=free_bytes)

    def lose(self, name: str) -> None:
        """A card that no longer answers."""
        del self.cards[name]


@dataclasses.dataclass
class FakeSearch:
    """Says what a search says, epoch after epoch, and computes nothing."""

    epoch_seconds: float = 0.0
    error: BaseException | None = None
    """Raised after the first epoch."""
    ignores_stop: bool = False

    def __call__(
        self,
        config: RunConfig,
        folder: RunFolder,
        emit: Callable[[Event], None],
        stop_requested: Callable[[], bool],
        data_dir: Path,
    ) -> bool:
        """Run the epochs that the journal does not have yet; True when finished, False when stopped."""
        del data_dir
        first = folder.last_recorded_epoch() + 1
        emit(fake_started(first, attempt=1 + folder.num_starts()))
        for epoch in range(first, config.epochs):
            end = time.monotonic() + self.epoch_seconds
            while time.monotonic() < end:
                if stop_requested() and not self.ignores_stop:
                    emit(RunStopped(epoch, "asked to stop"))
                    return False
                time.sleep(0.005)
            emit(fake_epoch(epoch))
            if self.error is not None:
                raise self.error
        folder.write_result({"version": 1, "val_error": 0.5, "test_error": 0.5})
        emit(RunFinished(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0))
        return True

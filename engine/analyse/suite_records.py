"""A suite's runs, gathered by experiment and variant, and what they come to together."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.analyse.outcomes import Spread, spread_of
from engine.analyse.run_record import RunRecord
from engine.plan.config import PaperFigures, RunConfig
from engine.plan.presets import resolve_config
from engine.plan.suites import BASE
from engine.record.events import RunFinished

Read = Callable[[RunFinished], float]
"""One of a finished run's final errors."""


@dataclasses.dataclass(frozen=True)
class Experiment:
    """All runs of one experiment in one variant."""

    name: str
    variant: str
    preset: RunConfig
    """The paper's experiment at full size."""
    records: tuple[RunRecord, ...]
    """One a seed, finished or not."""
    num_planned: int

    @property
    def paper(self) -> PaperFigures:
        """What the paper reports."""
        return self.preset.paper or PaperFigures("")

    @property
    def finished(self) -> tuple[RunRecord, ...]:
        """The runs that have final errors."""
        return tuple(record for record in self.records if record.final is not None)

    def spread(self, read: Read) -> Spread | None:
        """Mean and spread of a final error over the finished runs; None when there is none."""
        values = [read(record.final) for record in self.finished if record.final is not None]
        return spread_of(values) if values else None

    def poisoned_layers(self) -> tuple[int, ...]:
        """Sampled children with 0, 1, ... L poisoned layers, over all seeds and epochs."""
        length = max((len(record.poisoned_layers) for record in self.records), default=0)
        return tuple(
            sum(each.poisoned_layers[i] for each in self.records if i < len(each.poisoned_layers))
            for i in range(length)
        )


@dataclasses.dataclass(frozen=True)
class SuiteRecords:
    """Everything a report is made of."""

    name: str
    title: str
    is_reduced: bool
    changes: tuple[str, ...]
    """What was laid over the paper's settings."""
    protocol: str
    """Of the base variant."""
    experiments: Mapping[tuple[str, str], Experiment]
    """By variant and name."""

    def get(self, name: str, variant: str = BASE) -> Experiment | None:
        """An experiment, if the suite has it."""
        return self.experiments.get((variant, name))

    def variants(self) -> tuple[str, ...]:
        """The variants there are, in the order they came."""
        return tuple(dict.fromkeys(variant for variant, _ in self.experiments))

    def records(self) -> tuple[RunRecord, ...]:
        """Every run."""
        return tuple(record for each in self.experiments.values() for record in each.records)


def gather_experiments(
    members: Iterable[tuple[str, str, RunRecord | None]],
) -> dict[tuple[str, str], Experiment]:
    """(experiment, variant, its run or None where it is missing), gathered in the order they come."""
    groups: dict[tuple[str, str], list[RunRecord | None]] = {}
    for name, variant, record in members:
        groups.setdefault((variant, name), []).append(record)
    return {
        (variant, name): Experiment(
            name,
            variant,
            resolve_config(name, {}, []),
            tuple(record for record in records if record is not None),
            len(records),
        )
        for (variant, name), records in groups.items()
    }


def moving_average(values: Sequence[float], window: int) -> list[float]:
    """The mean of each value and those before it, `window` in all; of what there is at the beginning.

    A value that is not finite makes every mean it is in NaN: a gap, not a guess.
    """
    means = []
    for end in range(1, len(values) + 1):
        part = values[max(0, end - window) : end]
        means.append(sum(part) / len(part) if all(map(math.isfinite, part)) else math.nan)
    return means


def paper_window(num_epochs: int) -> int:
    """The paper averages over 20 of 300 epochs; the same share of a shorter run, and at least one."""
    return max(1, round(num_epochs * 20 / 300))

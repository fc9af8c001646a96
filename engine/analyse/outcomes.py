"""What finished runs came to, gathered by the preset they are full runs of."""

import dataclasses
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

from engine.analyse.seeds import one_a_seed
from engine.plan.config import RunConfig
from engine.plan.experiment import experiment_of
from engine.record.folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Finished:
    """A finished run and its final errors, fractions."""

    folder: RunFolder
    name: str
    """Of its configuration."""
    seed: int
    val_error: float
    test_error: float
    created_time: float
    """Wall time, seconds since the epoch."""


@dataclasses.dataclass(frozen=True)
class Spread:
    """A mean and how far runs lie apart."""

    mean: float
    deviation: float | None
    """Standard deviation over the runs; None for a single one."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The finished runs of one preset at its full settings, one a seed; errors are fractions."""

    num_runs: int
    val_error: Spread
    test_error: Spread


class Outcomes:
    """Gathers finished runs; the configuration of each is read once, for it never changes."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._is_full: dict[tuple[str, str], bool] = {}

    def gather(self, presets: Mapping[str, RunConfig], runs: Iterable[Finished]) -> dict[str, Outcome]:
        """The outcome of each preset that has one, by its name; of equal seeds the newest run counts."""
        found: dict[str, list[Finished]] = {}
        for run in runs:
            preset = presets.get(run.name)
            if preset is not None and self.is_full(run.folder, preset):
                found.setdefault(run.name, []).append(run)
        return {
            name: outcome_of(one_a_seed(runs, lambda run: run.seed, lambda run: (True, run.created_time)))
            for name, runs in found.items()
        }

    def is_full(self, folder: RunFolder, preset: RunConfig) -> bool:
        """Whether a run is the preset's experiment and not a changed or shortened one of its name."""
        key = (folder.run_id, preset.name)
        if key not in self._is_full:
            try:
                self._is_full[key] = is_full_run(folder.read_config(), preset)
            except ValueError:
                self._is_full[key] = False
        return self._is_full[key]


def is_full_run(config: RunConfig, preset: RunConfig) -> bool:
    """Whether a run is the preset's experiment: equal but for its seed, its title and where it computed."""
    return experiment_of(dataclasses.replace(config, seed=preset.seed)) == experiment_of(preset)


def outcome_of(runs: Sequence[Finished]) -> Outcome:
    """Mean and spread over runs, of which there is at least one."""
    return Outcome(
        len(runs), spread_of([run.val_error for run in runs]), spread_of([run.test_error for run in runs])
    )


def spread_of(values: Sequence[float]) -> Spread:
    """Mean and sample standard deviation; both NaN when a value is not finite."""
    if not all(map(math.isfinite, values)):
        return Spread(math.nan, math.nan if len(values) > 1 else None)
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(statistics.fmean(values), deviation)

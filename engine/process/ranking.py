"""A search's architectures under its shared weights and trained from scratch, and how the orders agree."""

import dataclasses
import statistics
from collections.abc import Iterable, Sequence

from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig
from engine.plan.experiment import experiment_of
from engine.process.listing import RunRow
from engine.process.shared_scores import ask_shared_scores
from engine.record.events import RunFinished
from engine.record.folder import RunFolder

LEAST_RANKED = 3
"""With two architectures a tau is 1 or -1, and says nothing."""


@dataclasses.dataclass(frozen=True)
class Ranked:
    """One architecture by every measure there is; accuracies are fractions."""

    candidate: int
    """Its index among the epoch's candidates."""
    num_poisoned: int
    batch_accuracy: float
    """What the search saw: shared weights, one validation batch, poison inert."""
    shared_active: float
    """Shared weights, the whole validation set once, poison active."""
    shared_inert: float
    scratch_active: float
    """From scratch, test images, poison active; mean over the seeds."""
    scratch_inert: float
    run_ids: tuple[str, ...]
    """The derived runs."""


@dataclasses.dataclass(frozen=True)
class Ranking:
    """The architectures of one search that were trained from scratch under one set of settings."""

    search: str
    epoch: int
    """Whose candidates they are, and the one after which the shared weights were saved."""
    epochs: int
    """Each was trained for."""
    ranked: tuple[Ranked, ...]


def find_rankings(folder: RunFolder, rows: Iterable[RunRow]) -> list[Ranking]:
    """Rank a search's derived runs that are finished, those of different settings apart.

    Only candidates of its last epoch can be: of earlier ones the shared weights are not kept. ValueError
    when there are fewer than three of them.
    """
    search = folder.read_config()
    if search.derived is not None:
        raise ValueError(f"run {folder.run_id} is a derived run: name the search it is of")
    groups = _grouped(folder, rows)
    most = max(map(len, groups.values()), default=0)
    if most < LEAST_RANKED:
        raise ValueError(
            f"run {folder.run_id} has {most} architectures of its last epoch trained from scratch: "
            f"tau needs {LEAST_RANKED}; `ssp-tui derive {folder.run_id} --sample 8` trains some"
        )
    kept = {key: runs for key, runs in groups.items() if len(runs) >= LEAST_RANKED}
    wanted = list(dict.fromkeys(each for group in kept.values() for each in group))
    scores = ask_shared_scores(folder, wanted)
    shared = dict(
        zip(wanted, zip(scores.val_errors_active, scores.val_errors_inert, strict=True), strict=True)
    )
    return [
        Ranking(
            folder.run_id,
            scores.epoch,
            key.epochs,
            tuple(_ranked(search, runs, shared[architecture]) for architecture, runs in group.items()),
        )
        for key, group in kept.items()
    ]


_Finished = tuple[RunRow, RunConfig, RunFinished]


def _grouped(
    folder: RunFolder, rows: Iterable[RunRow]
) -> dict[RunConfig, dict[Architecture, list[_Finished]]]:
    """Finished derived runs by settings, seed apart, and by architecture."""
    last_epoch = folder.last_recorded_epoch()
    groups: dict[RunConfig, dict[Architecture, list[_Finished]]] = {}
    for row in rows:
        ending = row.summary.ending
        if row.derived_of != folder.run_id or not isinstance(ending, RunFinished):
            continue
        try:
            config = row.folder.read_config()
        except ValueError:
            continue
        if config.derived is not None and config.derived.epoch == last_epoch:
            key = dataclasses.replace(experiment_of(config), seed=0, derived=None)
            group = groups.setdefault(key, {})
            group.setdefault(config.derived.architecture, []).append((row, config, ending))
    return groups


def _ranked(search: RunConfig, runs: Sequence[_Finished], shared: tuple[float, float]) -> Ranked:
    derived = runs[0][1].derived
    assert derived is not None
    active = [1 - ending.test_error_active for _, _, ending in runs]
    inert = [1 - ending.test_error_inert for _, _, ending in runs]
    return Ranked(
        derived.candidate,
        derived.architecture.num_poisoned(search.space),
        derived.accuracy,
        1 - shared[0],
        1 - shared[1],
        statistics.fmean(active),
        statistics.fmean(inert),
        tuple(row.run_id for row, _, _ in runs),
    )

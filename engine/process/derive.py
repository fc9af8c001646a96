"""Which architectures of a search are trained from scratch, taken from its journal."""

from engine.plan.derived import Derived
from engine.plan.setting import shown
from engine.record.events import EpochFinished
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.measures import CandidateMeasures


def best_found(folder: RunFolder, epoch: int | None = None, candidate: int | None = None) -> Derived:
    """The best candidate of the last finished epoch, or the one that is asked for.

    As Pham et al. 2018 (section 2.2) derive: of several architectures sampled from the policy the one with
    the highest accuracy on one validation batch. ValueError when there is no such epoch or candidate.
    """
    finished = _finished(folder, epoch)
    num_candidates = len(finished.evaluation.candidates)
    index = finished.evaluation.best if candidate is None else candidate
    if not 0 <= index < num_candidates:
        raise ValueError(
            f"--candidate {index} is not allowed: epoch {finished.epoch} of run {folder.run_id} evaluated "
            f"{num_candidates}, 0 to {num_candidates - 1}"
        )
    return _derived(folder, finished, index)


def sampled(folder: RunFolder, num: int, epoch: int | None = None) -> list[Derived]:
    """The first `num` different candidates of an epoch, the last finished one if none is named.

    The policy drew them one by one, so the first are as good a sample as any. ValueError when they are fewer.
    """
    finished = _finished(folder, epoch)
    places: dict[object, int] = {}
    for index, each in enumerate(finished.evaluation.candidates):
        places.setdefault(each.architecture, index)
    if not 1 <= num <= len(places):
        raise ValueError(
            f"--sample {num} is not allowed: epoch {finished.epoch} of run {folder.run_id} evaluated "
            f"{len(places)} different architectures (evaluation.candidates of the search)"
        )
    return [_derived(folder, finished, index) for index in list(places.values())[:num]]


def _finished(folder: RunFolder, epoch: int | None) -> EpochFinished:
    config, state = folder.read_config(), read_state(folder.journal_path)
    if config.derived is not None:
        raise ValueError(
            f"run {folder.run_id} is itself derived, of {shown(config.derived.of)}: derive from that search"
        )
    if not state.epochs:
        raise ValueError(f"run {folder.run_id} has no finished epoch yet: there is no architecture to derive")
    epochs = {each.epoch: each for each in state.epochs}
    chosen = max(epochs) if epoch is None else epoch
    if chosen not in epochs:
        raise ValueError(
            f"--epoch {chosen} is not allowed: run {folder.run_id} finished {min(epochs)} to {max(epochs)}"
        )
    return epochs[chosen]


def _derived(folder: RunFolder, epoch: EpochFinished, index: int) -> Derived:
    each: CandidateMeasures = epoch.evaluation.candidates[index]
    return Derived(folder.run_id, epoch.epoch, index, each.accuracy, each.architecture)

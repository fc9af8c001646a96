"""Scoring architectures with a search's own weights, from its newest checkpoint; nothing is trained."""

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.learn.checkpoint import load_newest
from engine.learn.device import open_device
from engine.learn.evaluation import errors_on
from engine.learn.search_state import new_search
from engine.plan.architecture import Architecture
from engine.record.folder import RunFolder
from engine.record.shared_scores import SharedScores


def score_shared(
    folder: RunFolder, architectures: Sequence[Architecture], data_dir: Path, say: Callable[[str], None]
) -> SharedScores:
    """Both validation errors of each architecture under the weights of a search's last finished epoch.

    ValueError when there is no checkpoint, or it is one from the middle of an epoch: its weights are no
    epoch's.
    """
    config = folder.read_config()
    contents = load_newest(folder.checkpoint_folder, say)
    if contents is None:
        raise ValueError(f"run {folder.run_id} has no checkpoint that can be read")
    if contents["phases"]:
        raise ValueError(f"run {folder.run_id} stopped in the middle of an epoch: let it finish first")
    search = new_search(config, open_device(config.engine), data_dir)
    search.restore(contents["state"])
    found = [errors_on(search, search.validation, each, False, lambda _: None) for each in architectures]
    return SharedScores(
        contents["next_epoch"] - 1,
        tuple(errors.active for errors in found),
        tuple(errors.inert for errors in found),
    )

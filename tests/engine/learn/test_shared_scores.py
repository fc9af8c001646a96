"""Scores of architectures under a search's own weights, of whole epochs only."""

from pathlib import Path

import pytest
import torch

from engine.learn.shared_scores import score_shared
from engine.record.folder import RunFolder
from tests.builders import DROPOUT, StopAfter, poison_table, random_architectures, run_once, small_config

CONFIG = small_config(space=poison_table(2, DROPOUT, {"op": "gaussian", "sigma": 2.0}))
DATA = Path("no-data-needed")


def silent(text: str) -> None:
    raise AssertionError(text)


def test_scores_are_the_errors_of_the_last_weights_on_every_validation_image(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", CONFIG)
    state, _, done = run_once(CONFIG, folder)
    assert done
    architectures = random_architectures(CONFIG.space, 3, 3, 5)
    scores = score_shared(folder, architectures, DATA, silent)
    assert scores.epoch == CONFIG.epochs - 1
    everything = torch.arange(len(state.validation))
    images, labels = state.validation.plain(everything)
    size = CONFIG.child.batch_size  # the batch is part of the measure: its own statistics normalise
    for architecture, error in zip(architectures, scores.val_errors_inert, strict=True):
        with torch.no_grad():
            wrong = sum(
                int((state.child.eval()(part, architecture).argmax(1) != labels[start : start + size]).sum())
                for start in range(0, len(labels), size)
                for part in [images[start : start + size].contiguous(memory_format=torch.channels_last)]
            )
        assert error == wrong / len(labels)
    assert len(scores.val_errors_active) == 3


def test_scoring_twice_says_the_same_and_leaves_the_run_as_it_was(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", CONFIG)
    run_once(CONFIG, folder)
    before = {path: path.read_bytes() for path in sorted(folder.path.rglob("*")) if path.is_file()}
    architectures = random_architectures(CONFIG.space, 2, 3, 6)
    assert score_shared(folder, architectures, DATA, silent) == score_shared(
        folder, architectures, DATA, silent
    )
    assert {path: path.read_bytes() for path in sorted(folder.path.rglob("*")) if path.is_file()} == before


def test_weights_from_the_middle_of_an_epoch_are_no_epochs_and_are_refused(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", CONFIG)
    with pytest.raises(ValueError, match="run run has no checkpoint that can be read"):
        score_shared(folder, [], DATA, silent)
    run_once(CONFIG, folder, StopAfter(3))
    with pytest.raises(ValueError, match="stopped in the middle of an epoch: let it finish first"):
        score_shared(folder, [], DATA, silent)

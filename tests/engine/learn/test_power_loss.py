"""What outlasts a power loss: the journal is on the disk before the checkpoint that relies on it."""

import os
from pathlib import Path

import pytest

from engine.record.journal import read_state
from tests.builders import StopAfter, folder_at, run_once, small_config
from tests.sameness import assert_same


def test_what_a_checkpoint_takes_for_told_is_synced_to_the_disk_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a power loss would leave the checkpoint of epoch 9 and a journal that ends with epoch 5."""
    synced: list[tuple[str, int]] = []
    real_sync = os.fsync

    def sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((path.name, path.stat().st_size if path.is_file() else 0))
        real_sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    folder = folder_at(tmp_path / "run")
    run_once(small_config(), folder)
    names = [name for name, _ in synced[:6]]
    assert names == ["events.jsonl", ".draft", "checkpoints"] * 2
    lines = folder.journal_path.read_bytes().splitlines(keepends=True)
    first_epoch = next(i for i, line in enumerate(lines) if b'"epoch_finished"' in line)
    assert synced[3][1] >= sum(map(len, lines[: first_epoch + 1]))


def test_a_journal_that_lost_its_middle_is_told_of_and_the_search_goes_on(tmp_path: Path) -> None:
    config = small_config(epochs=4)
    whole, _, _ = run_once(config, folder_at(tmp_path / "whole"))
    folder = folder_at(tmp_path / "damaged")
    run_once(config, folder, StopAfter(3 * 14))
    lines = folder.journal_path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"epoch_finished","epoch":1,' not in line]
    assert len(kept) == len(lines) - 1
    folder.journal_path.write_bytes(b"".join(kept))
    state, _, _ = run_once(config, folder)
    assert_same(state.saved(), whole.saved())
    told = read_state(folder.journal_path)
    assert [epoch.epoch for epoch in told.epochs] == [0, 2, 3]
    assert told.warnings == ("the journal is damaged: the figures of epoch 1 are lost, the weights are not",)

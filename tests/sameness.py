"""Whether two runs ended alike: the same events, times aside, and the same last checkpoint, bit for bit."""

import dataclasses
from typing import Any

import torch

from engine.learn.checkpoint import load_newest
from engine.record.events import EpochFinished, NumericsBroke
from engine.record.folder import RunFolder
from engine.record.journal import read_state


def told(folder: RunFolder) -> tuple[list[EpochFinished], list[NumericsBroke]]:
    """What the journal says after folding, times aside."""
    state = read_state(folder.journal_path)
    no_times = dataclasses.replace(
        state.epochs[0].times,
        **{field.name: 0 for field in dataclasses.fields(state.epochs[0].times)},
    )
    return [dataclasses.replace(epoch, times=no_times) for epoch in state.epochs], list(state.broke)


def assert_same(ours: Any, theirs: Any) -> None:
    """Equal bit for bit, through dicts and lists; NaN equals NaN; times aside."""
    if isinstance(ours, torch.Tensor):
        assert torch.equal(torch.nan_to_num(ours, nan=7.0), torch.nan_to_num(theirs, nan=7.0))
        assert torch.equal(ours.isnan(), theirs.isnan())
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key in ours:
            assert_same(ours[key], theirs[key])
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert_same(mine, other)
    else:
        assert repr(ours) == repr(theirs)


def assert_ended_alike(disturbed: RunFolder, undisturbed: RunFolder) -> None:
    """The same events, the same last checkpoint."""
    assert repr(told(disturbed)) == repr(told(undisturbed))
    assert disturbed.read_result() == undisturbed.read_result()
    states = [load_newest(each.checkpoint_folder, print) for each in (disturbed, undisturbed)]
    assert states[0] is not None
    assert states[1] is not None
    assert_same(states[0]["state"], states[1]["state"])

"""Promise 1, without power: whatever a power loss leaves of a journal and its checkpoints is taken up again.

The model: the last writes may be cut at any byte, come as zeros, be missing, or be there while earlier ones
are not; what was synced before a later write began is there.
"""

import collections
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.learn.checkpoint import load_newest
from engine.plan.config import read_config
from engine.record.events import RunStarted, Warned
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from tests.builders import StopAfter, run_once
from tests.fakes import TINY
from tests.sameness import assert_same, told

NUM_DAMAGES = 400
NUM_EPOCHS = 5
CONFIG = read_config({**TINY, "epochs": NUM_EPOCHS})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[RunFolder]:
    """A finished run; the same stopped in its fourth epoch; the same just after its third was told."""
    place = tmp_path_factory.mktemp("whole")
    finished, stopped = (RunFolder.create(place / name, CONFIG) for name in ("finished", "stopped"))
    between = RunFolder(place / "between")

    def copied_between_epochs() -> bool:
        if len(read_state(finished.journal_path).epochs) == 3 and not between.path.exists():
            shutil.copytree(finished.path, between.path)
        return False

    run_once(CONFIG, finished, copied_between_epochs)
    run_once(CONFIG, stopped, StopAfter(28))
    assert len(read_state(stopped.journal_path).epochs) == 3
    return [finished, stopped, between]


def checkpoints(folder: RunFolder) -> list[Path]:
    """Oldest first."""
    return sorted(folder.checkpoint_folder.glob("*.pt"))


def cut(path: Path, chance: random.Random) -> None:
    """Leave the beginning."""
    raw = path.read_bytes()
    path.write_bytes(raw[: chance.randrange(len(raw))])


def blank(path: Path, chance: random.Random) -> None:
    """The size is there, the last blocks never came."""
    raw = path.read_bytes()
    kept = chance.randrange(len(raw))
    path.write_bytes(raw[:kept] + bytes(len(raw) - kept))


def lose_block(path: Path, chance: random.Random) -> None:
    """A later block came, an earlier one did not."""
    raw = bytearray(path.read_bytes())
    begin = chance.randrange(len(raw))
    end = min(len(raw), begin + chance.choice((1, 512, 4096)))
    raw[begin:end] = bytes(end - begin)
    path.write_bytes(raw)


def lose(path: Path, chance: random.Random) -> None:
    """The name never came."""
    del chance
    path.unlink()


HOW = (cut, blank, lose_block, lose)


def break_something(folder: RunFolder, chance: random.Random) -> str:
    """Break the newest checkpoint, the journal, or both; returns which."""
    what = chance.choice(("checkpoint", "journal", "both"))
    if what != "journal":
        chance.choice(HOW)(checkpoints(folder)[-1], chance)
        if chance.random() < 0.3:
            (folder.checkpoint_folder / ".draft").write_bytes(chance.randbytes(1000))
    if what != "checkpoint":
        chance.choice(HOW)(folder.journal_path, chance)
    return what


def assert_damage_is_told(folder: RunFolder, before: list[int], next_epoch: int) -> None:
    """Every epoch that was recorded is in the journal again, or a warning names it."""
    state = read_state(folder.journal_path)
    warnings = " ".join(state.warnings)
    lost = set(range(next_epoch)) - {epoch.epoch for epoch in state.epochs}
    assert bool(lost) == ("the journal is damaged" in warnings)
    assert all(f"epoch {e}" in warnings or f"from {min(lost)} to {max(lost)}" in warnings for e in lost)
    again = [epoch for epoch in before if epoch >= next_epoch]
    assert bool(again) == ("done again" in warnings)


def test_whatever_a_power_loss_leaves_goes_on_from_the_last_whole_epoch_and_the_damage_is_told(
    tmp_path: Path,
    whole: list[RunFolder],
    scaled: Callable[[int, int], int],
    seed: int,
    figure: Callable[[str], None],
) -> None:
    finished, *unfinished = whole
    expected = {epoch.epoch: repr(epoch) for epoch in told(finished)[0]}
    seen: collections.Counter[str] = collections.Counter()
    for number in range(scaled(NUM_DAMAGES, 30)):
        print(f'random.Random("{seed}-{number}")')
        chance = random.Random(f"{seed}-{number}")
        folder = RunFolder(tmp_path / "run")
        shutil.copytree(chance.choice(unfinished).path, folder.path)
        seen[break_something(folder, chance)] += 1
        newest_whole = load_newest(folder.checkpoint_folder, (damaged := []).append)
        before = [epoch.epoch for epoch in read_state(folder.journal_path).epochs]

        state, events, done = run_once(CONFIG, folder)

        started = events[0]
        assert done
        assert isinstance(started, RunStarted)
        assert newest_whole is not None
        assert started.next_epoch == newest_whole["next_epoch"] >= 2
        assert set(damaged) <= {event.text for event in events if isinstance(event, Warned)}
        assert_damage_is_told(folder, before, started.next_epoch)
        assert all(repr(epoch) == expected[epoch.epoch] for epoch in told(folder)[0])
        assert_same(state.saved(), load_newest(finished.checkpoint_folder, print)["state"])
        shutil.rmtree(folder.path)
    figure(f"{seen.total()} damages, seed {seed}: {dict(seen)}")

"""Which derived runs of a search are ranked together, and by what."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig, read_config
from engine.plan.derivation import derived_config
from engine.plan.derived import Derived
from engine.process import ranking
from engine.process.listing import list_runs
from engine.process.ranking import find_rankings
from engine.record.events import RunFinished
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.shared_scores import SharedScores
from tests.fakes import TINY, fake_epoch, fake_started

ARCHITECTURES = [Architecture((0, 1, last), ((), (), ())) for last in range(4)]


class FakeScores:
    """Scores every architecture by its last operation, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Architecture] = []

    def __call__(self, folder: RunFolder, architectures: Sequence[Architecture]) -> SharedScores:
        """Half of it with the poison active."""
        del folder
        self.asked = list(architectures)
        inert = tuple(each.outputs[-1] / 10 for each in architectures)
        return SharedScores(1, tuple(error / 2 for error in inert), inert)


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> FakeScores:
    """In the place of an engine."""
    fake = FakeScores()
    monkeypatch.setattr(ranking, "ask_shared_scores", fake)
    return fake


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def search_in(home: Home) -> RunFolder:
    """A search of two finished epochs."""
    folder = home.create_run(read_config(TINY))
    journal = folder.open_journal()
    for event in (fake_started(), fake_epoch(0), fake_epoch(1)):
        journal.append(event)
    journal.close()
    return folder


def derive(
    home: Home,
    search: RunFolder,
    place: int,
    error: float | None,
    seed: int = 69,
    epochs: int = 3,
    of_epoch: int = 1,
) -> str:
    """A derived run that came to `error`, or one that is not finished."""
    derived = Derived(search.run_id, of_epoch, place, 0.5, ARCHITECTURES[place])
    config: RunConfig = derived_config(search.read_config(), derived, {"seed": seed, "epochs": epochs}, [])
    folder = home.create_run(config)
    journal = folder.open_journal()
    journal.append(fake_started())
    if error is not None:
        journal.append(fake_epoch(0))
        journal.append(RunFinished(error, error, error, error, error, error / 2, 0.0))
    journal.close()
    return folder.run_id


def test_finished_runs_of_the_last_epoch_are_ranked_and_seeds_of_one_architecture_averaged(
    home: Home, scores: FakeScores
) -> None:
    search = search_in(home)
    ids = [derive(home, search, place, 0.2 + place / 10) for place in range(3)]
    again = derive(home, search, 0, 0.6, seed=5)
    derive(home, search, 3, None)
    derive(home, search, 3, 0.9, of_epoch=0)
    (found,) = find_rankings(search, list_runs(home))
    assert (found.search, found.epoch, found.epochs) == (search.run_id, 1, 3)
    assert sorted(scores.asked, key=lambda each: each.outputs) == ARCHITECTURES[:3]
    by_place = {each.candidate: each for each in found.ranked}
    assert sorted(by_place) == [0, 1, 2]
    assert by_place[0].scratch_active == pytest.approx(1 - (0.2 + 0.6) / 2)
    assert by_place[0].scratch_inert == pytest.approx(1 - (0.2 + 0.6) / 4)
    assert set(by_place[0].run_ids) == {ids[0], again}
    assert by_place[2].shared_inert == pytest.approx(0.8)
    assert by_place[2].shared_active == pytest.approx(0.9)


def test_runs_of_other_settings_are_ranked_apart(home: Home, scores: FakeScores) -> None:
    search = search_in(home)
    for epochs in (3, 5):
        for place in range(3):
            derive(home, search, place, 0.5, epochs=epochs)
    derive(home, search, 3, 0.5, epochs=7)
    found = find_rankings(search, list_runs(home))
    assert sorted(each.epochs for each in found) == [3, 5]
    assert len(scores.asked) == 3


def test_fewer_than_three_are_refused_and_so_is_a_search_of_somebody_else(
    home: Home, scores: FakeScores
) -> None:
    search, other = search_in(home), search_in(home)
    for place in range(2):
        derive(home, search, place, 0.5)
    for folder, number in ((search, 2), (other, 0)):
        with pytest.raises(ValueError, match=f"has {number} architectures of its last epoch"):
            find_rankings(folder, list_runs(home))
    assert scores.asked == []


def test_a_run_whose_configuration_cannot_be_read_is_passed_over(home: Home, scores: FakeScores) -> None:
    search = search_in(home)
    ids = [derive(home, search, place, 0.5) for place in range(4)]
    path = home.run_folder(ids[3]).config_path
    path.write_text(path.read_text().replace("[child]", "[chidl]"))
    (found,) = find_rankings(search, list_runs(home))
    assert len(found.ranked) == 3
    assert len(scores.asked) == 3
    assert dataclasses.is_dataclass(found)

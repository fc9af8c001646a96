"""An evaluation counts the images it should, in both modes, and the best candidate is the best."""

from typing import Any

import pytest
import torch
from torch import Tensor

from engine.data.resident import ResidentImages
from engine.learn.evaluation import StopAskedError, evaluate
from engine.learn.search_state import SearchState
from engine.record.measures import EvaluationMeasures
from tests.builders import Recorder, StopAfter, never, poison_table, search_of, small_config

GAUSSIAN = {"op": "gaussian", "sigma": 10.0}


def evaluated(search: SearchState) -> EvaluationMeasures:
    return evaluate(search, 0, Recorder().reporter, never)


class Seen:
    """Remembers which images a search handed to its child, and whether they were augmented."""

    def __init__(self, search: SearchState) -> None:
        self.test: list[int] = []
        self.validation: list[list[int]] = []
        self.augmented: set[tuple[str, bool]] = set()
        original = search.child_images

        def noting(
            images: ResidentImages, indices: Tensor, generator: torch.Generator, augment: bool
        ) -> tuple[Tensor, Tensor]:
            name = "test" if images is search.test else "validation"
            self.augmented.add((name, augment))
            if name == "test":
                self.test += indices.tolist()
            else:
                self.validation.append(indices.tolist())
            return original(images, indices, generator, augment)

        search.child_images = noting  # type: ignore[method-assign]


@pytest.mark.parametrize("switch", ["augmented", "plain"])
def test_every_test_image_counts_once_and_plain(switch: str) -> None:
    search = search_of(small_config(data={"num_test": 19}, switches={"validation_augmentation": switch}))
    seen = Seen(search)
    evaluated(search)
    assert sorted(seen.test) == list(range(19))
    assert ("test", True) not in seen.augmented


def test_augmented_validation_drops_the_incomplete_last_batch() -> None:
    search = search_of(small_config(switches={"validation_augmentation": "augmented"}))
    seen = Seen(search)
    evaluated(search)
    _, *batches = seen.validation  # the first is the candidates'
    assert [len(batch) for batch in batches] == [4, 4]
    assert len({index for batch in batches for index in batch}) == 8
    assert ("validation", False) not in seen.augmented


def test_plain_validation_counts_every_image_once() -> None:
    search = search_of(small_config(switches={"validation_augmentation": "plain"}))
    seen = Seen(search)
    evaluated(search)
    _, *batches = seen.validation
    assert sorted(index for batch in batches for index in batch) == list(range(10))
    assert ("validation", True) not in seen.augmented


def test_errors_are_fractions_of_the_images_counted() -> None:
    search = search_of(small_config(data={"num_test": 19}))
    found = evaluated(search)
    for error, num_images in ((found.test_error_inert, 19), (found.val_error_inert, 8)):
        assert error * num_images == pytest.approx(round(error * num_images), abs=1e-9)
        assert 0 <= error <= 1


def noisy_search() -> SearchState:
    """A search nearly all of whose operations are noise, with enough images to tell errors apart."""
    space: dict[str, Any] = {"base": ["conv3x3"], **poison_table(100, GAUSSIAN)}
    search = search_of(small_config(space=space, data={"num_test": 200, "num_val": 200}))
    list(search.child.head.parameters())[-1].data.zero_()  # a new head answers by its bias alone
    return search


def test_the_inert_test_error_is_the_best_architectures_own_without_noise() -> None:
    search = noisy_search()
    found = evaluated(search)
    architecture = found.candidates[found.best].architecture
    wrong = 0
    search.child.eval()
    with torch.no_grad():
        for start in range(0, 200, 4):
            indices = torch.arange(start, start + 4)
            images, labels = search.child_images(search.test, indices, search.streams.augment, augment=False)
            wrong += int((search.child(images, architecture).argmax(1) != labels).sum())
    assert found.test_error_inert == pytest.approx(wrong / 200)
    assert found.test_error_active != pytest.approx(wrong / 200)


def test_active_and_inert_errors_agree_without_noise_and_dropout() -> None:
    search = search_of(small_config(child={"keep_prob": 1.0}, data={"num_test": 80}))
    found = evaluated(search)
    assert found.test_error_active == found.test_error_inert
    assert found.val_error_active == found.val_error_inert


def test_all_candidates_are_scored_on_one_batch_and_the_first_best_wins() -> None:
    search = search_of(small_config(evaluation={"candidates": 7}))
    seen = Seen(search)
    found = evaluated(search)
    assert len(seen.validation[0]) == 4
    assert len(found.candidates) == 7
    accuracies = [candidate.accuracy for candidate in found.candidates]
    assert found.best == accuracies.index(max(accuracies))
    assert all(4 * accuracy == round(4 * accuracy) for accuracy in accuracies)


def test_a_stop_in_the_middle_raises_and_changes_no_weight() -> None:
    search = search_of(small_config())
    before = search.weights.values.clone()
    with pytest.raises(StopAskedError):
        evaluate(search, 0, Recorder().reporter, StopAfter(2))
    assert torch.equal(search.weights.values, before)


def test_an_evaluation_changes_no_weight_and_no_momentum() -> None:
    search = search_of(small_config(space=poison_table(3, GAUSSIAN)))
    before = [search.weights.values.clone(), search.weights.momentum.clone()]
    evaluated(search)
    assert torch.equal(before[0], search.weights.values)
    assert torch.equal(before[1], search.weights.momentum)

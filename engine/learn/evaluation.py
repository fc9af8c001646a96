"""The evaluation of an epoch: candidates on one batch, the best on everything, poison active and inert."""

import dataclasses
import time
from collections.abc import Callable

import torch

from engine.data.resident import ResidentImages, ordered_batches, shuffled_batches
from engine.learn.reporter import Reporter
from engine.learn.scoring import scores
from engine.learn.search_state import SearchState
from engine.plan.architecture import Architecture, zero_variance_chain
from engine.record.events import Progressed
from engine.record.measures import CandidateMeasures, EvaluationMeasures


@dataclasses.dataclass(frozen=True)
class Errors:
    """Errors of one architecture on one set, fractions of the images counted."""

    active: float
    """Child in training mode: noise and dropout poison the evaluation itself."""
    inert: float
    """Child in evaluation mode."""


class StopAskedError(Exception):
    """A stop was asked for in the middle of an evaluation, which is then done again from its start."""


def evaluate(
    search: SearchState, epoch: int, reporter: Reporter, stop_requested: Callable[[], bool]
) -> EvaluationMeasures:
    """Evaluate one epoch (docs/ENGINE.md section 5.3); StopAskedError when it was asked to stop meanwhile."""
    candidates = candidates_of(search)
    accuracies = [candidate.accuracy for candidate in candidates]
    best = accuracies.index(max(accuracies))
    architecture = candidates[best].architecture
    progress = _Progress(search, epoch, reporter, stop_requested)
    validation = errors_on(
        search, search.validation, architecture, search.augments_validation, progress.advance
    )
    test = errors_on(search, search.test, architecture, False, progress.advance)
    search.child.train()
    active = search.config.switches.final_eval_mode == "training"
    return EvaluationMeasures(
        candidates=candidates,
        best=best,
        val_error=validation.active if active else validation.inert,
        test_error=test.active if active else test.inert,
        val_error_active=validation.active,
        val_error_inert=validation.inert,
        test_error_active=test.active,
        test_error_inert=test.inert,
    )


def candidates_of(search: SearchState) -> tuple[CandidateMeasures, ...]:
    """Freshly sampled architectures, all scored on the same validation batch in evaluation mode."""
    config = search.config
    search.child.eval()
    with torch.no_grad():
        rollout = search.policy(config.evaluation.candidates, search.streams.policy)
    architectures = rollout.decisions.architectures()
    found, _ = scores(search, architectures, search.validation_batch())
    accuracies = found.tolist()  # one wait for the device
    return tuple(
        CandidateMeasures(
            architecture=architecture,
            accuracy=accuracy,
            num_poisoned=architecture.num_poisoned(config.space),
            chain_length=zero_variance_chain(config.space, architecture).length,
        )
        for architecture, accuracy in zip(architectures, accuracies, strict=True)
    )


def errors_on(
    search: SearchState,
    images: ResidentImages,
    architecture: Architecture,
    augment: bool,
    advance: Callable[[int], None],
) -> Errors:
    """Both errors of an architecture on a set, from the same batches.

    Augmented validation batches are shuffled and the incomplete last one is dropped, as in the code behind
    the paper; otherwise every image counts once. `advance` is told the images of each batch.
    """
    size, generator = search.config.child.batch_size, search.streams.validation
    if augment:
        batches = shuffled_batches(len(images), size, generator, drop_last=True)
    else:
        batches = ordered_batches(len(images), size, drop_last=False, device=search.device)
    wrong = torch.zeros(2, dtype=torch.int64, device=search.device)
    with torch.no_grad():
        for indices in batches:
            batch, labels = search.child_images(images, indices, generator, augment)
            for mode, logits in enumerate(search.child.in_both_modes(batch, architecture)):
                wrong[mode] += (logits.argmax(1) != labels).sum()
            advance(len(indices))
    num_images = sum(len(indices) for indices in batches)
    return Errors(*(count / num_images for count in wrong.tolist()))


class _Progress:
    """Counts evaluated images, reports them and notices a request to stop."""

    def __init__(
        self, search: SearchState, epoch: int, reporter: Reporter, stop_requested: Callable[[], bool]
    ) -> None:
        self._epoch, self._reporter, self._stop_requested = epoch, reporter, stop_requested
        self._total = len(search.validation) + len(search.test)
        self._done, self._started = 0, time.perf_counter()

    def advance(self, num_images: int) -> None:
        self._done += num_images
        if self._stop_requested():
            raise StopAskedError
        if self._reporter.progress_is_due():
            seconds = time.perf_counter() - self._started
            self._reporter.progress(
                Progressed(
                    epoch=self._epoch,
                    phase="evaluation",
                    step=self._done,
                    num_steps=self._total,
                    loss=None,
                    images_per_second=self._done / seconds,
                )
            )

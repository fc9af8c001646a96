"""One case run by turns: the engine's part, then the published form's, again and again."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from benchmarks.speed.case import PAPER_SAMPLES, Case
from benchmarks.speed.memory import KEEPING, PLAIN, Peak, allocator
from benchmarks.speed.no_child import NoChild
from benchmarks.speed.published import Batch, PublishedEpoch
from benchmarks.speed.timing import Spent, spent_on
from engine.learn.child_phase import ChildPhase
from engine.learn.controller_phase import ControllerPhase
from engine.learn.device import open_device
from engine.learn.evaluation import candidates_of, errors_on
from engine.learn.reporter import Reporter
from engine.learn.search_state import SearchState, new_search
from engine.net.controller import Controller, Rollout
from engine.plan.architecture import Architecture

PARTS = ("child_step", "controller_sample", "candidate", "test_batch")
COMPOSED = {"evaluation": PARTS[2:], "epoch": PARTS}
ENGINE, PUBLISHED, MENDED, ONCE = "engine", "published", "mended", "published, evaluated once"
"""MENDED: the published form with a loader that goes on and is not rebuilt for every sample. ONCE: with one
of the two evaluations of the epoch's best, as published; the engine takes both errors."""
LOADER = "loader"
"""What rebuilding the loader takes of a published sample."""


@dataclasses.dataclass
class Timings:
    """Per part and form, what each repeat took for one unit: a step, a sample, a candidate, a batch."""

    by_part: dict[str, dict[str, list[Spent]]]
    peak_bytes: dict[str, int]

    def compose(self, counts: dict[str, float]) -> None:
        """Add an epoch's whole evaluation, and the epoch, of each repeat's parts at the paper's counts."""
        for name, parts in COMPOSED.items():
            self.by_part[name] = {
                form: self._sums(form, counts, parts) for form in (ENGINE, PUBLISHED, MENDED, ONCE)
            }

    def _sums(self, form: str, counts: dict[str, float], parts: Sequence[str]) -> list[Spent]:
        spent = [[each * counts[part] for each in self.by_part[part][form]] for part in parts]
        return [sum(each[1:], each[0]) for each in zip(*spent, strict=True)]


class Comparison:
    """A search of the engine and a published epoch with the same weights and the same architectures."""

    def __init__(self, case: Case) -> None:
        self.case = case
        config = case.config()
        self.device = open_device(config.engine)
        self.search: SearchState = new_search(config, self.device, Path("no-data-needed"))
        self.published = PublishedEpoch(self.search, config)
        self.child_phase = ChildPhase.begin(self.search, 0)
        self.controller_phase = ControllerPhase.begin(self.search, 0)
        self._reporter = Reporter(lambda _: None)
        self._sampled: list[Architecture] = []
        assert isinstance(self.search.policy, Controller)
        self.search.policy.register_forward_hook(self._note_sampled)

    def run(self) -> Timings:
        """One repeat to warm up, then the measured ones; each runs every part in every form."""
        by_part: dict[str, dict[str, list[Spent]]] = {part: {} for part in PARTS}
        peaks = {ENGINE: 0, PUBLISHED: 0}
        for repeat in range(self.case.num_repeats + 1):
            for form, thresholds, work in (
                (ENGINE, KEEPING, self._engine_parts),
                (PUBLISHED, PLAIN, self._published_parts),
            ):
                peak = Peak(self.device)
                with allocator(thresholds):
                    spent_by_part = work(repeat)
                peaks[form] = max(peaks[form], peak.read())
                for part, forms in spent_by_part.items():
                    for name, spent in forms.items() if repeat else ():
                        by_part[part].setdefault(name, []).append(spent / self.case.num_steps)
        return Timings(by_part, peaks)

    def close(self) -> None:
        """End the loaders' workers."""
        self.published.close()

    def _engine_parts(self, repeat: int) -> dict[str, dict[str, Spent]]:
        search = self.search
        self.one_child_step()  # not measured: the heap comes from the published form, empty
        return {
            "child_step": {ENGINE: self._spent(lambda: self._run(self.child_phase, self.case.num_steps))},
            "controller_sample": {ENGINE: self._engine_samples()},
            "candidate": {ENGINE: self._spent(lambda: candidates_of(search))},
            "test_batch": {ENGINE: self._spent(lambda: self._engine_test(self._trained(repeat)[0]))},
        }

    def _engine_samples(self) -> Spent:
        """As many samples as a repeat has, children and all.

        An update is of the paper's 20 samples, too many to run as published each time. So one is done without
        its children, at a sample's share, and the children of the first few are run on their own. Where all
        children are passed together, so is the update's time shared.
        """
        search, count, child = self.search, self.case.num_steps, self.search.child
        if search.evaluates_together:
            return self._spent(lambda: self._run(self.controller_phase, 1)) * (count / PAPER_SAMPLES)
        search.child = NoChild(search.num_classes)  # type: ignore[assignment]
        update = self._spent(lambda: self._run(self.controller_phase, 1))
        search.child = child.eval()
        images, _ = search.validation_batch()

        def children() -> None:
            with torch.no_grad():
                for architecture in self._sampled[:count]:
                    child(images, architecture).argmax(1)

        return update * (count / PAPER_SAMPLES) + self._spent(children)

    def _published_parts(self, repeat: int) -> dict[str, dict[str, Spent]]:
        published, count = self.published, self.case.num_steps
        architectures, sampled = self._trained(repeat), self._sampled[:count]
        batches: list[Batch] = []
        published.child_step(architectures[0])  # not measured either

        def batches_from(make: Callable[[], Batch]) -> Spent:
            batches.clear()
            return self._spent(lambda: batches.extend(make() for _ in range(count)))

        child = self._spent(lambda: [published.child_step(each) for each in architectures])
        mended = batches_from(published.mended_batch)
        rebuilt = batches_from(published.rebuilt_batch)
        update = self._spent(lambda: published.controller_update(sampled, batches))
        candidate = self._spent(lambda: [published.candidate(batches[0], each) for each in sampled])
        both, once = (
            self._spent(lambda modes=modes: [published.test_batch(architectures[0], modes) for _ in sampled])  # type: ignore[misc]
            for modes in ((True, False), (False,))
        )
        return {
            "child_step": {PUBLISHED: child, MENDED: child, ONCE: child},
            "controller_sample": {
                PUBLISHED: rebuilt + update,
                MENDED: mended + update,
                ONCE: rebuilt + update,
                LOADER: rebuilt,
            },
            "candidate": {PUBLISHED: candidate, MENDED: candidate, ONCE: candidate},
            "test_batch": {PUBLISHED: both, MENDED: both, ONCE: once},
        }

    def one_child_step(self) -> None:
        """The engine's next child step."""
        self._run(self.child_phase, 1)

    def _run(self, phase: ChildPhase | ControllerPhase, num_steps: int) -> None:
        """So many steps of a phase; it asks whether to stop after each."""
        asked = iter([False] * (num_steps - 1) + [True])
        self._sampled.clear()
        phase.run(self._reporter, lambda: next(asked))

    def _trained(self, repeat: int) -> list[Architecture]:
        """The architectures of a repeat's child steps."""
        count, done = self.case.num_steps, repeat * (1 + self.case.num_steps)
        return self.child_phase.architectures[done + 1 : done + 1 + count]

    def _engine_test(self, architecture: Architecture) -> None:
        errors_on(self.search, self.search.test, architecture, False, lambda _: None)

    def _note_sampled(self, _module: object, _inputs: object, rollout: Rollout) -> None:
        self._sampled.extend(rollout.decisions.architectures())

    def _spent(self, work: Callable[[], object]) -> Spent:
        return spent_on(work, self.device)

"""A whole search: epochs of child, controller and evaluation, each safe in a checkpoint before it is told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.learn import summary
from engine.learn.checkpoint import keep_newest, load_newest, save_checkpoint
from engine.learn.child_phase import ChildPhase
from engine.learn.controller_phase import ControllerPhase
from engine.learn.device import device_name, open_device, peak_memory_bytes, versions
from engine.learn.evaluation import StopAskedError, evaluate
from engine.learn.reporter import Reporter
from engine.learn.search_state import SearchState, new_search
from engine.plan.config import RunConfig
from engine.record.continuity import damage_lines
from engine.record.encoding import from_plain, to_plain
from engine.record.events import EpochFinished, Event, RunFinished, RunStarted, RunStopped, Warned
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.measures import PhaseTimes


def run_search(
    config: RunConfig,
    folder: RunFolder,
    emit: Callable[[Event], None],
    stop_requested: Callable[[], bool],
    data_dir: Path,
) -> bool:
    """Run or resume the search in `folder`: True when all epochs are done, False when stopped on request.

    ValueError for a data set, device or checkpoint that is not as the configuration needs it.
    """
    device = open_device(config.engine)
    search = new_search(config, device, data_dir)
    return Search(search, folder, Reporter(emit), stop_requested).run()


class Search:
    """The epoch loop around a search's state, and the phases of the epoch in progress."""

    def __init__(
        self,
        state: SearchState,
        folder: RunFolder,
        reporter: Reporter,
        stop_requested: Callable[[], bool],
    ) -> None:
        self.state, self.folder, self.reporter = state, folder, reporter
        self.stop_requested = stop_requested
        self.next_epoch = 0
        self.child_phase: ChildPhase | None = None
        """The child phase of the epoch in progress; None between epochs."""
        self.controller_phase: ControllerPhase | None = None
        """The controller phase of the epoch in progress; None until the child phase has ended."""
        self.latest: EpochFinished | None = None
        self._kinds_saved: set[str] = set()
        """Kinds of non-finite values that the newest checkpoint knows of."""

    def run(self) -> bool:
        """Take the run up where its newest checkpoint left it, and go on to its end or a stop."""
        self._resume()
        while self.next_epoch < self.state.config.epochs:
            if self.stop_requested() or not self._run_epoch():
                self._save()
                self.reporter.emit(RunStopped(self.next_epoch, "asked to stop"))
                return False
        self._finish()
        return True

    def _run_epoch(self) -> bool:
        """Go on with the epoch in progress, or begin the next; False when a stop was asked for in it."""
        state, epoch = self.state, self.next_epoch
        child = self.child_phase = self.child_phase or ChildPhase.begin(state, epoch)
        if not child.run(self.reporter, self.stop_requested):
            return False
        controller = self.controller_phase = self.controller_phase or ControllerPhase.begin(state, epoch)
        if not controller.run(self.reporter, self.stop_requested):
            return False
        before = state.streams.state()
        started = self.reporter.now()
        try:
            evaluation = evaluate(state, epoch, self.reporter, self.stop_requested)
        except StopAskedError:
            state.streams.restore(before)
            return False
        self.latest = EpochFinished(
            epoch=epoch,
            child=summary.child_measures(child),
            chains=summary.chain_measures(child),
            nonfinite=summary.nonfinite_measures(child, controller),
            controller=summary.controller_measures(child, controller),
            evaluation=evaluation,
            times=PhaseTimes(
                child_seconds=child.seconds,
                controller_seconds=controller.seconds,
                evaluation_seconds=self.reporter.now() - started,
                images_per_second=len(state.train) / child.seconds,
                memory_bytes=peak_memory_bytes(state.device),
            ),
            defences=summary.defence_measures(child),
        )
        state.num_null_steps += self.latest.nonfinite.num_null_steps
        self.next_epoch += 1
        self.child_phase = self.controller_phase = None
        self._save()
        self.reporter.emit(self.latest)
        return True

    def _save(self) -> None:
        """Write a checkpoint from which this very moment can be taken up again.

        What it takes for told (earlier epochs, the first non-finite values) is safe on the disk before it is.
        """
        phases = {"child": self.child_phase, "controller": self.controller_phase}
        contents: dict[str, Any] = {
            "next_epoch": self.next_epoch,
            "state": self.state.saved(),
            "phases": {name: phase.saved() for name, phase in phases.items() if phase},
            "latest": json.dumps(to_plain(self.latest)),
        }
        self.folder.sync_journal()
        if set(self.state.first_steps) - self._kinds_saved:
            # Something broke for the first time since the newest checkpoint: from there it can be replayed.
            keep_newest(self.folder.checkpoint_folder)
        save_checkpoint(self.folder.checkpoint_folder, contents, self.folder.fence)
        self._kinds_saved = set(self.state.first_steps)

    def _resume(self) -> None:
        """Load the newest checkpoint if there is one; tell what it knows and the journal lacks."""
        warnings: list[str] = []
        contents = load_newest(self.folder.checkpoint_folder, warnings.append)
        if contents is not None:
            self._restore(contents)
        before = read_state(self.folder.journal_path)
        recorded = {each.epoch for each in before.epochs}
        last_saved = self.latest.epoch if self.latest else -1
        self.reporter.emit(self._started(1 + before.started.attempt if before.started else 1))
        for text in warnings + damage_lines(recorded, self.next_epoch, last_saved):
            self.reporter.emit(Warned(text))
        if self.latest and last_saved not in recorded:
            self.reporter.emit(self.latest)

    def _restore(self, contents: dict[str, Any]) -> None:
        self.next_epoch = contents["next_epoch"]
        self.state.restore(contents["state"])
        self._kinds_saved = set(self.state.first_steps)
        phases, epoch = contents["phases"], self.next_epoch
        if "child" in phases:
            self.child_phase = ChildPhase.restored(self.state, epoch, phases["child"])
        if "controller" in phases:
            self.controller_phase = ControllerPhase.restored(self.state, epoch, phases["controller"])
        latest = json.loads(contents["latest"])
        self.latest = from_plain(EpochFinished, latest) if latest else None

    def _started(self, attempt: int) -> RunStarted:
        state = self.state
        return RunStarted(
            attempt=attempt,
            next_epoch=self.next_epoch,
            known_first=tuple(state.first_steps),
            device=str(state.device),
            device_name=device_name(state.device),
            versions=versions(state.device),
            num_parameters=len(state.weights.values),
            num_train=len(state.train),
            num_val=len(state.validation),
            num_test=len(state.test),
            num_classes=state.num_classes,
            steps_per_epoch=state.config.steps_per_epoch,
        )

    def _finish(self) -> None:
        """Write the result, then the event that says the run is done."""
        assert self.latest is not None
        evaluation = self.latest.evaluation
        finished = RunFinished(
            val_error=evaluation.val_error,
            test_error=evaluation.test_error,
            val_error_active=evaluation.val_error_active,
            val_error_inert=evaluation.val_error_inert,
            test_error_active=evaluation.test_error_active,
            test_error_inert=evaluation.test_error_inert,
            nan_parameter_share=self.latest.nonfinite.nan_parameter_share,
        )
        best = to_plain(self.latest.best)
        self.folder.write_result({"version": 1, **to_plain(finished), "architecture": best["architecture"]})
        self.reporter.emit(finished)

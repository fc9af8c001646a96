"""What the Run screen shows at one moment: a run, the epoch a replay stands on, the chosen architecture."""

import dataclasses
import functools
from collections.abc import Sequence

from engine.plan.architecture import Chain, zero_variance_chain
from engine.plan.config import RunConfig
from engine.plan.hazard import Hazard
from engine.plan.space import Space
from engine.record.events import EpochFinished
from engine.record.measures import CandidateMeasures
from engine.record.state import RunState
from ssp_tui.snapshot import Snapshot


@dataclasses.dataclass(frozen=True)
class RunView:
    """One value that is bound down to every panel."""

    whole: Snapshot
    """The run as it is now."""
    epoch: int | None = None
    """The epoch a replay shows; None follows the run."""
    rank: int = 0
    """Which of the epoch's architectures is shown, the best one first."""
    triangle: bool = False
    """Whether skip connections are drawn as a triangle of dots."""
    rewards: bool = False
    """Whether the controller panel shows marginal rewards in the place of the policy."""
    hazard: Hazard | None = None
    """What was to be expected of the space; None while it is not known yet."""

    @functools.cached_property
    def shown(self) -> Snapshot:
        """The run as it was at the shown epoch."""
        return self.whole if self.epoch is None else self.whole.at_epoch(self.epoch)

    @property
    def state(self) -> RunState:
        """The folded events up to the shown epoch."""
        return self.shown.state

    @property
    def config(self) -> RunConfig | None:
        """The run's configuration, if it can be read."""
        return self.whole.config

    @property
    def latest(self) -> EpochFinished | None:
        """The shown epoch, or the last one finished."""
        return self.state.latest

    @property
    def why_no_epoch(self) -> str:
        """What stands where epochs would be drawn, as long as there is none."""
        if not self.whole.exists:
            return "its folder is gone"
        return "no epoch was finished" if self.whole.status.is_over else "waiting for the first epoch"

    @property
    def num_epochs(self) -> int:
        """Epochs planned."""
        return self.config.epochs if self.config else max(1, len(self.whole.state.epochs))

    @functools.cached_property
    def candidates(self) -> Sequence[CandidateMeasures]:
        """The shown epoch's architectures, best first."""
        if self.latest is None:
            return ()
        every = enumerate(self.latest.evaluation.candidates)
        best = self.latest.evaluation.best
        # The engine's own choice goes first: among equals (a dead child's) it is as good as any.
        return [each for _, each in sorted(every, key=lambda it: (it[0] != best, -it[1].accuracy))]

    @property
    def candidate(self) -> CandidateMeasures | None:
        """The shown architecture."""
        if not self.candidates:
            return None
        return self.candidates[min(self.rank, len(self.candidates) - 1)]

    @functools.cached_property
    def chain(self) -> Chain | None:
        """The shown architecture's longest chain of zero-variance normalisations."""
        space = self.fitting_space
        if self.candidate is None or space is None:
            return None
        return zero_variance_chain(space, self.candidate.architecture)

    @functools.cached_property
    def fitting_space(self) -> Space | None:
        """The space, if the shown epoch's architectures and policy can come from it."""
        if self.config is None:
            return None
        space, layers = self.config.space, self.config.child.layers
        if self.latest is not None:
            policy = self.latest.controller.policy
            if any(len(row) != len(space.slots) for row in policy) or len(policy) not in (0, layers):
                return None
            for each in self.latest.evaluation.candidates:
                if not fits(each.architecture.outputs, each.architecture.skips, space):
                    return None
        return space

    def stepped(self, steps: int) -> "RunView":
        """Some epochs earlier or later; past the last one it follows the run again."""
        epochs = [each.epoch for each in self.whole.state.epochs]
        if not epochs:
            return dataclasses.replace(self, epoch=None)
        here = len(epochs) - (self.epoch is None) if self.epoch not in epochs else epochs.index(self.epoch)
        place = here + steps
        if place >= len(epochs):
            return dataclasses.replace(self, epoch=None)
        return dataclasses.replace(self, epoch=epochs[max(0, place)], rank=0)


def fits(outputs: tuple[int, ...], skips: tuple[tuple[int, ...], ...], space: Space) -> bool:
    """Whether an architecture is one of this space: a journal may be anybody's."""
    return len(outputs) == len(skips) and all(
        0 <= output < space.num_outputs and all(0 <= source < layer for source in sources)
        for layer, (output, sources) in enumerate(zip(outputs, skips, strict=True))
    )

"""Compared runs, seeds of one configuration as one group, one run a seed."""

import dataclasses
import string
from collections import Counter
from collections.abc import Iterable, Sequence

from engine.analyse.seeds import one_a_seed
from engine.plan.config import RunConfig
from engine.plan.experiment import experiment_of
from engine.record.status import FINISHED
from ssp_tui.charts.roles import RUNS, Role
from ssp_tui.cleaning import clean
from ssp_tui.compose.catalogue import poison_name
from ssp_tui.snapshot import Snapshot

KEYS = string.ascii_uppercase + string.ascii_lowercase + string.digits
"""One character a group, drawn where its curve ends."""


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs that differ in their seed alone."""

    key: str
    role: Role
    label: str
    """Clean."""
    runs: tuple[Snapshot, ...]
    """At least one, and one a seed: the newest finished one, or the newest while none is finished."""
    num_repeats: int = 0
    """Runs left out since another one of the same seed stands for it."""

    @property
    def config(self) -> RunConfig | None:
        """What the runs share; None when the one run's configuration cannot be read."""
        return self.runs[0].config

    @property
    def counted_label(self) -> str:
        """The label, with the number of seeds where there are several."""
        return self.label + (f" x{len(self.runs)}" if len(self.runs) > 1 else "")

    @property
    def seeds(self) -> str:
        """The seeds in few characters: "1-3, 69"."""
        seeds = sorted(run.config.seed for run in self.runs if run.config)
        spans: list[list[int]] = []
        for seed in seeds:
            if spans and seed == spans[-1][-1] + 1:
                spans[-1] = [spans[-1][0], seed]
            else:
                spans.append([seed])
        return ", ".join("-".join(map(str, span)) for span in spans)

    @property
    def num_epochs(self) -> int:
        """Epochs planned."""
        return self.config.epochs if self.config else max(1, len(self.runs[0].state.epochs))


def grouped(snapshots: Iterable[Snapshot]) -> tuple[Group, ...]:
    """The groups in the order in which their first runs come."""
    found: dict[object, list[Snapshot]] = {}
    for snapshot in snapshots:
        if snapshot.exists:
            config = snapshot.config
            found.setdefault(_without_seed(config) if config else snapshot.run_id, []).append(snapshot)
    return _told_apart([_group(index, runs) for index, runs in enumerate(found.values())])


def _told_apart(groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups, those of one name with their poison behind it: every composed run is called composed."""
    num_named = Counter(group.label for group in groups)
    return tuple(
        dataclasses.replace(group, label=f"{group.label} {poison_name(group.config.given_space)}")
        if num_named[group.label] > 1 and group.config is not None
        else group
        for group in groups
    )


def _group(index: int, runs: Sequence[Snapshot]) -> Group:
    config = runs[0].config
    name = clean(config.name if config and config.name else runs[0].run_id, 60)
    if config is not None and config.derived is not None:
        name = f"{name} e{config.derived.epoch}/{config.derived.candidate}, final"
    kept = one_a_seed(runs, lambda run: run.config.seed if run.config else run.run_id, _rank)
    key, role = KEYS[index % len(KEYS)], RUNS[index % len(RUNS)]
    return Group(key, role, name, tuple(kept), len(runs) - len(kept))


def _rank(run: Snapshot) -> tuple[bool, float]:
    return run.status.state == FINISHED, run.state.first_time


def _without_seed(config: RunConfig) -> RunConfig:
    """The configuration but for its seed and where it computes, neither of which is what is compared."""
    return dataclasses.replace(experiment_of(config), seed=0, title=config.title)

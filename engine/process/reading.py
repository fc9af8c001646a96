"""What a run's files say to a list of runs, apart from what has to be looked at anew each time."""

import dataclasses
from typing import Any

from engine.plan.derived import DERIVED_OF
from engine.process.identity import Engine, read_engine
from engine.record.folder import CONFIG_NAME, JOURNAL_NAME, PROCESS_NAME
from engine.record.heading import read_heading
from engine.record.summary import Summary, summarise


@dataclasses.dataclass(frozen=True)
class Reading:
    """True while the files are the same; every text comes from files and must be cleaned to be shown."""

    name: str
    dataset: str
    protocol: str
    seed: int
    epochs: int
    """Epochs planned."""
    engine: Engine | None
    """Whether it is alive is another question."""
    summary: Summary
    recent_val_errors: tuple[float, ...] | None = None
    """Of the last epochs, oldest first; None where they were not read, which takes longer than the rest."""
    derived_of: str = ""
    """The run id of the search whose architecture it trains; empty for a search."""


def read_run(path: str) -> Reading:
    """Read the files in the run folder at `path`; what is missing or unreadable is empty."""
    heading = read_heading(f"{path}/{CONFIG_NAME}")
    return Reading(
        name=_typed(heading, "name", ""),
        dataset=_typed(heading, "dataset", ""),
        protocol=_typed(heading, "protocol", ""),
        seed=_typed(heading, "seed", 0),
        epochs=_typed(heading, "epochs", 0),
        engine=read_engine(f"{path}/{PROCESS_NAME}"),
        summary=summarise(f"{path}/{JOURNAL_NAME}"),
        derived_of=_typed(heading, DERIVED_OF, ""),
    )


def _typed(heading: dict[str, Any], key: str, default: Any) -> Any:
    value = heading.get(key)
    return value if type(value) is type(default) else default

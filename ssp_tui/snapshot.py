"""One run as the dashboard holds it: its configuration, folded state and derived status, frozen."""

import dataclasses
import functools

from engine.plan.config import RunConfig
from engine.record.folder import RunFolder
from engine.record.state import EMPTY, RunState
from engine.record.status import Status
from engine.record.verdict import Verdict, judge

UNKNOWN = Status("stopped", "not read yet")


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """Everything a screen shows of one run at one moment; its texts come from files and must be cleaned."""

    folder: RunFolder
    config: RunConfig | None = None
    config_error: str = ""
    """Why there is no configuration, in one line."""
    state: RunState = EMPTY
    status: Status = UNKNOWN
    exists: bool = True
    """Whether the run's folder is still there; everything else is what was last known of it."""
    last_log_line: str = ""
    """The engine log's last words; read only when the run is over without success, or not started."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.folder.run_id

    @property
    def is_live(self) -> bool:
        """Whether an engine is at work on it, as far as anybody can know."""
        return self.exists and self.status.is_live

    @property
    def is_unknown(self) -> bool:
        """Whether nothing was ever read of it: there is no such run, or it went too soon."""
        return not self.exists and self.status is UNKNOWN

    @functools.cached_property
    def verdict(self) -> Verdict | None:
        """The verdict on the state; None without a configuration to judge it by."""
        config = self.config
        return judge(self.state, config.space, config.derived is not None) if config else None

    def at_epoch(self, epoch: int) -> "Snapshot":
        """The run as it was when `epoch` had just finished."""
        return dataclasses.replace(self, state=self.state.at_epoch(epoch))

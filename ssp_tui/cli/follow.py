"""Following runs without a dashboard: one line per epoch and per change of state, until all are over."""

import time
from collections.abc import Callable, Sequence

from engine.process.runs import run_status, wake_scheduler
from engine.record.events import EpochFinished, NumericsBroke, RunStarted, Warned
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.journal import JournalReader
from engine.record.status import CRASHED, FAILED
from ssp_tui.cleaning import clean
from ssp_tui.cli.event_lines import event_line
from ssp_tui.cli.verdict import run_verdict

TOLD = (RunStarted, EpochFinished, NumericsBroke, Warned)
"""Events a follower is told of: of endings the state tells, and of progress there is too much."""

POLL_SECONDS = 0.5
WAKE_SECONDS = 5.0


def follow_runs(home: Home, folders: Sequence[RunFolder], say: Callable[[str], None]) -> int:
    """Say what happens to the runs until all are over; 1 when one failed or crashed, else 0.

    Interrupting it leaves the runs alone and says so.
    """
    followed = [FollowedRun(folder, say) for folder in folders]
    next_wake = 0.0
    try:
        while not all(run.is_over for run in followed):
            if time.monotonic() > next_wake:  # should the scheduler have died, the queue goes on
                wake_scheduler(home)
                next_wake = time.monotonic() + WAKE_SECONDS
            for run in followed:
                run.look()
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        say("left alone, the runs go on; `ssp-tui stop RUN` ends one")
        raise
    return int(any(run.state in (FAILED, CRASHED) for run in followed))


class FollowedRun:
    """One run's events, as lines."""

    def __init__(self, folder: RunFolder, say: Callable[[str], None]) -> None:
        """Follow from the journal's first line; `say` gets each line."""
        self.folder = folder
        self.state = ""
        self.is_over = False
        self._say = say
        self._journal = JournalReader(folder.journal_path)

    def look(self) -> None:
        """Say what is new."""
        if self.is_over:
            return
        # The state first: when it says that the run is over, every event is there to be read.
        status = run_status(self.folder)
        while entries := self._journal.read():
            for entry in entries:
                if isinstance(entry.event, TOLD):
                    self._tell(event_line(entry.event))
        if status.state != self.state:
            self.state = status.state
            reason = clean(status.reason)
            self._tell(self.state + (f": {reason}" if reason else ""))
        if status.is_over:
            self.is_over = True
            verdict = run_verdict(self.folder)
            if verdict:
                self._tell(verdict.sentence)

    def _tell(self, line: str) -> None:
        self._say(f"{self.folder.run_id}  {line}")

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
from ssp_tui.cli.verdict import run_verdict
from ssp_tui.wording import counted, duration, percent

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
                line = event_line(entry.event)
                if line:
                    self._tell(line)
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


def first_of(event: NumericsBroke) -> str:
    """What was seen for the first time; a null step is one by its norm, its entries are finite."""
    what = clean(event.what.replace("_", " "), 30)
    return f"first {what}" if event.what == "null_step" else f"first {what} not finite"


def event_line(event: object) -> str:
    """What a follower is told of an event; nothing for most."""
    match event:
        case RunStarted():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return f"begins with epoch {event.next_epoch} on {clean(event.device_name, 60)}{again}"
        case EpochFinished(epoch=epoch, evaluation=errors, times=times, nonfinite=nonfinite):
            seconds = times.child_seconds + times.controller_seconds + times.evaluation_seconds
            nan = nonfinite.nan_parameter_share
            return (
                f"epoch {epoch}: val {percent(errors.val_error)}, test {percent(errors.test_error)}"
                + (f", {percent(nan)} of the weights NaN" if nan else "")
                + f", {duration(seconds)}"
            )
        case NumericsBroke():
            return (
                f"{first_of(event)}: step {event.step:,}, "
                f"layer {event.layer + 1}, {clean(event.operation, 40)}, {clean(event.direction, 20)}, "
                f"chain of {counted(event.chain, 'zero-variance BN')}"
            )
        case Warned(text=text):
            return f"warning: {clean(text)}"
    return ""

"""What screens ask for (`...Requested`, going up) and what they are told (`...Arrived`, coming down)."""

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from engine.plan.config import RunConfig
    from engine.process.listing import RunRow
    from ssp_tui.cli.suite import SuiteLaunch
    from ssp_tui.device import Device
    from ssp_tui.queue_line import QueueLine
    from ssp_tui.snapshot import Snapshot


class RunsArrived(Message):
    """The list of runs, or something in it, is new."""

    def __init__(
        self, rows: "tuple[RunRow, ...]", is_whole: bool = True, line: "QueueLine | None" = None
    ) -> None:
        """Carry every run, oldest first, and the queue; not all yet while a large home is first read."""
        self.rows, self.is_whole, self.line = rows, is_whole, line
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """A newer list makes an older one that was not read yet needless."""
        return isinstance(message, RunsArrived)


class RunArrived(Message, bubble=False):
    """A followed run has something new to show; posted to the screen that follows it."""

    def __init__(self, snapshot: "Snapshot") -> None:
        """Carry the whole run as it is now."""
        self.snapshot = snapshot
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """The newest snapshot of a run holds all that the ones before it did."""
        return isinstance(message, RunArrived) and message.snapshot.run_id == self.snapshot.run_id


class DeviceArrived(Message, bubble=False):
    """The device of a shown run does something else than before."""

    def __init__(self, device: "Device") -> None:
        """Carry the newest reading."""
        self.device = device
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest reading counts."""
        return isinstance(message, DeviceArrived)


class _AboutRuns(Message):
    def __init__(self, *run_ids: str) -> None:
        """Name the runs by their ids."""
        self.run_ids = run_ids
        super().__init__()


class OpenRequested(_AboutRuns):
    """Show one run's own screen."""


class LogRequested(_AboutRuns):
    """Show what one run's engine wrote."""


class StopRequested(_AboutRuns):
    """Stop these runs: finish the step, checkpoint, exit."""


class ResumeRequested(_AboutRuns):
    """Resume these runs where they stopped."""


class RemoveRequested(_AboutRuns):
    """Delete these runs' folders, once the person has agreed."""


class QueueRequested(_AboutRuns):
    """Do something to the queue, or to these runs in it, by the function of that name in `requests`."""

    def __init__(self, what: str, *run_ids: str, value: int = 0) -> None:
        """Name what to do, to whom, and by how much."""
        self.what, self.value = what, value
        super().__init__(*run_ids)


class CompareRequested(_AboutRuns):
    """Show these runs over each other; the Compare screen's `compare(run_ids)` is called."""


class ComposeRequested(Message):
    """Open a configuration in the Compose screen; its `load(config)` is called."""

    def __init__(self, config: "RunConfig") -> None:
        """Carry what to start from."""
        self.config = config
        super().__init__()


class LaunchRequested(Message):
    """Launch these configurations; the app says how it went, and shows the runs."""

    def __init__(self, configs: "tuple[RunConfig, ...]") -> None:
        """Carry at least one configuration."""
        self.configs = configs
        super().__init__()


class LaunchSuiteRequested(Message):
    """Launch what is missing of a suite; the app says how it went, and shows the runs."""

    def __init__(self, launch: "SuiteLaunch") -> None:
        """Carry what was asked for, checked already."""
        self.launch = launch
        super().__init__()

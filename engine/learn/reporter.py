"""How the search speaks: events as they come, progress at most four times a second."""

import time
from collections.abc import Callable

from engine.record.events import Event, Progressed

PROGRESS_INTERVAL_SECONDS = 0.3
"""Least time between two progress events."""


class Reporter:
    """Passes events on and thins progress out by the clock."""

    def __init__(self, emit: Callable[[Event], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.emit, self.now = emit, clock
        self._last_progress = float("-inf")

    def progress_is_due(self) -> bool:
        """Whether a progress event may be written now."""
        return self.now() - self._last_progress >= PROGRESS_INTERVAL_SECONDS

    def progress(self, event: Progressed) -> None:
        """Write a progress event; ask `progress_is_due` first."""
        self._last_progress = self.now()
        self.emit(event)

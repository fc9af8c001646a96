"""A run's journal as lines for people: every event with its time, of progress the newest only."""

import time
from collections import deque
from pathlib import Path

from engine.record.entry import Entry
from engine.record.events import Progressed
from engine.record.journal import JournalReader
from ssp_tui.cli.event_lines import event_line

MOST_LINES = 5000
"""Older lines are left out."""


class EventList:
    """Follows a journal; `read` takes as long as what is new."""

    def __init__(self, path: Path) -> None:
        """Start with nothing read."""
        self._reader = JournalReader(path)
        self._size = -1
        self._generation = 0
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._progress = ""

    def has_grown(self) -> bool:
        """Whether there may be something to read."""
        try:
            size = self._reader.path.stat().st_size
        except OSError:
            size = 0
        has_grown, self._size = size != self._size, size
        return has_grown

    def read(self) -> None:
        """Take in all that is new; a journal that was replaced is begun anew."""
        while entries := self._reader.read():
            if self._reader.generation != self._generation:
                self._generation = self._reader.generation
                self._lines.clear()
            for entry in entries:
                self._take(entry)

    def _take(self, entry: Entry) -> None:
        text = f"{time.strftime('%H:%M:%S', time.localtime(entry.time))}  {event_line(entry.event)}"
        self._progress = text if isinstance(entry.event, Progressed) else ""
        if not self._progress:
            self._lines.append(text)

    def lines(self) -> list[str]:
        """Oldest first, clean; progress is the last line while an epoch is in progress."""
        return [*self._lines, *filter(None, [self._progress])]

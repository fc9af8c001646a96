"""The order of the queue as the dashboard shows it, followed from its files."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.process.queue import Queue
from engine.process.queue_settings import read_settings
from engine.record.home import Home
from ssp_tui.cleaning import clean


@dataclass(frozen=True)
class QueueLine:
    """Who waits, the next first, and whether anybody is started."""

    places: tuple[tuple[str, int], ...] = ()
    """Id and priority of each."""
    is_paused: bool = False
    error: str = ""
    """What is wrong with queue.toml, already clean."""

    def text_of(self, run_id: str) -> str:
        """A waiting run's place in words; nothing for any other."""
        ids = [name for name, _ in self.places]
        if run_id not in ids:
            return ""
        place = ids.index(run_id)
        priority = self.places[place][1]
        words = f"{place + 1} of {len(ids)} in the queue"
        return words + (f", priority {priority}" if priority else "")


class QueueFollower:
    """Reads the queue again and again; each reading costs what is new."""

    def __init__(self, home: Home) -> None:
        """Start with nothing read."""
        self._home, self._queue = home, Queue(home)

    def read(self, queued: Iterable[str]) -> QueueLine:
        """The queue now, of the runs whose state is queued: it need not ask for a file of every run."""
        places = tuple((turn.folder.run_id, turn.priority) for turn in self._queue.turns(queued))
        try:
            return QueueLine(places, read_settings(self._home).paused)
        except ValueError as error:
            return QueueLine(places, True, clean(str(error), 200))

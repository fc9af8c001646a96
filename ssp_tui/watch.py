"""The one thread that reads: it lists runs, follows the shown ones' journals and posts what is new."""

from collections.abc import Callable

from textual.message import Message

from engine.record.home import Home

POLL_SECONDS = 0.25


class Watcher:
    """Placeholder until the thread is written: follows nothing yet."""

    def __init__(self, home: Home, post: Callable[[Message], object]) -> None:
        """Read the runs of `home`; give the list to `post`."""
        self.home = home
        self._post = post

    def start(self) -> None:
        """Begin to read."""

    def stop(self) -> None:
        """End the thread."""

    def follow(self, screen: object, run_ids: tuple[str, ...]) -> None:
        """Post snapshots of these runs to the screen from now on; none when there are none."""

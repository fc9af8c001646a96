"""`ssp-tui logs` and `ssp-tui events`: what an engine said, once or as it goes on."""

import json
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.plan.opening import open_regular
from engine.process.runs import find_home, find_run, run_status
from engine.record.entry import Entry
from engine.record.folder import RunFolder
from engine.record.journal import JournalReader
from ssp_tui.cleaning import clean
from ssp_tui.cli.event_lines import event_line
from ssp_tui.cli.output import tell

POLL_SECONDS = 0.3
LINE_BYTES = 64 * 2**10
MAX_LINE_LENGTH = 2000


def print_logs(arguments: Namespace) -> int:
    """Print engine.log, made safe for a terminal."""
    folder = find_run(find_home(arguments.home), arguments.run)
    if not folder.log_path.exists() and not arguments.follow:
        raise ValueError(f"run {folder.run_id} has no log yet: no engine was started")
    lines = _LogReader(folder.log_path)
    _print_until_over(folder, arguments.follow, lambda: lines.read())
    return 0


def print_events(arguments: Namespace) -> int:
    """Print the journal: one line an event for people, or with --json the events themselves."""
    folder = find_run(find_home(arguments.home), arguments.run)
    journal = JournalReader(folder.journal_path)
    text = _json_line if arguments.json else _event_text

    def read() -> Iterator[str]:
        while entries := journal.read():
            yield from map(text, entries)

    _print_until_over(folder, arguments.follow, read)
    if journal.num_broken_lines:
        tell(f"ssp-tui: {journal.num_broken_lines} broken lines passed over in {folder.journal_path}")
    return 0


def _print_until_over(folder: RunFolder, follow: bool, read: Callable[[], Iterator[str]]) -> None:
    while True:
        is_over = not follow or run_status(folder).is_over
        for line in read():
            print(line, flush=follow)
        if is_over:
            return
        time.sleep(POLL_SECONDS)


class _LogReader:
    """Follows a text file by byte offset."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> Iterator[str]:
        """The lines, or pieces of endless ones, that came since."""
        if not self._path.exists():
            return
        with open_regular(self._path) as file:
            file.seek(self._offset)
            while line := file.readline(LINE_BYTES):
                self._offset += len(line)
                yield clean(line.decode(errors="replace").rstrip("\n"), MAX_LINE_LENGTH)


def _json_line(entry: Entry) -> str:
    # Written anew: only ASCII leaves json.dumps, whatever bytes the file holds.
    return json.dumps(json.loads(entry.raw), separators=(",", ":"))


def _event_text(entry: Entry) -> str:
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.time))
    return f"{moment}  {entry.seq:>6}  {clean(entry.kind, 20):<15}  {event_line(entry.event)}"

"""A scan in a process of its own."""

from collections.abc import Sequence

from engine.process.ask import ask_engine
from engine.record.encoding import from_plain
from engine.record.scan import Scan


def run_scan(source: str, settings: Sequence[str] = ()) -> Scan:
    """Have the operations of a preset or file measured; `settings` are `section.key=value`.

    ValueError in one line when the engine refuses or cannot.
    """
    more = [part for text in settings for part in ("--set", text)]
    scan: Scan = from_plain(Scan, ask_engine([source, "--scan", *more]))
    return scan

"""What the terminal can draw."""

import os
import shutil
import sys

from engine.process.doctor import Finding


def check_terminal() -> Finding:
    """Size, colours, UTF-8 and tmux, from what the terminal says of itself."""
    if not sys.stdout.isatty():
        return Finding("terminal", "warning", "standard output is no terminal", "the dashboard needs one")
    size = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    parts = [f"{size.columns}x{size.lines}", f"TERM={os.environ.get('TERM', '')}", _colours()]
    parts += ["UTF-8" if encoding == "utf8" else f"encoding {sys.stdout.encoding}"]
    parts += ["inside tmux"] if os.environ.get("TMUX") else []
    advice = ""
    if encoding != "utf8":
        advice = "set LC_ALL=C.UTF-8 for the charts' glyphs"
    elif size.columns < 80 or size.lines < 24:
        advice = "80x24 shows one panel at a time, 120x40 a whole run"
    return Finding("terminal", "warning" if advice else "ok", ", ".join(parts), advice)


def _colours() -> str:
    if os.environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "true colour"
    return "256 colours" if "256color" in os.environ.get("TERM", "") else "16 colours"

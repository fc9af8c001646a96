"""A home's path as people read it."""

from pathlib import Path

from ssp_tui.cleaning import clean


def home_text(path: Path) -> str:
    """A home as it is shown, with ~ for the person's own folder."""
    text = str(path)
    own = str(Path.home())
    return clean("~" + text[len(own) :] if text == own or text.startswith(own + "/") else text, 60)

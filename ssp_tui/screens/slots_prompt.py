"""The line in which one says how many runs may go at a time."""

from functools import partial
from typing import TYPE_CHECKING

from engine.process.queue_settings import DEFAULT_SETTINGS, read_settings
from ssp_tui.requests import set_slots, slots_text
from ssp_tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard


def ask_slots(dashboard: "Dashboard") -> None:
    """Ask, with what is in force to begin with; what is wrong with an answer is said below it."""
    if dashboard.readonly:
        dashboard.tell("read only: the queue is not changed from here", True)
        return
    try:
        settings = read_settings(dashboard.home)
    except ValueError:
        settings = DEFAULT_SETTINGS  # the answer is refused with what is wrong with the file
    hint = "on each GPU and on the CPU; auto goes by free memory and by cores"
    prompt = Prompt("Runs at a time", hint, partial(set_slots, dashboard.home), slots_text(settings))
    dashboard.push_screen(prompt, lambda said: dashboard.tell(said) if said else None)

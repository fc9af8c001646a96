"""What a queued run waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import App

from ssp_tui.keymap import key_now

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard


def waiting_words(app: App[object]) -> str:
    """A free place; or the person who paused the queue, by the key as it is bound, where one may press it."""
    dashboard = cast("Dashboard", app)
    line = dashboard.queue_line
    if line is None or not line.is_paused:
        return "waits for a free place; it starts by itself"
    if line.error:
        return f"nothing is started: {line.error}"
    if dashboard.readonly:
        return "the queue is paused"
    return f"the queue is paused: {key_now('runs.pause', dashboard.key_map)} on Runs lets it go on"

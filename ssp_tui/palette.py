"""The command palette: every key's action by its own words, and every run by its name."""

from functools import partial
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider

from ssp_tui import keys, messages
from ssp_tui.cleaning import clean
from ssp_tui.drawn import in_ascii
from ssp_tui.screens.base import BaseScreen

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard

MOST_RUNS = 30
"""Runs shown for one search."""


class Commands(Provider):
    """Made from the tables of keys, like the footer and the help screen."""

    async def discover(self) -> Hits:
        """Everything that can be done here."""
        for key, title in self._keys():
            yield DiscoveryHit(Text(title), partial(self._act, key), title, self._shown(key))

    async def search(self, query: str) -> Hits:
        """What fits the words typed."""
        matcher = self.matcher(query)
        for key, title in self._keys():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, Text(title), partial(self._act, key), title, self._shown(key))
        app = self._dashboard
        found = ((matcher.match(row.run_id), row.run_id) for row in app.runs)
        for score, run_id in sorted((hit for hit in found if hit[0] > 0), reverse=True)[:MOST_RUNS]:
            title = self._drawable(f"Open {clean(run_id, 100)}")
            request = messages.OpenRequested(run_id)
            yield Hit(
                score, Text(title), partial(app.post_message, request), title, "watch or replay this run"
            )

    @property
    def _dashboard(self) -> "Dashboard":
        return cast("Dashboard", self.app)

    def _keys(self) -> list[tuple[keys.Key, str]]:
        """What can be done here now, with its words: no resuming of a run that is finished."""
        here = self.screen.offered() if isinstance(self.screen, BaseScreen) else []
        everywhere = [(key, key.label) for key in keys.APP_KEYS if key.name != "app.palette"]
        return [(key, _title(key, label)) for key, label in (*here, *everywhere)]

    def _shown(self, key: keys.Key) -> str:
        return self._drawable("key " + keys.shown_keys(key, self._dashboard.key_map, most=3))

    def _drawable(self, text: str) -> str:
        return in_ascii(text) if self._dashboard.ascii_only else text

    async def _act(self, key: keys.Key) -> None:
        namespace = self._dashboard if key.name.startswith("app.") else self.screen
        await self._dashboard.run_action(key.action, namespace)


def _title(key: keys.Key, label: str) -> str:
    return f"{label}: {key.help}" if label else key.help[:1].upper() + key.help[1:]

"""The list of presets one moves in, under the titles of the paper's tables."""

from collections.abc import Mapping, Sequence

from ssp_tui.compose.lines import cut
from ssp_tui.drawn import Line
from ssp_tui.panels.cursor_list import CursorList
from ssp_tui.preset_table.entries import PresetEntry, Progress
from ssp_tui.preset_table.preset_lines import draw_group, draw_head, draw_preset


class PresetList(CursorList[PresetEntry]):
    """Presets as rows of a table, with what this home has of each."""

    DEFAULT_CSS = "PresetList { height: 1fr; padding: 0 1; }"

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.progress: Mapping[str, Progress] = {}

    def show(self, entries: Sequence[PresetEntry]) -> None:
        """Show these presets, each group under its title."""
        groups = [entry.group for entry in entries]
        self.lay(entries, {place: group for place, group in enumerate(groups) if group not in groups[:place]})

    def draw_head(self, width: int) -> Line:
        """The names of the columns."""
        return cut(draw_head(width, self.glyphs), width, self.glyphs.ellipsis)

    def draw_title(self, title: str, width: int) -> Line:
        """A group's title."""
        return cut(draw_group(title, width, self.glyphs), width, self.glyphs.ellipsis)

    def draw_item(self, item: PresetEntry, width: int) -> Line:
        """One preset."""
        progress = self.progress.get(item.name, Progress())
        line = draw_preset(item, progress, item.name in self.marks, width, self.glyphs)
        return cut(line, width, self.glyphs.ellipsis)

"""The report as one Markdown page over the pictures beside it, for a repository's reader."""

from collections.abc import Sequence
from pathlib import Path

from ssp_tui.report.sheet import Sheet
from ssp_tui.report.table import Table, markdown, markdown_text


def markdown_page(
    title: str,
    lead: Sequence[str],
    tables: Sequence[Table],
    pictures: Sequence[tuple[Sheet, Path]],
    missing: str,
) -> str:
    """The page; picture paths are relative to it, `missing` says why there are none, or nothing."""
    parts = [f"# {markdown_text(title)}\n", *(f"{markdown_text(text)}\n" for text in lead)]
    parts += map(markdown, tables[:-1])
    parts.append("## Figures\n")
    if missing:
        parts.append(f"{markdown_text(missing)}\n")
    parts += [_figure(sheet, path) for sheet, path in pictures]
    parts += map(markdown, tables[-1:])
    return "\n".join(parts)


def _figure(sheet: Sheet, path: Path) -> str:
    title = markdown_text(sheet.title)
    return f"![{title}]({path.as_posix()})\n\n{title}. {markdown_text(sheet.caption)}\n"

"""The report as one HTML page that needs nothing else: no script, no font, no file, everything escaped."""

import base64
import dataclasses
import html
from collections.abc import Sequence
from pathlib import Path

from ssp_tui.report.sheet import Sheet
from ssp_tui.report.table import Kind, Table

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto;
       max-width: 76rem; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
p { max-width: 48rem; } .note { color: #5f6368; font-size: .85rem; margin: .15rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap; }
th { border-bottom: 1.5px solid #1a1a1a; vertical-align: bottom; }
td { border-bottom: 1px solid #e4e7ea; } .text { text-align: left; }
tr:hover td { background: #f5f7f9; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; } figure img { width: 100%; height: auto; border: 1px solid #e4e7ea; }
figcaption { font-size: .8rem; color: #5f6368; } details { font-size: .75rem; overflow-wrap: anywhere; }
nav a { margin-right: 1rem; } .warn { border-left: 4px solid #d55e00; padding: .25rem .75rem; }
"""

_HEAD = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    "style-src 'unsafe-inline'\">\n"
)


@dataclasses.dataclass(frozen=True)
class Picture:
    """A drawn figure and the SVG it was drawn into."""

    sheet: Sheet
    svg: Path


def html_page(
    title: str, lead: Sequence[str], tables: Sequence[Table], pictures: Sequence[Picture], missing: str
) -> str:
    """The page; `missing` says why there are no figures, or nothing."""
    parts = [_HEAD, f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"]
    parts.append(f"<h1>{html.escape(title)}</h1>\n")
    parts += [f"<p>{html.escape(text)}</p>\n" for text in lead]
    parts.append(_navigation(tables))
    parts += [_table(table) for table in tables[:-1]]
    parts.append('<h2 id="figures">Figures</h2>\n')
    if missing:
        parts.append(f'<p class="warn">{html.escape(missing)}</p>\n')
    parts += ['<div class="figures">\n', *map(_figure, pictures), "</div>\n"]
    parts += [_table(table) for table in tables[-1:]]
    return "".join([*parts, "</body>\n</html>\n"])


def _navigation(tables: Sequence[Table]) -> str:
    links = [f'<a href="#{html.escape(each.stem)}">{html.escape(each.title)}</a>' for each in tables]
    return f'<nav>{" ".join(links)} <a href="#figures">Figures</a></nav>\n'


def _table(table: Table) -> str:
    classes = [' class="text"' if column.kind is Kind.TEXT else "" for column in table.columns]
    head = "".join(
        f"<th{css}>{html.escape(column.head)}</th>"
        for column, css in zip(table.columns, classes, strict=True)
    )
    rows = [
        "<tr>" + "".join(f"<td{css}>{html.escape(cell)}</td>" for cell, css in zip(row, classes, strict=True))
        for row in table.texts()
    ]
    notes = "".join(f'<p class="note">{html.escape(note)}</p>\n' for note in table.notes)
    return (
        f'<h2 id="{html.escape(table.stem)}">{html.escape(table.title)}</h2>\n'
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + f"\n</tbody>\n</table></div>\n{notes}"
    )


def _figure(picture: Picture) -> str:
    sheet = picture.sheet
    data = base64.b64encode(picture.svg.read_bytes()).decode()
    return (
        f'<figure id="{html.escape(sheet.stem)}"><img alt="{html.escape(f"{sheet.title}. {sheet.caption}")}" '
        f'src="data:image/svg+xml;base64,{data}">\n'
        f"<figcaption>{html.escape(sheet.title)}. {html.escape(sheet.caption)}\n"
        f"<details><summary>Sources</summary>{html.escape(sheet.source)}</details></figcaption></figure>\n"
    )

"""One figure on its sheet: the drawing, what it was drawn from, and its three files."""

import dataclasses
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.analyse.run_record import RunRecord
from ssp_tui.report.style import MUTED, RC
from ssp_tui.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

FORMATS = ("png", "svg", "pdf")
FOOT_POINTS = 5.5
MOST_NAMED = 12
"""Runs named on the sheet itself; all are named in the file's metadata and in the report."""

Draw = Callable[["SubFigure"], None]


@dataclasses.dataclass(frozen=True)
class Sheet:
    """A figure ready to be drawn; every text is clean."""

    stem: str
    title: str
    caption: str
    """What is seen, in a sentence or two, for the page and for readers who see no pictures."""
    draw: Draw
    records: tuple[RunRecord, ...]
    """The runs it shows."""
    width: float = 5.2
    height: float = 3.6
    """Inches, without the foot."""

    @property
    def source(self) -> str:
        """Protocol, versions and run ids, complete."""
        return source_text(self.records)


def source_text(records: Iterable[RunRecord], most: int | None = None) -> str:
    """What runs were made with and which they are; beyond `most` they are counted."""
    records = tuple(records)
    protocols = sorted({record.config.protocol for record in records})
    kinds = sorted({record.config.controller.kind for record in records})
    sizes = sorted({_size(record) for record in records})
    versions = sorted({f"{key} {text}" for each in records for key, text in each.versions.items()})
    ids = [record.run_id for record in records]
    named = ids if most is None or len(ids) <= most else [*ids[:most], f"and {len(ids) - most} more"]
    parts = [
        "protocol " + "/".join(protocols),
        "controller " + "/".join(kinds),
        "; ".join(sizes),
        ", ".join(versions),
        f"{counted(len(ids), 'run')}: " + ", ".join(named),
    ]
    return " · ".join(part for part in parts if part)


def _size(record: RunRecord) -> str:
    config = record.config
    return (
        f"{config.dataset}, {config.child.layers} layers, {config.child.filters} filters, "
        f"{config.data.num_train} images, {config.epochs} epochs"
    )


def require_matplotlib() -> None:
    """ValueError in one line when there is no matplotlib."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise ValueError("figures need matplotlib: pip install 'ssp-tui[figures]'") from None


def save_sheet(sheet: Sheet, folder: Path) -> list[Path]:
    """Draw it and write PNG, SVG and PDF; returns the files."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with matplotlib.rc_context(RC):  # type: ignore[arg-type]
        foot = _foot_lines(sheet)
        foot_inches = len(foot) * FOOT_POINTS * 1.35 / 72 + 0.08
        height = sheet.height + foot_inches
        figure: Any = Figure(figsize=(sheet.width, height), layout=ConstrainedLayoutEngine(w_pad=0.1))
        drawing, bottom = figure.subfigures(2, 1, height_ratios=(sheet.height, foot_inches))
        sheet.draw(drawing)
        bottom.text(
            0.1 / sheet.width, 0.06 / foot_inches, "\n".join(foot), fontsize=FOOT_POINTS, color=MUTED,
            va="bottom", ha="left", linespacing=1.35,
        )  # fmt: skip
        paths = [folder / f"{sheet.stem}.{form}" for form in FORMATS]
        for path in paths:
            figure.savefig(path, metadata=_metadata(path.suffix, sheet))
    return paths


def _foot_lines(sheet: Sheet) -> list[str]:
    text = printable_ascii(source_text(sheet.records, MOST_NAMED))
    # Letters of this size are about half as wide as high.
    letters = int((sheet.width - 0.2) * 72 / (FOOT_POINTS * 0.55))
    return textwrap.wrap(text, letters, break_on_hyphens=False)[:8]


def printable_ascii(text: str) -> str:
    """Outside text with every letter the figures' font may not have by its code."""
    return "".join(
        character if character.isascii() or character == "·" else f"<U+{ord(character):04X}>"
        for character in text
    )


def _metadata(suffix: str, sheet: Sheet) -> dict[str, Any]:
    """Title and sources inside the file; no date, so that the same runs give the same bytes."""
    source = printable_ascii(sheet.source)
    if suffix == ".pdf":
        return {"Title": sheet.title, "Subject": source, "CreationDate": None}
    if suffix == ".svg":
        return {"Title": sheet.title, "Description": source, "Date": None}
    return {"Title": sheet.title, "Description": source}

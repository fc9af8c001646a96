"""The layers of a sampled child: what both drawings of its skip connections have in common."""

from dataclasses import dataclass

from ssp_tui import wording
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Row, Span, cells_of, fitted


@dataclass(frozen=True)
class LayerRow:
    """One layer of the child."""

    op_label: str
    poisoned: bool
    skips: tuple[int, ...]
    """The earlier layers whose outputs it adds, counted from 0."""
    share: float | None = None
    """The policy's probability of this op in this layer."""
    in_chain: bool = False
    """Whether the longest chain of zero-variance batch norms passes here."""


@dataclass(frozen=True)
class Architecture:
    """A sampled child and what it predicts."""

    layers: tuple[LayerRow, ...]
    chain_length: int | None = None
    """k, the longest chain of zero-variance batch norms on a backward path."""
    chain_verdict: str = ""
    """What a chain that long does: harmless, hijack, norm overflow, NaN."""
    offset: int = 0
    """The first layer shown."""
    empty: str = "no architecture sampled yet"


def shown_layers(architecture: Architecture, height: int) -> range:
    """The layers that fit; the last row is a footer unless the layers need exactly every row."""
    num_layers = len(architecture.layers)
    num_rows = height if height in (1, num_layers) else height - 1
    first = max(0, min(architecture.offset, num_layers - num_rows))
    return range(num_layers)[first : first + max(0, num_rows)]


def label_width(architecture: Architecture, width: int) -> int:
    """Cells for op names: the longest name, cut when more than half of the width."""
    longest = max(len(cells_of(layer.op_label)) for layer in architecture.layers)
    return max(0, min(longest, width // 2 - 4))


def draw_layer(canvas: Canvas, y: int, index: int, layer: LayerRow, op_width: int, glyphs: Glyphs) -> int:
    """Chain mark, number, clean or poisoned, op and share; returns the cell after them."""
    op_role = Role.POISONED if layer.poisoned else Role.CLEAN
    mark = glyphs.poisoned if layer.poisoned else glyphs.clean
    share = "" if layer.share is None else wording.share(layer.share)
    return canvas.put_row(
        0,
        y,
        (
            Span(glyphs.chain if layer.in_chain else " ", Role.CHAIN),
            Span(f"{wording.layer(index):>2} ", Role.MUTED),
            Span(f"{mark} {fitted(layer.op_label, op_width, glyphs.ellipsis)}", op_role),
            Span(f" {share:>4} ", Role.TEXT),
        ),
    )


def draw_footer(canvas: Canvas, architecture: Architecture, shown: range, glyphs: Glyphs) -> None:
    """k with what it does, the number of poisoned layers, and which layers are shown."""
    if canvas.height <= len(shown):
        return
    entries: list[Row] = []
    if architecture.chain_length is not None:
        verdict = f" {architecture.chain_verdict}" if architecture.chain_verdict else ""
        text = f"{glyphs.chain} k = {architecture.chain_length}{verdict}"
        entries.append((Span(text, Role.CHAIN),))
    num_layers = len(architecture.layers)
    num_poisoned = sum(layer.poisoned for layer in architecture.layers)
    text = f"{glyphs.poisoned} {num_poisoned} of {num_layers} poisoned"
    entries.append((Span(text, Role.POISONED if num_poisoned else Role.MUTED),))
    if len(shown) < num_layers:
        text = f"layers {wording.layer(shown[0])}-{wording.layer(shown[-1])}" if shown else ""
        entries.append((Span(f"{text} of {num_layers}", Role.MUTED),))
    canvas.put_entries(0, canvas.height - 1, entries, glyphs.ellipsis)

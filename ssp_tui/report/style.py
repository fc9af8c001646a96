"""How figures look: colours that colour-blind readers and grey printers tell apart, always with a shape."""

from typing import Any

CLEAN, POISONED = "#2e7d32", "#c62828"
"""The paper's green and red of good and bad operations; figures add a shape to each."""

INK, MUTED, RULE = "#1a1a1a", "#5f6368", "#d0d4d8"
GUIDE = "#7a7a7a"

SERIES = (
    ("#1a1a1a", "-", "o"),
    ("#0072b2", "--", "s"),
    ("#009e73", "-.", "^"),
    ("#d55e00", (0, (4, 1, 1, 1, 1, 1)), "D"),
    ("#cc79a7", (0, (1, 1)), "v"),
)
"""Colour (Okabe and Ito's), line and marker of the first, second, ... curve of a figure."""

SKIPS = ("#0072b2", "#8c6bb1", "#56b4e9", "#5f6368", "#cc79a7")
"""Of skip connections: none of them near the green and red of the operations."""

VALIDATION, TEST = ("#0072b2", "o"), ("#d55e00", "s")

RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.parse_math": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "ssp-tui",
    "pdf.fonttype": 42,
    "figure.dpi": 100,
    "savefig.dpi": 200,
}
"""matplotlib's settings for every figure; a dollar sign in a name is a dollar sign, not mathematics."""

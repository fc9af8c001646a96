"""The architecture panel: one sampled child, and the epoch's candidates to step through."""

from collections.abc import Sequence

from engine.plan.architecture import Architecture, Chain
from engine.plan.space import Space
from ssp_tui import wording
from ssp_tui.charts import layers
from ssp_tui.charts.architecture import draw_architecture
from ssp_tui.charts.roles import Role
from ssp_tui.charts.triangle import draw_triangle
from ssp_tui.drawn import Line, Lines
from ssp_tui.panels.line_layout import Piece, fields, wrapped
from ssp_tui.panels.panel import Panel
from ssp_tui.run_view import RunView
from ssp_tui.theme import Tone

CHAIN_WORDS = {"harmless": "harmless", "hijack": "gradient hijack", "overflow": "norm overflow", "nan": "NaN"}


class ArchitecturePanel(Panel):
    """The child as a graph, one row a layer; a list of the candidates where there is room."""

    TITLE = "Architecture"
    LEAST_SECONDS = 1.0

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """The graph, then the list."""
        drawn = drawn_candidate(view)
        if drawn is None:
            why = "it does not belong to this configuration" if view.latest else view.why_no_epoch
            return wrapped(why, width, Role.MUTED)
        draw = draw_triangle if view.triangle else draw_architecture
        graph_height = min(height, len(drawn.layers) + 1)
        graph = draw(drawn, width, graph_height, self.glyphs)
        room = height - graph_height - 2
        if room < 2:
            return graph
        return [*graph, [], *candidate_lines(view, room + 1)]

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """Which of the candidates this is, and how good."""
        if view.candidate is None:
            return ()
        if view.config is not None and view.config.derived is not None:
            return [("the one it trains, skips concatenated", Role.MUTED)] if width >= 38 else ()
        rank = f"{view.candidates.index(view.candidate) + 1} of {len(view.candidates)}, best first"
        accuracy = wording.percent(view.candidate.accuracy, 1)
        pieces = [(f"{rank}  ", Role.MUTED), (accuracy, Role.CANDIDATES)]
        return pieces if sum(len(text) for text, _ in pieces) <= width else pieces[1:]


def drawn_candidate(view: RunView) -> layers.Architecture | None:
    """The shown candidate, ready to draw; None when there is none to draw."""
    if view.candidate is None or view.fitting_space is None or view.latest is None:
        return None
    is_derived = view.config is not None and view.config.derived is not None
    policy = () if is_derived else view.latest.controller.policy
    return drawn_architecture(view.candidate.architecture, view.fitting_space, view.chain, policy)


def drawn_architecture(
    architecture: Architecture,
    space: Space,
    chain: Chain | None,
    policy: tuple[tuple[float, ...], ...] = (),
) -> layers.Architecture:
    """An architecture of this space, ready to draw."""
    rows = []
    for layer, (output, skips) in enumerate(zip(architecture.outputs, architecture.skips, strict=True)):
        place = space.slot_of_output[output]
        slot = space.slots[place]
        share = policy[layer][place] if layer < len(policy) else None
        in_chain = chain is not None and layer in chain.layers and chain.length > 0
        rows.append(layers.LayerRow(slot.operation.label, slot.poisoned, skips, share, in_chain))
    if chain is None:
        return layers.Architecture(tuple(rows))
    return layers.Architecture(tuple(rows), chain.length, CHAIN_WORDS[chain.predicted])


def candidate_lines(view: RunView, height: int) -> list[Line]:
    """The epoch's candidates, best first, the shown one marked."""
    assert view.candidate is not None
    shown = view.candidates.index(view.candidate)
    first = max(0, min(shown - height // 2, len(view.candidates) - height))
    lines: list[Line] = []
    for rank, each in list(enumerate(view.candidates))[first : first + height]:
        mark, role = (">", Tone.STRONG) if rank == shown else (" ", Role.TEXT)
        line: list[Piece] = [
            (f"{mark} {rank + 1:>2}  ", role),
            (f"{wording.percent(each.accuracy, 1):>7}", Role.CANDIDATES),
        ]
        num_layers = len(each.architecture.outputs)
        rest = fields(
            (
                "  poisoned",
                f"{each.num_poisoned:>2} of {num_layers}",
                Role.POISONED if each.num_poisoned else Role.TEXT,
            ),
            ("k", f"{each.chain_length:>2}", Role.CHAIN if each.chain_length > 9 else Role.TEXT),
        )
        lines.append([*line, *rest])
    return lines

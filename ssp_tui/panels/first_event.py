"""The first value that was not finite, in lines: when, where, in which child, and the gradient by layer."""

import math
from collections.abc import Sequence

from engine.plan.architecture import chain_class, zero_variance_chain
from engine.record.events import NumericsBroke
from ssp_tui import wording
from ssp_tui.break_words import norm_place, overflow_words, steps_to_fatal
from ssp_tui.charts.architecture import draw_architecture
from ssp_tui.charts.gauge import meter_bar
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.drawn import Line, Lines
from ssp_tui.panels.architecture import CHAIN_WORDS, drawn_architecture
from ssp_tui.panels.line_layout import Piece, fields, padded, wrapped
from ssp_tui.panels.numerics import kind_words, place_words, role_of
from ssp_tui.run_view import fits
from ssp_tui.snapshot import Snapshot
from ssp_tui.theme import Tone

LEAST_LOG, MOST_LOG = -8.0, 38.0
"""The bars' ends, powers of ten: below nothing is learnt, above float32 ends."""

_FIGURES_WIDTH = 40


def event_lines(snapshot: Snapshot, index: int, width: int, glyphs: Glyphs) -> Lines:
    """Everything about the `index`-th kind of value that broke."""
    broke = snapshot.state.broke[index]
    lines: list[Line] = [*_heading(broke, index, len(snapshot.state.broke), width, glyphs)]
    lines += _overflow(broke, snapshot.state.broke, width)
    lines.append([])
    figures = gradient_lines(broke, min(_FIGURES_WIDTH, width), glyphs)
    graph = _graph(snapshot, broke, max(0, width - _FIGURES_WIDTH - 2), glyphs)
    if graph is None or width < 2 * _FIGURES_WIDTH - 10:
        lines += figures
    else:
        # Heads and stem stand above the first layer, the head below the last.
        left: list[Line] = [[("SAMPLED CHILD", Tone.COLUMN)], [], *graph]
        rows = max(len(left), len(figures))
        for y in range(rows):
            line = left[y] if y < len(left) else ()
            right = figures[y] if y < len(figures) else ()
            lines.append([*padded(line, width - _FIGURES_WIDTH - 2), ("  ", Role.BLANK), *right])
    return [*lines, *chain_lines(broke, width), [], *_explanation(broke, width)]


def _overflow(broke: NumericsBroke, every: Sequence[NumericsBroke], width: int) -> list[Line]:
    """What overflowed, and how long after the first harmless overflow."""
    texts = (overflow_words(broke), steps_to_fatal(broke, every))
    return [line for text in texts if text for line in wrapped(text, width, Role.TEXT)]


def chain_lines(broke: NumericsBroke, width: int) -> list[Line]:
    """The chain's normalisations as the gradient meets them, each with its gain; none if not recorded."""
    if not broke.chain_norms:
        return []
    head = f"{'THE CHAIN, FROM THE HEAD DOWN':<42}{'grew by':>8}{'to at most':>13}"
    lines: list[Line] = [[], [(head[:width], Tone.COLUMN)]]
    for norm in broke.chain_norms:
        lines.append([
            (f"{wording.layer(norm.layer):>5} {clean(norm.operation, 12):<13}", Tone.STRONG),
            (fitted(norm_place(norm.part), 23, ""), Role.MUTED),
            (f"{wording.number(norm.gain):>8}", Role.CHAIN),
            (f"{wording.number(norm.gradient):>13}", _role(norm.gradient)),
        ])  # fmt: skip
    return lines


def _heading(broke: NumericsBroke, index: int, num_broken: int, width: int, glyphs: Glyphs) -> list[Line]:
    role = role_of(broke.what)
    mark = glyphs.nan if role is Role.NAN else glyphs.infinite
    module = clean(broke.part, 40)
    turn = f"{index + 1} of {num_broken} kinds, left and right turn; " if num_broken > 1 else ""
    return [
        [
            (f"{mark} First {kind_words(broke)}", role),
            (f"   {turn}esc closes", Role.MUTED),
        ],
        fields(
            ("epoch", str(broke.epoch), Role.TEXT),
            ("step", wording.count(broke.step), Role.TEXT),
            ("batch", str(broke.batch), Role.TEXT),
            ("began in", f"{place_words(broke)}, {clean(broke.direction, 10)}", Tone.STRONG),
            ("module", module, Role.MUTED) if width >= 80 + len(module) else None,
        ),
        fields(
            ("norm", wording.number(broke.gradient_norm), _role(broke.gradient_norm)),
            ("chain k", str(broke.chain), Role.CHAIN),
            ("its class", CHAIN_WORDS[chain_class(broke.chain)], Role.CHAIN),
            ("by architecture alone", str(broke.chain_length), Role.TEXT),
        ),
    ]


def _graph(snapshot: Snapshot, broke: NumericsBroke, width: int, glyphs: Glyphs) -> Lines | None:
    if snapshot.config is None:
        return None
    space, architecture = snapshot.config.space, broke.architecture
    if not fits(architecture.outputs, architecture.skips, space):
        return None
    chain = zero_variance_chain(space, architecture)
    drawn = drawn_architecture(architecture, space, chain)
    return draw_architecture(drawn, width, len(drawn.layers) + 1, glyphs)


def gradient_lines(broke: NumericsBroke, width: int, glyphs: Glyphs) -> list[Line]:
    """One row for the stem, each layer and the head: its parameters' gradient norm on a log scale."""
    norms, activations = broke.gradient_norm_by_layer, broke.activation_gradient_by_layer
    last = len(norms) - 2
    head = "       GRADIENT BY LAYER".ljust(width - 9) + "of output"
    role = role_of(broke.what)
    origin = (glyphs.nan if role is Role.NAN else glyphs.infinite, role)
    lines: list[Line] = [[(head, Tone.COLUMN)]]
    for index, norm in enumerate(norms):
        layer = index - 1
        name = "stem" if layer < 0 else "head" if layer == last else wording.layer(layer)
        output = activations[layer] if 0 <= layer < len(activations) else None
        is_origin = layer == broke.layer
        mark = origin if is_origin else (" ", Role.BLANK)
        lines.append([
            mark,
            (f"{name:>5} ", Tone.STRONG if is_origin else Role.MUTED),
            *_log_bar(norm, max(4, width - 26), glyphs),
            (f" {wording.number(norm):>8}", _role(norm)),
            (f" {wording.number(output) if output is not None else '':>8}", Role.MUTED),
        ])  # fmt: skip
    return lines


def _log_bar(norm: float, width: int, glyphs: Glyphs) -> Sequence[Piece]:
    if math.isnan(norm):
        return [(fitted(glyphs.nan * width, width, ""), Role.NAN)]
    if math.isinf(norm):
        return [(glyphs.infinite * width, Role.NULL_STEP)]
    place = (math.log10(norm) - LEAST_LOG) / (MOST_LOG - LEAST_LOG) if norm > 0 else 0.0
    return meter_bar(place, width, glyphs, Role.METER_HIGH if norm > 1e4 else Role.GRADIENT)


def _role(norm: float) -> Role:
    if math.isnan(norm):
        return Role.NAN
    return Role.NULL_STEP if math.isinf(norm) else Role.TEXT


def _explanation(broke: NumericsBroke, width: int) -> list[Line]:
    text = (
        "A normalisation of a constant map multiplies the gradient by 316 on its way back. "
        f"This step chained {broke.chain} of them; one overflow becomes NaN in the layer before it "
        "and passes to every layer below."
    )
    return wrapped(text, width, Role.MUTED)

"""What a composed run risks and costs, as lines."""

import math

from engine.plan.hazard import Hazard
from ssp_tui import wording
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.compose.figures import Figures, Outlook
from ssp_tui.compose.lines import Block, entry
from ssp_tui.theme import Tone

WAITING = "..."


def hazard_lines(figures: Figures, hazard: Hazard | None, glyphs: Glyphs) -> Block:
    """The chance of a NaN, when to expect it, and how many steps do nothing."""
    if hazard is None:
        return [entry(label, WAITING) for label in ("NaN per step", "first NaN", "null steps")]
    if not hazard.num_samples:
        return [entry("NaN per step", "none", "nothing here erases its input")]
    null = wording.percent(hazard.null_probability)
    return [*_nan_lines(figures, hazard, glyphs), entry("null steps", null, "only decay", Role.NULL_STEP)]


def _nan_lines(figures: Figures, hazard: Hazard, glyphs: Glyphs) -> Block:
    if not hazard.num_nan:
        bound = wording.exponent(hazard.nan_upper_bound)
        return [entry("NaN per step", f"below {bound}", f"none in {hazard.num_samples:,} sampled")]
    epoch = hazard.expected_epoch(figures.config.steps_per_epoch)
    chance = wording.exponent(hazard.nan_probability)
    spread = f"{glyphs.plus_minus} " + wording.exponent(hazard.nan_standard_error)
    step = f"step {1 / hazard.nan_probability:,.0f}"
    comes = math.floor(epoch) < figures.config.epochs
    when = f"epoch {epoch:,.0f}" if epoch >= 1 else step
    note = (step if epoch >= 1 else "in the first epoch") if comes else "after the end"
    return [
        entry("NaN per step", chance, spread, Role.NAN),
        entry("first NaN", f"about {when}", note, Tone.BAD if comes else Tone.STRONG),
    ]


def cost_lines(figures: Figures, outlook: Outlook) -> Block:
    """Parameters, memory and time."""
    lines = [
        entry("parameters", wording.count(figures.num_parameters)),
        entry("memory", f"about {wording.size(figures.memory_bytes)}", "and the libraries' own"),
    ]
    time = outlook.time
    if time is None:
        return [*lines, entry("an epoch", WAITING), entry("a run", WAITING)]
    basis = f"a rough guess, {outlook.device_kind.upper()}"
    if time.num_similar:
        basis = f"by {wording.counted(time.num_similar, 'run')} here"
    epochs = wording.counted(figures.config.epochs, "epoch")
    return [
        *lines,
        entry("an epoch", f"about {wording.duration(time.epoch_seconds)}", basis),
        entry("a run", f"about {wording.duration(time.run_seconds)}", epochs),
    ]
